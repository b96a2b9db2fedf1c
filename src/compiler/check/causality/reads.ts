import type { LayerName } from '../../types/catalogue/layers.ts';
import type { Axis } from '../../types/axis.ts';
import { hasAxis } from '../../types/value-type.ts';
import type { Instance, InstanceShape, Typed, TypedAttributes, TypedOp } from '../typed.ts';
import { constantEntry, movedRead, replaced, sizeOfAxis, within, type Places, type Read } from './moves.ts';

/** What the rules need to know of encoders and modules. */
export type InstanceOf = (owner: string) => Instance | undefined;

type Rule<Op extends TypedOp> = (typed: Typed, at: Places, attributes: TypedAttributes[Op], instanceOf: InstanceOf) => readonly Read[]; // prettier-ignore

/** More combinations of places than these are taken together. */
const most = 4096;

const read = (from: Typed, at: Places): Read => ({ from, at: within(from, at) });

/** Every operand at the same places. */
const beside = (typed: Typed, at: Places): Read[] => typed.args.map((argument) => read(argument, at));

/** Every operand, whole along some axes. */
const across = (typed: Typed, at: Places, ...axes: readonly (Axis | undefined)[]): Read[] =>
  beside(typed, replaced(at, axes.filter((axis) => axis !== undefined))); // prettier-ignore

const nothing = (): readonly Read[] => [];

/** Whatever it does with its operands. */
const all = (typed: Typed): readonly Read[] => beside(typed, new Map());

/** The entries along an axis one by one, where that is of use: a feature axis holds numbers of one place. */
function each(axes: readonly Axis[], at: Places): readonly Places[] {
  const counted = axes.filter((axis) => axis.kind !== 'feature' && axis.id !== 'batch' && sizeOfAxis(axis) !== undefined); // prettier-ignore
  let places: Places[] = [replaced(at, axes)];
  for (const axis of counted) {
    const size = sizeOfAxis(axis) ?? 0;
    if (places.length * size > most) return [replaced(at, axes)];
    places = places.flatMap((earlier) => Array.from({ length: size }, (_, place) => replaced(earlier, [], [[axis, place]]))); // prettier-ignore
  }
  return places;
}

/** One entry, or where that is not said every one that may be meant. */
function moved(typed: Typed, at: Places): readonly Read[] {
  const found = movedRead(typed, at);
  return found === undefined || found === 'several' ? all(typed) : [found];
}

/** Those that take part: not what a mask of the file leaves out. */
function taking(value: Typed, mask: Typed | undefined, places: readonly Places[]): readonly Read[] {
  return places.flatMap((at) => {
    if (mask === undefined) return [read(value, at)];
    const own = within(mask, at);
    return constantEntry(mask, own) === 0 ? [] : [read(value, at), read(mask, at)];
  });
}

/**
 * Which entries of its operands an entry of each op reads: a total table, as what an op means is. Reading too much is safe: then a proof
 * fails that a finer row would give.
 */
const rules: { readonly [Op in TypedOp]: Rule<Op> } = {
  number: nothing, size: nothing, vector: nothing, weight: nothing, index: nothing, random: nothing, text: nothing, entry_column: nothing,
  word_index: nothing, column: nothing,
  // what a tensor starts from is no input of it
  parameter: nothing,
  one: beside, cast: beside, stop: beside, expand: beside,
  where: (typed, at) => {
    const [condition, holds, otherwise] = typed.args;
    const chosen = condition === undefined ? undefined : constantEntry(condition, within(condition, at));
    const branch = chosen === undefined ? undefined : chosen !== 0 ? holds : otherwise;
    return branch === undefined ? beside(typed, at) : [read(branch, at)];
  },
  two: (typed, at, { op }) => {
    // nothing times whatever it is
    if (op === 'mul' && typed.args.some((argument) => constantEntry(argument, within(argument, at)) === 0)) return [];
    return beside(typed, at);
  },
  rename: moved, entry: moved, slice: moved, stack: moved, concat: moved, merge: moved, split: moved,
  gather: (typed, at, { axis }) => {
    const found = movedRead(typed, at);
    const [value, index] = typed.args;
    if (found !== undefined && found !== 'several') return [found];
    return value === undefined || index === undefined ? [] : [read(value, replaced(at, [axis])), read(index, at)];
  },
  reduce: (typed, at, { over, reduction }) => {
    const [value, mask] = typed.args;
    if (value === undefined) return [];
    // nothing adds nothing, whether it takes part or not
    const places = each(over, at).filter((place) => reduction !== 'sum' || constantEntry(value, within(value, place)) !== 0);
    return taking(value, mask, places);
  },
  softmax: (typed, at, { axis }) => (typed.args[0] === undefined ? [] : taking(typed.args[0], typed.args[1], each([axis], at))),
  dot: (typed, at, { axis }) => each([axis], at).flatMap((places) => {
    const zero = typed.args.some((argument) => constantEntry(argument, within(argument, places)) === 0);
    return zero ? [] : beside(typed, places);
  }),
  normalize: (typed, at, { axis }) => across(typed, at, axis),
  top_values: (typed, at, { axis, as }) => across(typed, at, axis, as),
  top_indices: (typed, at, { axis, as }) => across(typed, at, axis, as),
  upper: (typed, at, { first, second, as }) => across(typed, at, first, second, as),
  shuffle: (typed, at, { axis }) => across(typed, at, axis),
  group_sum: (typed, at, { over, by }) => across(typed, at, ...over, ...by),
  resize: (typed, at, { height, width, as }) => across(typed, at, height, width, ...as),
  pool: (typed, at, { height, width, as }) => across(typed, at, height, width, ...as),
  one_hot: (typed, at, { axis }) => across(typed, at, axis),
  cumsum: (typed, at, { axis }) => upTo(axis, at).flatMap((places) => beside(typed, places)),
  on_data: nothing, soft_nms: all, mean_ap: all, view: all, prompt: all, unbuilt: all, generate: all, text_measure: all,
  call: (typed, at, attributes, instanceOf) => {
    const instance = instanceOf(attributes.owner);
    const shape = attributes.part === undefined ? instance?.shape : instance?.parts?.[attributes.part]?.shape;
    if (shape === undefined) return all(typed);
    switch (shape.kind) {
      case 'linear':
      case 'mlp':
        return across(typed, at, shape.from, shape.to);
      case 'layer':
        return layers[shape.layer](typed, at, { shape, axes: attributes.axes ?? {}, ...operandsOf(typed, attributes) });
      case 'encoder':
        return attributes.tap.endsWith('embeddings') ? beside(typed, at) : all(typed);
      case 'composite':
        return all(typed);
    }
  },
}; // prettier-ignore

/** All up to a place, itself among them; all of them where it is not said. */
function upTo(axis: Axis, at: Places): readonly Places[] {
  const last = at.get(axis.id);
  return last === undefined ? [at] : Array.from({ length: last + 1 }, (_, place) => replaced(at, [], [[axis, place]])); // prettier-ignore
}

// ── layers ───────────────────────────────────────────────────────────

interface LayerRead {
  readonly shape: Extract<InstanceShape, { kind: 'layer' }>;
  readonly axes: Readonly<Record<string, Axis>>;
  /** What it is applied to, and the masks and conditions beside. */
  readonly inputs: readonly Typed[];
  readonly sees?: Typed;
  readonly own?: Typed;
  readonly mask?: Typed;
}

function operandsOf(
  { args }: Typed,
  { masked, more = [] }: TypedAttributes['call'],
): Pick<LayerRead, 'inputs' | 'sees' | 'own' | 'mask'> {
  const count = args.length - more.length - (masked === true ? 1 : 0);
  const named = Object.fromEntries(more.flatMap((name, place) => (args[count + place] === undefined ? [] : [[name, args[count + place]]]))); // prettier-ignore
  const mask = masked === true ? args.at(-1) : undefined;
  return { inputs: args.slice(0, count), ...named, ...(mask === undefined ? {} : { mask }) };
}

type LayerRule = (typed: Typed, at: Places, layer: LayerRead) => readonly Read[];

/** Numbers of one place together, places apart. */
const inPlace: LayerRule = (typed, at, { axes: { from, to, along, width } }) => across(typed, at, from, to, along, width); // prettier-ignore

/** Places of its axes together. */
const together: LayerRule = (typed, at, { axes }) => across(typed, at, ...Object.values(axes));

/** Places look at one another: those that they are let see, as often as there are layers. */
const attends: LayerRule = (typed, at, layer) => {
  const { over, along } = layer.axes;
  const [value] = layer.inputs;
  if (over === undefined || along === undefined || value === undefined) return all(typed);
  const rest = replaced(at, [along]);
  const places = seenFrom(over, rest, layer);
  const looked = places.flatMap((place) => {
    const there = replaced(rest, [], [[over, place]]);
    return [value, layer.mask, layer.own].flatMap((each) => (each === undefined ? [] : [read(each, there)]));
  });
  return places.length > 0 ? looked : [...layer.inputs, layer.mask, layer.own].flatMap((each) => (each === undefined ? [] : [read(each, replaced(rest, [over]))])); // prettier-ignore
};

/** The places that one place sees, itself among them, after all layers; none where that is not known. */
function seenFrom(over: Axis, at: Places, { shape, sees: condition, inputs }: LayerRead): readonly number[] {
  const [start, size] = [at.get(over.id), sizeOfAxis(over)];
  if (start === undefined || size === undefined) return [];
  const key = condition?.type.axes.find((axis) => axis.id !== over.id && !hasAxis(inputs[0]?.type ?? condition.type, axis.id)); // prettier-ignore
  const causal = shape.options['causal'] === true;
  const isSeen = (from: number, to: number): boolean => {
    if (causal && to > from) return false;
    if (condition === undefined || key === undefined) return true;
    return constantEntry(condition, within(condition, replaced(at, [], [[over, from], [key, to]]))) !== 0; // prettier-ignore
  };
  const layers = typeof shape.options['layers'] === 'number' ? shape.options['layers'] : 1;
  let found = new Set([start]);
  for (let layer = 0; layer < layers; layer++) {
    const further = new Set(found);
    for (const from of found) for (let to = 0; to < size; to++) if (isSeen(from, to)) further.add(to);
    if (further.size === found.size) break;
    found = further;
  }
  return [...found];
}

/** What is looked at, whole. */
const memoryOf = (at: Places, { axes: { key, width, over, along }, inputs, mask, sees }: LayerRead): readonly Read[] =>
  [inputs[1], mask, sees].flatMap((memory) => (memory === undefined ? [] : [read(memory, replaced(at, [key, width, over, along].filter((axis) => axis !== undefined)))])); // prettier-ignore

/** One place after the other. */
const recurs: LayerRule = (typed, at, { axes: { over, from, to } }) => {
  const rest = replaced(at, [from, to].filter((axis) => axis !== undefined)); // prettier-ignore
  return over === undefined ? all(typed) : upTo(over, rest).flatMap((places) => beside(typed, places));
};

const layers: { readonly [Name in LayerName]: LayerRule } = {
  linear: inPlace,
  mlp: inPlace,
  conv: together,
  conv_transpose: together,
  // by statistics that stay as they are in an evaluation
  batch_norm: inPlace,
  layer_norm: inPlace,
  group_norm: (typed) => all(typed),
  embedding: inPlace,
  positions: inPlace,
  dropout: inPlace,
  attention: attends,
  transformer: attends,
  cross_attention: (typed, at, layer) => {
    const [value] = layer.inputs;
    const { along } = layer.axes;
    return value === undefined || along === undefined ? all(typed) : [read(value, replaced(at, [along])), ...memoryOf(at, layer)]; // prettier-ignore
  },
  decoder: (typed, at, layer) => {
    // mask and condition are those of the memory
    const { mask: _mask, sees: _sees, ...self } = layer;
    return [...attends(typed, at, { ...self, inputs: layer.inputs.slice(0, 1) }), ...memoryOf(at, layer)];
  },
  lstm: recurs,
  gru: recurs,
  attention_pool: together,
  fpn: (typed) => all(typed),
  upsample: (typed) => all(typed),
  patchify: (typed) => all(typed),
  temporal_conv: together,
  temporal_shift: together,
};

/** Entries of its operands that the entry of a value at these places depends on. */
export function readsOf(typed: Typed, at: Places, instanceOf: InstanceOf): readonly Read[] {
  const rule = rules[typed.op] as Rule<TypedOp>; // op and attributes agree by construction
  return rule(typed, at, typed.attributes, instanceOf);
}
