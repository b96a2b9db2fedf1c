/** What each layer of the catalogue gives: axes read and given. */
import type { Call } from '../../syntax/ast.ts';
import { known, structuralAxis, type Axis } from '../../types/axis.ts';
import { layerSignatures, type LayerName } from '../../types/catalogue/layers.ts';
import { hasAxis, printAxes } from '../../types/value-type.ts';
import { Arguments } from '../arguments.ts';
import { cast, node, orderAxes, sized } from '../build.ts';
import type { Checker } from '../checker.ts';
import type { Scope } from '../scope.ts';
import type { CallAttributes, InstanceShape, Typed } from '../typed.ts';
import type { PlacedPart, Value } from '../value.ts';
import { layerIsBuilt } from './built.ts';
import { scalarAxis } from './layer-shape.ts';
import { isOpen } from './open-axis.ts';

export type LayerShape = Extract<InstanceShape, { kind: 'layer' }>;

/** One call of a layer while its axes are found. */
export class LayerCall {
  readonly checker: Checker;
  readonly part: PlacedPart;
  readonly shape: LayerShape;
  readonly call: Call;
  readonly args: Arguments;

  constructor(checker: Checker, part: PlacedPart, shape: LayerShape, call: Call, scope: Scope) {
    this.checker = checker;
    this.part = part;
    this.shape = shape;
    this.call = call;
    const { labels, values } = layerSignatures[shape.layer];
    // a value may be given by its name: `memory: m`
    const [least, most] = values;
    this.args = new Arguments(checker, part.name, call, scope, labels, labels.includes('memory') ? [1, most] : [least, most]);
  } // prettier-ignore

  get option(): (name: string) => number | undefined {
    return (name) => {
      const value = this.shape.options[name];
      return typeof value === 'number' ? value : undefined;
    };
  }

  fail(code: string, message: string, help?: string, value?: Typed): undefined {
    return this.checker.report.error(code, this.call.span, message, {
      ...(value === undefined ? {} : { found: printAxes(value.type.axes) }),
      ...(help === undefined ? {} : { help }),
    });
  }

  /** The operand as numbers. */
  value(position = 0): Typed | undefined {
    const value = this.args.tensor(position);
    return value === undefined || this.args.failed ? undefined : cast(value, 'f32');
  }

  /** The feature axis that the layer acts on: the one that its constructor names, else the one that the value has. */
  feature(value: Typed, declared: Axis | undefined): Axis | undefined {
    const { part } = this;
    if (declared !== undefined && isOpen(declared)) {
      const alike = value.type.axes.filter((axis) => axis.name === declared.name);
      if (alike.length === 1 && alike[0] !== undefined) return this.#ofOneSize(alike[0]);
      return this.fail('CX3003', `\`${part.name}\` reads \`${declared.name}\`, which the value does not have`, undefined, value); // prettier-ignore
    }
    if (declared !== undefined) {
      if (hasAxis(value.type, declared.id)) return this.#ofOneSize(declared);
      return this.checker.report.error('CX3003', this.call.span, `\`${part.name}\` reads \`${declared.id}\`, which the value does not have`, {
        expected: sized(declared),
        found: printAxes(value.type.axes),
        related: [{ span: part.span, label: 'made here' }],
        help: 'change the module, or identify two axes of equal size with `x[a as b]`',
      }); // prettier-ignore
    }
    const features = value.type.axes.filter((axis) => axis.kind === 'feature');
    const [only, second] = features;
    if (only === undefined)
      return this.fail('CX3003', `\`${part.name}\` acts on a feature axis, and the value has none`, undefined, value);
    if (second !== undefined) {
      return this.fail('CX3004', `\`${part.name}\` could act on any of ${features.map((axis) => `\`${axis.id}\``).join(', ')}`, `name it where \`${part.name}\` is made: \`${this.shape.layer}(${only.name})\``, value); // prettier-ignore
    }
    return this.#ofOneSize(only);
  }

  /** Tensors have one size: a layer that takes its axis from what it is given takes the same size each time. */
  #ofOneSize(axis: Axis): Axis | undefined {
    const { part, checker } = this;
    if (axis.size.kind !== 'known')
      return this.fail(
        'CX5006',
        `\`${part.name}\` has tensors along \`${axis.name}\`, whose size only the data decide`,
      );
    const earlier = checker.layerSizes.get(part.name);
    checker.layerSizes.set(part.name, earlier ?? axis.size.value);
    if (earlier === undefined || earlier === axis.size.value || this.shape.layer === 'dropout') return axis;
    return this.fail('CX3002', `\`${part.name}\` was called on ${earlier} numbers before, and on ${axis.size.value} here`, 'make two of it: each mention of a constructor has tensors of its own'); // prettier-ignore
  }

  /** The axis that the layer goes over: said at the call or the constructor, else the one axis of places. */
  over(value: Typed, not: readonly Axis[] = []): Axis | undefined {
    const { part, shape, args } = this;
    const chosen = args.has('over') ? args.axis('over', value) : shape.axes['over'];
    if (args.failed) return undefined;
    if (chosen !== undefined) {
      if (chosen.id === 'batch')
        return this.fail('CX2009', `\`${part.name}\` acts on each sample by itself, not along \`batch\``);
      if (hasAxis(value.type, chosen.id)) return chosen;
      const alike = value.type.axes.filter((axis) => axis.name === chosen.name);
      if (alike.length === 1 && alike[0] !== undefined) return alike[0];
      return this.fail('CX3003', `\`${part.name}\` goes over \`${chosen.name}\`, which the value does not have`, undefined, value); // prettier-ignore
    }
    const places = value.type.axes.filter((axis) => axis.kind === 'position' && !not.some((each) => each.id === axis.id));
    const [only, second] = places;
    if (only !== undefined && second === undefined) return only;
    if (only === undefined)
      return this.fail('CX3003', `\`${part.name}\` goes over an axis of places, and the value has none`, 'name one with `over:`', value); // prettier-ignore
    return this.fail('CX3004', `\`${part.name}\` could go over any of ${places.map((axis) => `\`${axis.name}\``).join(', ')}`, 'name it with `over:`', value); // prettier-ignore
  } // prettier-ignore

  /** Height and width of a picture. */
  picture(value: Typed): readonly [Axis, Axis] | undefined {
    const named = (name: string) => value.type.axes.filter((axis) => axis.name === name && axis.kind === 'position');
    const [heights, widths] = [named('height'), named('width')];
    const [height, width] = [heights[0], widths[0]];
    if (heights.length !== 1 || widths.length !== 1 || height?.size.kind !== 'known' || width?.size.kind !== 'known') {
      return this.fail('CX3003', `\`${this.part.name}\` reads a picture, with height and width`, undefined, value);
    }
    if (height !== undefined && width !== undefined) {
      const { mask } = value;
      if (mask !== undefined && [height, width].some((axis) => hasAxis(mask.type, axis.id)))
        return this.fail('CX3007', `\`${this.part.name}\` reads whole pictures, and of this some pixels are masked`, 'say what stands there: `fill(x, 0)`'); // prettier-ignore
      return [height, width];
    }
    return undefined;
  }

  /** The call as a value. `over`: the axis whose mask the layer skips. */
  result(inputs: readonly Typed[], axes: readonly Axis[], given: Readonly<Record<string, Axis | undefined>>, more: { readonly mask?: Typed | undefined; readonly skips?: Typed | undefined; readonly tap?: string } = {}): Typed {
    const { part, shape } = this;
    const resolved = Object.fromEntries(Object.entries(given).flatMap(([name, axis]) => (axis === undefined ? [] : [[name, axis]])));
    const attributes: CallAttributes = {
      owner: part.owner,
      tap: more.tap ?? '',
      ...(part.key === '' ? {} : { part: part.key }),
      axes: resolved,
      ...(more.skips === undefined ? {} : { masked: true }),
      ...(layerIsBuilt(shape.layer, shape.options) ? {} : { unbuilt: `\`${shape.layer}\`` }),
    };
    const operands = more.skips === undefined ? inputs : [...inputs, more.skips];
    return node('call', operands, attributes, { element: 'f32', axes: orderAxes(axes) }, this.call.span, more.mask);
  } // prettier-ignore
}

/** The mask, where it tells entries along the axis apart. */
export const maskAlong = (value: Typed, axis: Axis): Typed | undefined =>
  value.mask !== undefined && hasAxis(value.mask.type, axis.id) ? value.mask : undefined;

const swap = (axes: readonly Axis[], from: Axis, to: Axis): Axis[] =>
  axes.map((axis) => (axis.id === from.id ? to : axis));

const tensor = (typed: Typed | undefined): Value | undefined =>
  typed === undefined ? undefined : { kind: 'tensor', typed };

type Rule = (site: LayerCall) => Value | undefined;

/** Acts on one feature axis, wherever it stands; every axis stays. */
const normalises: Rule = (site) => {
  const value = site.value();
  const along = value === undefined ? undefined : site.feature(value, site.shape.axes['along']);
  return value === undefined || along === undefined ? undefined : tensor(site.result([value], value.type.axes, { along }, { mask: value.mask })); // prettier-ignore
};

/** From one feature axis to another. */
const projects: Rule = (site) => {
  const value = site.value();
  const { to } = site.shape.axes;
  const from = value === undefined ? undefined : site.feature(value, site.shape.axes['from']);
  if (value === undefined || from === undefined || to === undefined) return undefined;
  const axes = to.id === scalarAxis.id ? value.type.axes.filter((axis) => axis.id !== from.id) : swap(value.type.axes, from, to); // prettier-ignore
  return tensor(site.result([value], axes, { from, to }, { mask: value.mask }));
};

/** Attention, recurrence and tables of places: every axis stays, and what is masked along `over` is skipped. */
const goesOver: Rule = (site) => {
  const value = site.value();
  const over = value === undefined ? undefined : site.over(value);
  const along = value === undefined || over === undefined ? undefined : site.feature(value, site.shape.axes['along']);
  if (value === undefined || over === undefined || along === undefined) return undefined;
  const { layer } = site.shape;
  const heads = site.option('heads');
  if (heads !== undefined && along.size.kind === 'known' && along.size.value % heads !== 0)
    return site.fail('CX5006', `${heads} heads do not divide a width of ${along.size.value}`);
  const max = site.option('max');
  if (layer === 'positions' && max !== undefined && over.size.kind === 'known' && over.size.value > max)
    return site.fail('CX5006', `\`${site.part.name}\` has ${max} places, and \`${over.name}\` has ${over.size.value}`, `positions(max: ${over.size.value})`); // prettier-ignore
  const attends = layer === 'attention' || layer === 'transformer';
  const skips = attends ? maskAlong(value, over) : undefined;
  return tensor(site.result([value], value.type.axes, { over, along }, { mask: value.mask, skips }));
};

/** Places of one value look at those of another. */
const looksAt: Rule = (site) => {
  const value = site.value();
  const named = site.args.option('memory');
  const memory = named ?? (site.args.count > 1 ? site.value(1) : undefined);
  if (value === undefined || site.args.failed) return undefined;
  if (memory === undefined) return site.fail('CX3006', `\`${site.part.name}\` looks at another value`, `\`${site.part.name}(x, memory: m)\``); // prettier-ignore
  if (named !== undefined && site.args.count > 1) return site.fail('CX3006', '`memory` is given twice');
  const along = site.feature(value, site.shape.axes['along']);
  if (along === undefined) return undefined;
  const selfAttends = site.shape.layer === 'decoder';
  const places = value.type.axes.filter((axis) => axis.kind === 'position');
  const over = selfAttends ? site.over(value) : places.length === 1 ? places[0] : undefined;
  if (selfAttends && over === undefined) return undefined;
  // what the memory has and the value has not is looked at; the feature axis may be another of the same size
  const features = memory.type.axes.filter((axis) => axis.kind === 'feature');
  const width = features.find((axis) => axis.id === along.id) ?? (features.length === 1 ? features[0] : undefined);
  const chosen = !selfAttends && site.shape.axes['over'] !== undefined ? site.shape.axes['over'] : undefined;
  const keys = memory.type.axes.filter((axis) => axis.id !== width?.id && !hasAxis(value.type, axis.id) && axis.id !== 'batch'); // prettier-ignore
  const key = chosen !== undefined && hasAxis(memory.type, chosen.id) ? chosen : keys.find((axis) => axis.kind === 'position') ?? keys[0]; // prettier-ignore
  if (width === undefined || key === undefined)
    return site.fail('CX3003', `the memory of \`${site.part.name}\` has no places of its own to look at`, undefined, memory); // prettier-ignore
  const heads = site.option('heads') ?? 1;
  for (const axis of [along, width]) {
    if (axis.size.kind === 'known' && axis.size.value % heads !== 0)
      return site.fail('CX5006', `${heads} heads do not divide a width of ${axis.size.value}`);
  }
  const rest = memory.type.axes.filter((axis) => axis.id !== width.id && axis.id !== key.id && !hasAxis(value.type, axis.id)); // prettier-ignore
  const axes = orderAxes([...rest, ...value.type.axes]);
  const inputs = [value, cast(memory, 'f32')];
  const skips = maskAlong(memory, key);
  return tensor(site.result(inputs, axes, { over, along, key, width }, { mask: value.mask, skips }));
};

const recurs: Rule = (site) => {
  const value = site.value();
  const { to } = site.shape.axes;
  const over = value === undefined ? undefined : site.over(value);
  const from = value === undefined ? undefined : site.feature(value, site.shape.axes['from']);
  if (value === undefined || from === undefined || to === undefined || over === undefined) return undefined;
  return tensor(site.result([value], swap(value.type.axes, from, to), { from, to, over }, { mask: value.mask, skips: maskAlong(value, over) })); // prettier-ignore
};

/** Pictures: `[…, height, width, channel]` to another size and depth. */
const convolves: Rule = (site) => {
  const value = site.value();
  const picture = value === undefined ? undefined : site.picture(value);
  const from = value === undefined || picture === undefined ? undefined : site.feature(value, undefined);
  if (value === undefined || picture === undefined || from === undefined) return undefined;
  const to = site.shape.axes['to'] ?? from;
  const groups = site.option('groups') ?? 1;
  for (const axis of [from, to]) {
    if (axis.size.kind === 'known' && axis.size.value % groups !== 0)
      return site.fail('CX5006', `${groups} groups do not divide ${axis.size.value} channels`);
  }
  const pair = (name: string): readonly number[] => {
    const option = site.shape.options[name];
    return Array.isArray(option) ? (option as readonly number[]) : [1, 1];
  };
  const transposed = site.shape.layer === 'conv_transpose';
  const [kernel, stride] = [pair('kernel'), pair('stride')];
  const sizes = picture.map((axis, at) => {
    const pixels = axis.size.kind === 'known' ? axis.size.value : 1;
    const step = stride[at] ?? 1;
    return transposed ? (pixels - 1) * step + (kernel[at] ?? 1) : Math.ceil(pixels / step);
  });
  const moved = picture.map((axis, at) => resized(axis, sizes[at] ?? 1));
  const axes = value.type.axes.map((axis) => {
    const at = picture.findIndex((each) => each.id === axis.id);
    return at >= 0 ? (moved[at] ?? axis) : axis.id === from.id ? to : axis;
  });
  return tensor(site.result([value], axes, { from, to, height: picture[0], width: picture[1] }, { mask: value.mask }));
};

/** The same axis where the size stays, else a place axis of that size. */
const resized = (axis: Axis, size: number): Axis =>
  axis.size.kind === 'known' && axis.size.value === size ? axis : structuralAxis(axis.name, known(size));

const rules: Readonly<Record<LayerName, Rule>> = {
  linear: projects,
  mlp: projects,
  conv: convolves,
  conv_transpose: convolves,
  batch_norm: normalises,
  layer_norm: normalises,
  group_norm: (site) => {
    const value = site.value();
    const along = value === undefined ? undefined : site.feature(value, undefined);
    if (value === undefined || along === undefined) return undefined;
    const groups = site.option('groups') ?? 1;
    if (along.size.kind === 'known' && along.size.value % groups !== 0)
      return site.fail('CX5006', `${groups} groups do not divide ${along.size.value} channels`);
    return tensor(site.result([value], value.type.axes, { along }, { mask: value.mask }));
  },
  embedding: (site) => {
    const value = site.args.tensor(0);
    const { from, to } = site.shape.axes;
    if (value === undefined || from === undefined || to === undefined) return undefined;
    const points = value.type.indexes;
    if (value.type.element !== 'i32' || (points !== undefined && points.id !== from.id)) {
      return site.fail('CX3008', `\`${site.part.name}\` reads an index of \`${from.name}\``, points === undefined ? 'an `i32` value' : `this points into \`${points.name}\``, value); // prettier-ignore
    }
    if (hasAxis(value.type, to.id))
      return site.fail('CX3009', `the value already has the axis \`${to.name}\``, undefined, value);
    return tensor(site.result([value], [...value.type.axes, to], { from, to }, { mask: value.mask }));
  },
  positions: goesOver,
  dropout: (site) => {
    const value = site.value();
    const named = site.shape.axes['along'];
    const along = value?.type.axes.find((axis) => axis.id === named?.id || axis.name === named?.name);
    if (value !== undefined && named !== undefined && along === undefined)
      return site.fail('CX3003', `\`${site.part.name}\` leaves out whole \`${named.name}\`s, which the value does not have`, undefined, value); // prettier-ignore
    return value === undefined ? undefined : tensor(site.result([value], value.type.axes, { along }, { mask: value.mask })); // prettier-ignore
  },
  attention: goesOver,
  cross_attention: looksAt,
  transformer: goesOver,
  decoder: looksAt,
  lstm: recurs,
  gru: recurs,
  attention_pool: (site) => {
    const value = site.value();
    const { to } = site.shape.axes;
    const from = value === undefined ? undefined : site.feature(value, site.shape.axes['from']);
    if (value === undefined || from === undefined || to === undefined) return undefined;
    const places = value.type.axes.filter((axis) => axis.kind === 'position' && axis.name !== 'frame');
    const chosen = site.args.has('over') ? site.over(value) : undefined;
    const over = chosen === undefined ? places : [chosen];
    if (site.args.failed) return undefined;
    if (over.length === 0 || over.length > 2)
      return site.fail('CX3004', `\`${site.part.name}\` pools one axis of places, or height and width`, 'name it with `over:`', value); // prettier-ignore
    const gone = [...over, from];
    const axes = [...value.type.axes.filter((axis) => !gone.some((each) => each.id === axis.id)), to];
    const [first, second] = over;
    return tensor(site.result([value], axes, { from, to, over: first, across: second }, { skips: first === undefined ? undefined : maskAlong(value, first) })); // prettier-ignore
  },
  fpn: (site) => {
    const values = site.args.tensors().map((value) => cast(value, 'f32'));
    if (site.args.failed) return undefined;
    const to = structuralAxis('channel', known(site.option('channels') ?? 256));
    const items: Value[] = [];
    for (const [level, value] of values.entries()) {
      const picture = site.picture(value);
      const features = value.type.axes.filter((axis) => axis.kind === 'feature');
      const [from, second] = features;
      if (picture === undefined) return undefined;
      if (from === undefined || second !== undefined)
        return site.fail('CX3004', `level ${level} of \`${site.part.name}\` has one feature axis`, undefined, value);
      const [height, width] = picture;
      items.push({ kind: 'tensor', typed: site.result(values, swap(value.type.axes, from, to), { to, height, width }, { tap: String(level), mask: value.mask }) }); // prettier-ignore
    }
    return { kind: 'tuple', items };
  },
  upsample: (site) => {
    const value = site.value();
    const picture = value === undefined ? undefined : site.picture(value);
    if (value === undefined || picture === undefined) return undefined;
    const by = site.option('by') ?? 2;
    const grown = picture.map((axis) => resized(axis, (axis.size.kind === 'known' ? axis.size.value : 1) * by));
    const axes = value.type.axes.map((axis) => grown[picture.findIndex((each) => each.id === axis.id)] ?? axis);
    return tensor(site.result([value], axes, { height: picture[0], width: picture[1] }, { mask: value.mask }));
  },
  patchify: (site) => {
    const value = site.value();
    const picture = value === undefined ? undefined : site.picture(value);
    const from = value === undefined || picture === undefined ? undefined : site.feature(value, undefined);
    if (value === undefined || picture === undefined || from === undefined) return undefined;
    const patch = site.option('patch') ?? 16;
    const pixels = picture.map((axis) => (axis.size.kind === 'known' ? axis.size.value : 1));
    if (pixels.some((size) => size % patch !== 0))
      return site.fail('CX5006', `patches of ${patch} px do not tile ${pixels.join(' x ')} px`);
    const frame = value.type.axes.find((axis) => axis.name === 'frame');
    if (site.shape.options['over'] === '3d' && frame === undefined)
      return site.fail('CX3003', `\`${site.part.name}\` reads frames of a film`, undefined, value);
    const places = pixels.reduce((product, size) => product * (size / patch), 1);
    const token = structuralAxis('token', known(places));
    const width: Axis = { id: `${site.part.name}.width`, name: 'width', kind: 'feature', size: known(site.option('width') ?? 768) }; // prettier-ignore
    const gone = [...picture, from];
    const axes = [...value.type.axes.filter((axis) => !gone.some((each) => each.id === axis.id)), token, width];
    return tensor(site.result([value], axes, { from, to: width, height: picture[0], width: picture[1], over: token, frame }, { mask: value.mask })); // prettier-ignore
  },
  temporal_conv: (site) => {
    const value = site.value();
    const over = value === undefined ? undefined : site.over(value);
    const from = value === undefined || over === undefined ? undefined : site.feature(value, site.shape.axes['from']);
    if (value === undefined || over === undefined || from === undefined) return undefined;
    const to = site.shape.axes['to'] ?? from;
    const groups = site.option('groups') ?? 1;
    for (const axis of [from, to]) {
      if (axis.size.kind === 'known' && axis.size.value % groups !== 0)
        return site.fail('CX5006', `${groups} groups do not divide ${axis.size.value} numbers`);
    }
    return tensor(site.result([value], swap(value.type.axes, from, to), { from, to, over }, { mask: value.mask, skips: maskAlong(value, over) })); // prettier-ignore
  },
  temporal_shift: (site) => {
    const value = site.value();
    const over = value === undefined ? undefined : site.over(value);
    const along = value === undefined || over === undefined ? undefined : site.feature(value, undefined);
    if (value === undefined || over === undefined || along === undefined) return undefined;
    return tensor(site.result([value], value.type.axes, { over, along }, { mask: value.mask, skips: maskAlong(value, over) })); // prettier-ignore
  },
};

/** A layer of the catalogue applied to its values. */
export function callLayer(
  checker: Checker,
  part: PlacedPart,
  shape: LayerShape,
  call: Call,
  scope: Scope,
): Value | undefined {
  const site = new LayerCall(checker, part, shape, call, scope);
  return site.args.failed ? undefined : rules[shape.layer](site);
}
