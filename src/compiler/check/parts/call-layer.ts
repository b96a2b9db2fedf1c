/** What each layer of the catalogue gives: axes read and given. */
import type { Call } from '../../syntax/ast.ts';
import { sameSize, type Axis } from '../../types/axis.ts';
import type { LayerName } from '../../types/catalogue/layers.ts';
import { hasAxis, printValueType } from '../../types/value-type.ts';
import { cast, orderAxes, two } from '../build.ts';
import type { Checker } from '../checker.ts';
import { projectedMask } from '../masks.ts';
import type { Scope } from '../scope.ts';
import type { Typed } from '../typed.ts';
import type { PlacedPart, Value } from '../value.ts';
import { LayerCall, maskAlong, swap, tensor, type LayerRule, type LayerShape } from './layer-call.ts';
import { scalarAxis } from './layer-shape.ts';
import { convolves, fpn, patchify, upsample } from './picture-layers.ts';

/** Acts on one feature axis, wherever it stands; every axis stays. */
const normalises: LayerRule = (site) => {
  const value = site.value();
  const along = value === undefined ? undefined : site.feature(value, site.shape.axes['along']);
  if (value === undefined || along === undefined) return undefined;
  // statistics are those of what is real
  const skips = site.shape.layer === 'batch_norm' ? value.mask : undefined;
  return tensor(site.result([value], value.type.axes, { along }, { mask: value.mask, skips }));
};

/** From one feature axis to another. */
const projects: LayerRule = (site) => {
  const value = site.value();
  const { to } = site.shape.axes;
  const from = value === undefined ? undefined : site.feature(value, site.shape.axes['from']);
  if (value === undefined || from === undefined || to === undefined) return undefined;
  const axes = to.id === scalarAxis.id ? value.type.axes.filter((axis) => axis.id !== from.id) : swap(value.type.axes, from, to); // prettier-ignore
  return tensor(site.result([value], axes, { from, to }, { mask: projectedMask(value.mask, from, site.call.span) }));
};

/** Attention, recurrence and tables of places: every axis stays, and what is masked along `over` is skipped. */
const goesOver: LayerRule = (site) => {
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
  const where = attends && site.args.has('where') ? seen(site, value, over, along) : {};
  if (site.args.failed) return undefined;
  const skips = attends ? whichKeys(site, maskAlong(value, over), where.keys) : undefined;
  return tensor(site.result([value], value.type.axes, { over, along }, { mask: value.mask, skips, sees: where.sees }));
};

/** What `where:` says: which keys are seen by all, or which by each place. */
interface Seen {
  readonly keys?: Typed;
  readonly sees?: Typed;
}

/** Keys that are real and that `where:` lets be seen. */
const whichKeys = (site: LayerCall, mask: Typed | undefined, keys: Typed | undefined): Typed | undefined =>
  // what is unknown is not seen
  [mask, keys, keys?.mask].reduce((all, each) => (all === undefined || each === undefined ? (all ?? each) : two('and', all, each, site.call.span, site.checker.report)), undefined); // prettier-ignore

/** `where: sees`, a bool over the places, or over them and, under another name, the places that each of them sees. */
function seen(site: LayerCall, value: Typed, over: Axis, along: Axis): Seen {
  const sees = site.args.option('where');
  if (sees === undefined || site.args.failed) return {};
  const others = sees.type.axes.filter((axis) => axis.id !== over.id && !hasAxis(value.type, axis.id));
  const [key, more] = others;
  const places = sees.type.element === 'bool' && hasAxis(sees.type, over.id) && !hasAxis(sees.type, along.id);
  if (places && key === undefined) return { keys: sees };
  if (places && key !== undefined && more === undefined && sameSize(key.size, over.size)) return { sees };
  site.args.failed = true;
  return site.checker.report.error('CX3003', site.args.labelled('where')?.span ?? site.call.span, `\`where:\` says which places of \`${over.name}\` each of them sees`, {
    expected: `bool [${over.name}], or bool [${over.name}, key] as \`index(key) <= index(${over.name})\` gives`,
    found: printValueType(sees.type),
  }) ?? {}; // prettier-ignore
}

/** `where:` of what looks at a memory: a bool over its places, and over those that look where they see different ones. */
function seenOf(site: LayerCall, key: Axis, over: Axis | undefined, known: readonly Axis[]): Seen {
  const sees = site.args.option('where');
  if (sees === undefined || site.args.failed) return {};
  const { axes, element } = sees.type;
  const legal = axes.every((axis) => known.some((each) => each.id === axis.id));
  if (element === 'bool' && hasAxis(sees.type, key.id) && legal)
    return over !== undefined && hasAxis(sees.type, over.id) ? { sees } : { keys: sees };
  site.args.failed = true;
  return site.checker.report.error('CX3003', site.args.labelled('where')?.span ?? site.call.span, `\`where:\` says which places of \`${key.name}\` are seen`, {
    expected: `bool [${key.name}]${over === undefined ? '' : `, or bool [${over.name}, ${key.name}]`}`,
    found: printValueType(sees.type),
  }) ?? {}; // prettier-ignore
}

/** Places of one value look at those of another. */
const looksAt: LayerRule = (site) => {
  const value = site.value();
  const named = site.args.option('memory');
  const memory = named === undefined ? (site.args.count > 1 ? site.value(1) : undefined) : site.whole(named);
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
  const both = [...value.type.axes, ...memory.type.axes].filter((axis) => axis.id !== along.id && axis.id !== width.id);
  const where = site.args.has('where') ? seenOf(site, key, over, both) : {};
  if (site.args.failed) return undefined;
  const skips = whichKeys(site, maskAlong(memory, key), where.keys);
  const own = selfAttends && over !== undefined ? maskAlong(value, over) : undefined;
  return tensor(site.result(inputs, axes, { over, along, key, width }, { mask: value.mask, skips, sees: where.sees, own })); // prettier-ignore
};

const recurs: LayerRule = (site) => {
  const value = site.value();
  const { to } = site.shape.axes;
  const over = value === undefined ? undefined : site.over(value);
  const from = value === undefined ? undefined : site.feature(value, site.shape.axes['from']);
  if (value === undefined || from === undefined || to === undefined || over === undefined) return undefined;
  return tensor(site.result([value], swap(value.type.axes, from, to), { from, to, over }, { mask: value.mask, skips: maskAlong(value, over) })); // prettier-ignore
};

const rules: Readonly<Record<LayerName, LayerRule>> = {
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
    // statistics are those of what is real
    const pooled = value.type.axes.some((axis) => axis.kind === 'position' && maskAlong(value, axis) !== undefined);
    return tensor(site.result([value], value.type.axes, { along }, { mask: value.mask, skips: pooled ? value.mask : undefined })); // prettier-ignore
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
    return tensor(site.result([value], axes, { from, to, over: first, across: second }, { skips: over.some((axis) => maskAlong(value, axis) !== undefined) ? value.mask : undefined })); // prettier-ignore
  },
  fpn,
  upsample,
  patchify,
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
