/** What each typed op is in the IR: a total table. Values carry their own axis order; alignment goes by name. */
import { InternalError, invariant } from '../common/invariant.ts';
import type { Typed, TypedAttributes, TypedOp } from '../check/typed.ts';
import { wordsLookedUp } from '../check/words.ts';
import type { NodeId } from '../ir/graph.ts';
import type { OpName } from '../ir/ops.ts';
import type { RandomDistribution } from '../program/program-function.ts';
import { extent, type Axis } from '../types/axis.ts';
import { applyInstance } from './apply-instance.ts';
import { computedStart, startWithin } from './computed-start.ts';
import type { Elaborator } from './elaborator.ts';
import { without, shared, type Located } from './located.ts';
import { meanAp, softNms } from './intervals.ts';
import { nominal } from './nominal.ts';
import { pool, resize } from './picture-functions.ts';
import { contract, reduce, softmax } from './reductions.ts';
import { groupSum, merge, split } from './shapes.ts';
import { view } from './views/view.ts';

type Rule<Op extends TypedOp> = (elaborator: Elaborator, typed: Typed, attributes: TypedAttributes[Op]) => Located;

const dtypeOf = (typed: Typed): 'f32' | 'i32' | 'bool' => (typed.type.element === 'text' ? 'i32' : typed.type.element);

const rules: { readonly [Op in TypedOp]: Rule<Op> } = {
  number: ({ builder }, typed, { value }) => ({ node: builder.add('constant', [], { dtype: dtypeOf(typed), shape: [], values: [value] }), axes: [] }),
  size: ({ builder, sizes }, _typed, { size }) => ({ node: builder.add('constant', [], { dtype: 'i32', shape: [], values: [extent(size, sizes)] }), axes: [] }),
  vector: ({ builder }, typed, { values }) => ({ node: builder.add('constant', [], { dtype: 'f32', shape: [values.length], values }), axes: typed.type.axes }),
  column: (elaborator, typed, { column, part }) => columnInput(elaborator, typed, column, part),
  weight: (elaborator, _typed, { name, ramp }) => ({ node: elaborator.input(ramp === undefined ? `weight ${name}` : `ramp ${name}`, { kind: 'weight', name, ...(ramp && { ramp }) }, 'f32', []), axes: [] }),
  parameter: (elaborator, typed, { owner, path, init, decay }) => {
    const shape = elaborator.aligner.extents(typed.type.axes);
    const [from] = typed.args;
    const known = elaborator.isStart ? startWithin(elaborator, typed, `${owner}.${path === '' ? 'value' : path}`) : undefined;
    if (known !== undefined) return known;
    const { like, ...start } = from === undefined ? { init, like: undefined } : { like: undefined, ...computedStart(elaborator, from, typed.type.axes) };
    const options = { decay, ...(like === undefined ? {} : { like }) };
    return { node: elaborator.context(owner).parameter(path === '' ? 'value' : path, shape, start.init, options), axes: typed.type.axes };
  },
  one: (elaborator, typed, { op }) => {
    const value = elaborator.argument(typed, 0);
    const m = elaborator.aligner.arithmetic;
    if (op === 'log10') return { node: m.scale(m.unary('log', value.node), 1 / Math.LN10), axes: value.axes };
    if (op === 'quick_gelu') return { node: m.binary('mul', value.node, m.unary('sigmoid', m.scale(value.node, 1.702))), axes: value.axes };
    return { node: elaborator.builder.add(op, [value.node], {}), axes: value.axes };
  },
  two: (elaborator, typed, { op }) => {
    const axes = typed.type.axes;
    const operands = [0, 1].map((position) => elaborator.aligner.aligned(elaborator.argument(typed, position), axes));
    return { node: elaborator.builder.add(op, operands, {}), axes: axesOf(elaborator, typed, axes) };
  },
  where: (elaborator, typed) => {
    const operands = [0, 1, 2].map((position) => elaborator.aligner.aligned(elaborator.argument(typed, position), typed.type.axes));
    return { node: elaborator.builder.add('select', operands, {}), axes: typed.type.axes };
  },
  cast: (elaborator, typed, { to }) => {
    const value = elaborator.argument(typed, 0);
    return { node: elaborator.builder.add('cast', [value.node], { dtype: to }), axes: value.axes };
  },
  stop: (elaborator, typed) => {
    const value = elaborator.argument(typed, 0);
    return { node: elaborator.builder.add('stop', [value.node], {}), axes: value.axes };
  },
  reduce: (elaborator, typed, attributes) => reduce(elaborator, typed, attributes),
  softmax: (elaborator, typed, attributes) => softmax(elaborator, typed, attributes),
  dot: (elaborator, typed, { axis }) => contract(elaborator, elaborator.argument(typed, 0), elaborator.argument(typed, 1), [axis]),
  normalize: (elaborator, typed, { axis }) => {
    const value = elaborator.argument(typed, 0);
    const m = elaborator.aligner.arithmetic;
    const squares = m.sum(m.square(value.node), [elaborator.aligner.position(value, axis)], true);
    // the floor stands under the root, where its slope is finite
    const norm = m.unary('sqrt', m.binary('max', squares, m.number(1e-24)));
    return { node: m.binary('div', value.node, norm), axes: value.axes };
  },
  rename: (elaborator, typed, { pairs }) => {
    const value = elaborator.argument(typed, 0);
    return { node: value.node, axes: value.axes.map((axis) => pairs.find((pair) => pair.from.id === axis.id)?.to ?? axis) };
  },
  entry: (elaborator, typed, { axis, at }) => {
    const value = elaborator.argument(typed, 0);
    const position = elaborator.aligner.position(value, axis);
    const size = elaborator.aligner.extent(axis);
    const node = sliceAlong(elaborator, value, position, at < 0 ? size + at : at, 1);
    const axes = without(value.axes, axis);
    return { node: elaborator.aligner.reshaped(node, elaborator.aligner.extents(axes)), axes };
  },
  slice: (elaborator, typed, { axis, from, as }) => {
    const value = elaborator.argument(typed, 0);
    const position = elaborator.aligner.position(value, axis);
    const start = from < 0 ? elaborator.aligner.extent(axis) + from : from;
    return { node: sliceAlong(elaborator, value, position, start, elaborator.aligner.extent(as)), axes: value.axes.map((each) => (each.id === axis.id ? as : each)) };
  },
  gather: (elaborator, typed, { axis }) => gather(elaborator, elaborator.argument(typed, 0), elaborator.argument(typed, 1), axis),
  index: ({ builder, aligner }, _typed, { axis }) => ({ node: builder.add('iota', [], { shape: [aligner.extent(axis)], axis: 0 }), axes: [axis] }),
  top_values: (elaborator, typed, { axis, as }) => top(elaborator, typed, 'top_k_values', axis, as),
  top_indices: (elaborator, typed, { axis, as }) => top(elaborator, typed, 'top_k_indices', axis, as),
  upper: (elaborator, typed, { first, second, as }) => {
    const { aligner, builder } = elaborator;
    const value = elaborator.argument(typed, 0);
    const rest = without(value.axes, first, second);
    const items = aligner.extent(first);
    const ordered = aligner.ordered(value, [...rest, first, second]);
    const flat = aligner.reshaped(ordered.node, [...aligner.extents(rest), items * items]);
    const values: number[] = [];
    for (let i = 0; i < items; i++) for (let j = i + 1; j < items; j++) values.push(i * items + j);
    const indices = builder.add('constant', [], { dtype: 'i32', shape: [values.length], values });
    return { node: builder.add('gather', [flat, indices], { axis: rest.length }), axes: [...rest, as] };
  },
  shuffle: (elaborator, typed, { axis, stream }) => {
    const value = elaborator.argument(typed, 0);
    const source = { kind: 'random', stream, distribution: { kind: 'permutation' } } as const;
    const order = elaborator.input(`random ${stream}`, source, 'i32', [elaborator.aligner.extent(axis)]);
    return { node: elaborator.builder.add('gather', [value.node, order], { axis: elaborator.aligner.position(value, axis) }), axes: value.axes };
  },
  random: (elaborator, typed, { stream, distribution }) => {
    const drawn: RandomDistribution = distribution === 'normal' ? { kind: 'normal' } : { kind: 'uniform', low: 0, high: 1 };
    const source = { kind: 'random', stream, distribution: drawn } as const;
    return { node: elaborator.input(`random ${stream}`, source, 'f32', elaborator.aligner.extents(typed.type.axes)), axes: typed.type.axes };
  },
  stack: (elaborator, typed, { as }) => {
    const axes = without(typed.type.axes, as);
    const parts = typed.args.map((argument) => {
      const node = elaborator.aligner.expanded(elaborator.value(argument), axes);
      return elaborator.aligner.reshaped(node, [...elaborator.aligner.extents(axes), 1]);
    });
    return { node: elaborator.builder.add('concat', parts, { axis: axes.length }), axes: [...axes, as] };
  },
  merge: (elaborator, typed, attributes) => merge(elaborator, typed, attributes),
  split: (elaborator, typed, attributes) => split(elaborator, typed, attributes),
  group_sum: (elaborator, typed, attributes) => groupSum(elaborator, typed, attributes),
  resize: (elaborator, typed, attributes) => resize(elaborator, typed, attributes),
  pool: (elaborator, typed, attributes) => pool(elaborator, typed, attributes),
  view: (elaborator, typed, attributes) => view(elaborator, typed, attributes),
  soft_nms: (elaborator, typed, attributes) => softNms(elaborator, typed, attributes),
  mean_ap: (elaborator, typed, attributes) => meanAp(elaborator, typed, attributes),
  concat: (elaborator, typed, { along, as }) => {
    const rest = without(typed.type.axes, as);
    const parts = typed.args.map((argument, position) => {
      const axis = along[position];
      invariant(axis, 'an operand of concat without its axis');
      return elaborator.aligner.expanded(elaborator.value(argument), [...rest, axis]);
    });
    return { node: elaborator.builder.add('concat', parts, { axis: rest.length }), axes: [...rest, as] };
  },
  expand: (elaborator, typed) => ({ node: elaborator.aligner.expanded(elaborator.argument(typed, 0), typed.type.axes), axes: typed.type.axes }),
  one_hot: (elaborator, typed, { axis }) => {
    const value = elaborator.argument(typed, 0);
    return { node: elaborator.builder.add('one_hot', [value.node], { depth: elaborator.aligner.extent(axis) }), axes: [...value.axes, axis] };
  },
  cumsum: (elaborator, typed, { axis }) => {
    const value = elaborator.argument(typed, 0);
    return { node: elaborator.builder.add('cumsum', [value.node], { axis: elaborator.aligner.position(value, axis), exclusive: false, reverse: false }), axes: value.axes };
  },
  call: (elaborator, typed, attributes) => applyInstance(elaborator, typed, attributes),
  on_data: (elaborator, typed) => {
    const id = elaborator.dataValue(typed);
    const { axes } = typed.type;
    return { node: elaborator.input(id, { kind: 'constant', id }, dtypeOf(typed), elaborator.aligner.extents(axes)), axes };
  },
  unbuilt: (elaborator, typed) => nominal(elaborator, typed),
  text: (_elaborator, _typed, { value }) => {
    throw new InternalError(`the text "${value}" has no value outside a prompt`);
  },
  entry_column: ({ builder, checked, aligner }, typed, { vocabulary, column }) => {
    const found = checked.vocabularies.find(({ name }) => name === vocabulary)?.columns?.[column] ?? [];
    const values = found.map(Number);
    return { node: builder.add('constant', [], { dtype: 'f32', shape: aligner.extents(typed.type.axes), values: values.length === 0 ? [0] : values }), axes: typed.type.axes };
  },
  word_index: ({ builder, checked, aligner }, typed, attributes) => {
    const { axis, part } = attributes;
    const entries = checked.vocabularies.find(({ name }) => name === (axis.renames ?? axis.id))?.entries ?? [];
    const found = wordsLookedUp(attributes, checked.vocabularies).map((word) => entries.indexOf(word));
    const values = found.map((at) => (part === 'index' ? Math.max(at, 0) : Number(at >= 0)));
    const shape = aligner.extents(typed.type.axes);
    return { node: builder.add('constant', [], { dtype: part === 'index' ? 'i32' : 'bool', shape, values: values.length === 0 ? [0] : values }), axes: typed.type.axes };
  },
  generate: (_elaborator, typed) => {
    throw new InternalError(`the text ${typed.label ?? 'that is generated'} has no value outside a measure of texts`);
  },
  text_measure: (elaborator, typed) => ({ node: elaborator.measure(typed), axes: [] }),
  prompt: (_elaborator, _typed, { prompt }) => {
    throw new InternalError(`the prompt ${prompt} has no value outside a text tower`);
  },
}; // prettier-ignore

export function meaning(elaborator: Elaborator, typed: Typed): Located {
  const rule = rules[typed.op] as Rule<TypedOp>; // op and attributes agree by construction
  return rule(elaborator, typed, typed.attributes);
}

/** Axes of an elementwise result: leading axes that no operand has at full extent are still there by name. */
function axesOf(elaborator: Elaborator, typed: Typed, axes: readonly Axis[]): readonly Axis[] {
  invariant(
    axes.every((axis) =>
      typed.args.some((argument) => elaborator.value(argument).axes.some((each) => each.id === axis.id)),
    ),
    'an axis from nowhere',
  );
  return axes;
}

function columnInput(
  elaborator: Elaborator,
  typed: Typed,
  name: string,
  part: TypedAttributes['column']['part'],
): Located {
  const column = elaborator.checked.columns.find((each) => each.name === name);
  invariant(column, `no column ${name}`);
  const shape = elaborator.aligner.extents(typed.type.axes);
  if (column.kind === 'text' && part === 'mask') return realPlaces(elaborator, typed, name);
  const key = part === 'value' ? `column ${name}` : `column ${name}.${part}`;
  const source = { kind: 'column', column: name, part } as const;
  if (part === 'value' && (column.kind === 'image' || column.kind === 'frames')) {
    const pixels = elaborator.input(key, source, 'u8', shape);
    const m = elaborator.aligner.arithmetic;
    return {
      node: m.scale(elaborator.builder.add('cast', [pixels], { dtype: 'f32' }), 1 / 255),
      axes: typed.type.axes,
    };
  }
  return {
    node: elaborator.input(key, source, part === 'mask' || part === 'present' ? 'bool' : dtypeOf(typed), shape),
    axes: typed.type.axes,
  };
}

/** Places of a text up to and with the one that ends it; places are the last axis. */
function realPlaces(elaborator: Elaborator, typed: Typed, column: string): Located {
  const { axes } = typed.type;
  const shape = elaborator.aligner.extents(axes);
  const outer = shape.slice(0, -1);
  const m = elaborator.aligner.arithmetic;
  const end = elaborator.input(`column ${column}.length`, { kind: 'column', column, part: 'length' }, 'i32', outer);
  const place = m.op('iota', [], { shape, axis: outer.length });
  return { node: m.binary('le', place, m.reshape(end, [...outer, 1])), axes };
}

function sliceAlong(elaborator: Elaborator, value: Located, position: number, start: number, size: number): NodeId {
  const shape = elaborator.builder.shape(value.node);
  return elaborator.builder.add('slice', [value.node], {
    starts: shape.map((_, axis) => (axis === position ? start : 0)),
    sizes: shape.map((whole, axis) => (axis === position ? size : whole)),
  });
}

/** `x[axis: e]`: axes that both have align, so that `s[other: index(batch)]` is the diagonal. */
function gather(elaborator: Elaborator, value: Located, at: Located, axis: Axis): Located {
  const { aligner, builder } = elaborator;
  const rest = without(value.axes, axis);
  const common = shared(rest, at.axes);
  if (common.length === 0) {
    const position = aligner.position(value, axis);
    const axes = [...value.axes.slice(0, position), ...at.axes, ...value.axes.slice(position + 1)];
    return { node: builder.add('gather', [value.node, at.node], { axis: position }), axes };
  }
  const own = without(rest, ...common);
  const fresh = without(at.axes, ...common);
  const product = (axes: readonly Axis[]): number => aligner.extents(axes).reduce((total, size) => total * size, 1);
  const [batch, rows, columns] = [product(common), product(own), product(fresh)];
  const x = aligner.reshaped(aligner.ordered(value, [...common, ...own, axis]).node, [
    batch,
    rows,
    aligner.extent(axis),
  ]);
  const flat = aligner.reshaped(aligner.ordered(at, [...common, ...fresh]).node, [batch, 1, columns]);
  const indices = rows === 1 ? flat : builder.add('broadcast', [flat], { shape: [batch, rows, columns] });
  const gathered = builder.add('gather_along', [x, indices], { axis: 2 });
  const axes = [...common, ...own, ...fresh];
  return { node: aligner.reshaped(gathered, aligner.extents(axes)), axes };
}

function top(
  elaborator: Elaborator,
  typed: Typed,
  op: Extract<OpName, 'top_k_values' | 'top_k_indices'>,
  axis: Axis,
  as: Axis,
): Located {
  const value = elaborator.argument(typed, 0);
  const rest = without(value.axes, axis);
  const ordered = elaborator.aligner.ordered(value, [...rest, axis]);
  return {
    node: elaborator.builder.add(op, [ordered.node], { k: elaborator.aligner.extent(as) }),
    axes: [...rest, as],
  };
}
