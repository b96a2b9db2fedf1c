/** The functions of the language: what they take, the axes of what they give. `elaborate` has their positional meaning. */
import type { Call } from '../syntax/ast.ts';
import type { Span } from '../source/span.ts';
import { known, printSize, sameSize, type Axis, type Size } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import {
  cast, constantOf, describe, jointMask, node, one, orderAxes, scalar, sized, two, uniteAxes,
} from './build.ts'; // prettier-ignore
import type { Checker } from './checker.ts';
import { alongside, filled, joinedMask, oneSlice, reducedMask } from './masks.ts';
import type { Scope } from './scope.ts';
import type { ElementwiseOne, ReductionKind, Typed } from './typed.ts';
import type { Value } from './value.ts';

interface Site {
  readonly checker: Checker;
  readonly scope: Scope;
  readonly call: Call;
  readonly name: string;
}

type Builtin = (site: Site) => Typed | Value | undefined;

const elementwise: readonly ElementwiseOne[] = [
  'exp', 'log', 'log10', 'sqrt', 'abs', 'sign', 'sin', 'acos', 'tanh', 'sigmoid', 'softplus', 'relu', 'gelu', 'quick_gelu', 'erf',
  'floor', 'ceil', 'round',
]; // prettier-ignore

const reductions: readonly ReductionKind[] = [
  'sum',
  'mean',
  'prod',
  'var',
  'any',
  'all',
  'logsumexp',
  'argmax',
  'argmin',
];

const notBuilt = [
  'rank', 'median', 'warp', 'conv2d', 'conv_transpose', 'pool', 'gaussian_blur', 'spectrogram', 'mel', 'tiles', 'untile', 'windows',
  'bezier_strokes', 'resize', 'pad', 'split', 'unmerge', 'merge', 'shift', 'reverse', 'expand', 'spearman', 'redraw', 'generate', 'draw',
]; // prettier-ignore

const table = new Map<string, Builtin>([
  ...elementwise.map((op): [string, Builtin] => [op, (site) => elementwiseCall(site, op)]),
  ...reductions.map((op): [string, Builtin] => [op, (site) => reduceCall(site, op)]),
  ...notBuilt.map((name): [string, Builtin] => [name, ({ checker, call }) => checker.notImplemented(call.callee.span, `\`${name}\``)]),
  ['cos', (site) => (site.call.args.filter((argument) => argument.label === undefined).length === 1 ? elementwiseCall(site, 'cos') : cosCall(site))],
  ['max', (site) => extremeCall(site, 'max')],
  ['min', (site) => extremeCall(site, 'min')],
  ['atan2', ({ checker, call, scope, name }) => {
    const args = new Arguments(checker, name, call, scope, [], [2, 2]);
    const [y, x] = [args.tensor(0), args.tensor(1)];
    return y === undefined || x === undefined || args.failed
      ? undefined
      : two('atan2', y, x, call.span, checker.report, [args.place(0), args.place(1)]);
  }],
  ['clamp', clampCall],
  ['where', whereCall],
  ['stop', (site) => unary(site, (value) => node('stop', [value], {}, value.type, site.call.span, value.mask))],
  ['softmax', (site) => softmaxCall(site, false)],
  ['log_softmax', (site) => softmaxCall(site, true)],
  ['dot', dotCall],
  ['normalize', normalizeCall],
  ['angle', angleCall],
  ['outer', outerCall],
  ['index', indexCall],
  ['size', sizeCall],
  ['top', topCall],
  ['upper', upperCall],
  ['shuffle', shuffleCall],
  ['stack', stackCall],
  ['concat', concatCall],
  ['one_hot', oneHotCall],
  ['cumsum', cumsumCall],
  ['uniform', (site) => randomCall(site, 'uniform')],
  ['gaussian', (site) => randomCall(site, 'normal')],
  ['known', (site) => unary(site, (value) => maskOf(value, site))],
  ['mask_of', (site) => unary(site, (value) => maskOf(value, site))],
  ['only', onlyCall],
  ['fill', fillCall],
]); // prettier-ignore

export const builtinNames: ReadonlySet<string> = new Set(table.keys());

export function callBuiltin(checker: Checker, name: string, call: Call, scope: Scope): Value | undefined {
  const result = table.get(name)?.({ checker, scope, call, name });
  if (result === undefined) return undefined;
  return 'op' in result ? { kind: 'tensor', typed: result } : result;
}

function unary(site: Site, build: (value: Typed) => Typed | undefined): Typed | undefined {
  const args = new Arguments(site.checker, site.name, site.call, site.scope, [], [1, 1]);
  const value = args.tensor(0);
  return value === undefined || args.failed ? undefined : build(value);
}

function elementwiseCall(site: Site, op: ElementwiseOne): Typed | undefined {
  return unary(site, (value) => {
    const built = one(op, value, site.call.span);
    const constant = constantOf(built);
    return constant === undefined ? built : { ...scalar(constant, site.call.span), type: { element: 'f32', axes: [] } };
  });
}

function reduceCall({ checker, call, scope, name }: Site, reduction: ReductionKind): Typed | undefined {
  if (call.args.some((argument) => argument.label?.text === 'by'))
    return checker.notImplemented(call.span, 'a grouped reduction (`by:`)');
  const args = new Arguments(checker, name, call, scope, ['over', 'where'], [1, 1]);
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const where = args.option('where');
  const extra = (where?.type.axes ?? []).filter((axis) => !hasAxis(value.type, axis.id));
  // without `over:` nothing is left
  const over = args.has('over') ? args.axes('over', value) : [...value.type.axes, ...extra];
  if (over === undefined || args.failed) return undefined;
  return reduce(checker, reduction, value, over, where, call);
}

export function reduce(
  checker: Checker,
  reduction: ReductionKind,
  value: Typed,
  over: readonly Axis[],
  where: Typed | undefined,
  call: Call,
): Typed | undefined {
  const boolean = reduction === 'any' || reduction === 'all';
  const operand = boolean ? cast(value, 'bool') : cast(value, 'f32');
  const mask = jointMask([value, where === undefined ? undefined : { ...where, mask: cast(where, 'bool') }], call.span);
  // a condition may bring axes of its own, along which the value repeats
  const extra = mask === undefined ? [] : mask.type.axes.filter((axis) => !hasAxis(value.type, axis.id));
  const axes = orderAxes([...value.type.axes, ...extra].filter((axis) => !over.some((each) => each.id === axis.id)));
  const args = mask === undefined ? [operand] : [operand, mask];
  const remaining = reducedMask(mask, over, reduction, call.span);
  if (reduction === 'argmax' || reduction === 'argmin') {
    const [axis, second] = over;
    if (axis === undefined || second !== undefined)
      return checker.report.error('CX3004', call.span, `\`${reduction}\` goes over one axis`, {
        found: printAxes(over),
        help: 'name it with `over:`',
      });
    return node('reduce', args, { reduction, over }, { element: 'i32', axes, indexes: axis }, call.span, remaining);
  }
  return node('reduce', args, { reduction, over }, { element: boolean ? 'bool' : 'f32', axes }, call.span, remaining);
}

/** `max(x, over: a)` reduces, `max(a, b)` compares element by element. */
function extremeCall(site: Site, op: 'max' | 'min'): Typed | undefined {
  const { checker, call, scope, name } = site;
  const positional = call.args.filter((argument) => argument.label === undefined).length;
  if (positional !== 2) return reduceCall(site, op);
  const args = new Arguments(checker, name, call, scope, [], [2, 2]);
  const [a, b] = [args.tensor(0), args.tensor(1)];
  return a === undefined || b === undefined || args.failed
    ? undefined
    : two(op, a, b, call.span, checker.report, [args.place(0), args.place(1)]);
}

function clampCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [3, 3]);
  const [value, low, high] = [args.tensor(0), args.tensor(1), args.tensor(2)];
  if (value === undefined || low === undefined || high === undefined || args.failed) return undefined;
  const floored = two('max', value, low, call.span, checker.report, [args.place(0), args.place(1)]);
  if (floored === undefined) return undefined;
  return two('min', floored, high, call.span, checker.report, [args.place(0), args.place(2)]);
}

function whereCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [3, 3]);
  const [condition, then, otherwise] = [args.tensor(0), args.tensor(1), args.tensor(2)];
  if (condition === undefined || then === undefined || otherwise === undefined || args.failed) return undefined;
  const both = uniteAxes(then, otherwise, call.span, checker.report, '`where`', [args.place(1), args.place(2)]);
  if (both === undefined) return undefined;
  const either = { ...then, type: { ...then.type, axes: both } };
  const axes = uniteAxes(condition, either, call.span, checker.report, '`where`', [args.place(0), args.place(1)]);
  if (axes === undefined) return undefined;
  const element = then.type.element === 'i32' && otherwise.type.element === 'i32' ? 'i32' : 'f32';
  return node(
    'where',
    [cast(condition, 'bool'), cast(then, element), cast(otherwise, element)],
    {},
    { element, axes },
    call.span,
    jointMask([condition, then, otherwise], call.span),
  );
}

function softmaxCall({ checker, call, scope, name }: Site, log: boolean): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['over', 'where'], [1, 1]);
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.axis('over', value, () =>
    args.fail('CX3004', `\`${name}\` goes over one axis`, 'name it with `over:`'),
  );
  const where = args.option('where');
  if (axis === undefined || args.failed) return undefined;
  const mask = jointMask([value, where === undefined ? undefined : { ...where, mask: cast(where, 'bool') }], call.span);
  const operand = cast(value, 'f32');
  const extra = (mask?.type.axes ?? []).filter((each) => !hasAxis(value.type, each.id));
  return node(
    'softmax',
    mask === undefined ? [operand] : [operand, mask],
    { axis, log },
    { element: 'f32', axes: orderAxes([...value.type.axes, ...extra]) },
    call.span,
    value.mask,
  );
}

/** The one feature axis that the operands share; `along:` says another. */
function sharedFeature(args: Arguments, a: Typed, b: Typed, checker: Checker): Axis | undefined {
  if (args.has('along')) {
    const axis = args.axis('along', a);
    if (axis === undefined || hasAxis(b.type, axis.id)) return axis;
    args.failed = true;
    return checker.report.error('CX3003', args.place(1), `this value has no axis \`${axis.name}\``, {
      found: printAxes(b.type.axes),
      help: `\`${args.name}\` goes along an axis that both values have`,
    });
  }
  const shared = a.type.axes.filter((axis) => axis.kind === 'feature' && hasAxis(b.type, axis.id));
  const [only, second] = shared;
  if (only !== undefined && second === undefined) return only;
  args.failed = true;
  if (second !== undefined) {
    return checker.report.error('CX3004', args.call.span, `\`${args.name}\` could go along ${shared.map((axis) => `\`${axis.id}\``).join(' or ')}`, {
      related: operands(args, a, b),
      help: `name it: \`along: ${shared[0]?.name ?? ''}\``,
    }); // prettier-ignore
  }
  const features = (value: Typed): string =>
    value.type.axes.filter((axis) => axis.kind === 'feature').map(sized).join(', ') || 'none'; // prettier-ignore
  if (args.count < 2) {
    return checker.report.error('CX3001', args.call.span, `\`${args.name}\` needs a feature axis`, {
      related: operands(args, a, b),
      found: printAxes(a.type.axes),
      help: 'name another axis: `along: …`',
    });
  }
  return checker.report.error('CX3001', args.call.span, `\`${args.name}\` needs one feature axis that both values share`, {
    related: operands(args, a, b),
    expected: 'the same feature axis on both sides',
    found: `${features(a)} on the left, ${features(b)} on the right`,
    help: 'project one of them (`linear(a -> b)`), or identify two axes of equal size with `x[a as b]`',
  }); // prettier-ignore
}

/** The operands where they stand, with their axes. */
function operands(args: Arguments, ...values: readonly Typed[]): { span: Span; label: string }[] {
  return values.slice(0, args.count).map((value, position) => ({ span: args.place(position), label: `has ${printAxes(value.type.axes)}` })); // prettier-ignore
}

function contraction(checker: Checker, a: Typed, b: Typed, axis: Axis, call: Call): Typed | undefined {
  const without = (typed: Typed): Typed => ({
    ...typed,
    type: { ...typed.type, axes: typed.type.axes.filter((each) => each.id !== axis.id) },
  });
  const axes = uniteAxes(without(a), without(b), call.span, checker.report, '`dot`');
  if (axes === undefined) return undefined;
  const masks = jointMask([a, b], call.span);
  // entries that are not there add nothing
  const real = (value: Typed): Typed =>
    masks !== undefined && hasAxis(masks.type, axis.id) ? filled(cast(value, 'f32'), 0, call.span) : cast(value, 'f32');
  const mask = reducedMask(masks, [axis], 'mean', call.span);
  return node('dot', [real(a), real(b)], { axis }, { element: 'f32', axes }, call.span, mask);
}

function dotCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['along'], [2, 2]);
  const [a, b] = [args.tensor(0), args.tensor(1)];
  if (a === undefined || b === undefined) return undefined;
  const axis = sharedFeature(args, a, b, checker);
  return axis === undefined || args.failed ? undefined : contraction(checker, a, b, axis, call);
}

/** The cosine of the angle between two vectors; every pair of their other axes. */
function cosCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['along'], [2, 2]);
  const [a, b] = [args.tensor(0), args.tensor(1)];
  if (a === undefined || b === undefined) return undefined;
  const axis = sharedFeature(args, a, b, checker);
  return axis === undefined || args.failed ? undefined : cosine(checker, a, b, axis, call);
}

function cosine(checker: Checker, a: Typed, b: Typed, axis: Axis, call: Call): Typed | undefined {
  return contraction(checker, unit(a, axis, call), unit(b, axis, call), axis, call);
}

function unit(value: Typed, axis: Axis, call: Call): Typed {
  const masked = value.mask !== undefined && hasAxis(value.mask.type, axis.id);
  const operand = masked ? filled(cast(value, 'f32'), 0, call.span) : cast(value, 'f32');
  return node('normalize', [operand], { axis }, operand.type, call.span, value.mask);
}

function normalizeCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['along'], [1, 1]);
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.has('along') ? args.axis('along', value) : sharedFeature(args, value, value, checker);
  return axis === undefined || args.failed ? undefined : unit(value, axis, call);
}

/** The safe angle in radians: arccos with the cosine kept 1e-6 away from ±1, where its slope is infinite (clip-gaze sheet, loss 1). */
function angleCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['along'], [2, 2]);
  const [a, b] = [args.tensor(0), args.tensor(1)];
  if (a === undefined || b === undefined) return undefined;
  const axis = sharedFeature(args, a, b, checker);
  if (axis === undefined || args.failed) return undefined;
  const similarity = cosine(checker, a, b, axis, call);
  if (similarity === undefined) return undefined;
  const bound = (value: number): Typed => node('number', [], { value }, { element: 'f32', axes: [] }, call.span);
  const floored = two('max', similarity, bound(-1 + 1e-6), call.span, checker.report);
  const clamped = floored === undefined ? undefined : two('min', floored, bound(1 - 1e-6), call.span, checker.report);
  return clamped === undefined ? undefined : one('acos', clamped, call.span);
}

/** `a * b` where joining every pair is meant. */
function outerCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [2, 2]);
  const [a, b] = [args.tensor(0), args.tensor(1)];
  if (a === undefined || b === undefined || args.failed) return undefined;
  const axes = orderAxes([...a.type.axes, ...b.type.axes.filter((axis) => !hasAxis(a.type, axis.id))]);
  return node(
    'two',
    [cast(a, 'f32'), cast(b, 'f32')],
    { op: 'mul' },
    { element: 'f32', axes },
    call.span,
    jointMask([a, b], call.span),
  );
}

function axisArgument({ checker, call, scope, name }: Site, labels: readonly string[] = []): Axis | undefined {
  const args = new Arguments(checker, name, call, scope, labels, [1, 1]);
  const argument = args.positional(0);
  if (argument === undefined || args.failed) return undefined;
  return checker.axisOf(argument.value, scope);
}

function indexCall(site: Site): Typed | undefined {
  const axis = axisArgument(site);
  return axis === undefined
    ? undefined
    : node('index', [], { axis }, { element: 'i32', axes: [axis], indexes: axis }, site.call.span);
}

function sizeCall(site: Site): Typed | undefined {
  const axis = axisArgument(site);
  if (axis === undefined) return undefined;
  return axis.size.kind === 'known'
    ? scalar(axis.size.value, site.call.span)
    : node('size', [], { size: axis.size }, { element: 'i32', axes: [] }, site.call.span);
}

/** `let (v, i) = top(k, s, over: class as rank)`: the k largest, largest first, and where they stood. */
function topCall({ checker, call, scope, name }: Site): Value | undefined {
  const args = new Arguments(checker, name, call, scope, ['over', 'as'], [2, 2]);
  const k = args.tensor(0);
  const value = args.tensor(1);
  if (k === undefined || value === undefined) return undefined;
  const axis = args.axis('over', value, () => args.fail('CX3004', '`top` goes over one axis', 'name it with `over:`'));
  const size = sizeOf(k);
  if (axis === undefined) return undefined;
  if (size === undefined)
    return checker.report.error('CX3011', args.place(0), '`top` takes a number of entries known while compiling', {
      expected: '`top(5, …)`, `top(batch / 2, …)`',
    });
  const most = axis.size.kind === 'known' ? axis.size.value : Number.POSITIVE_INFINITY;
  if (size.kind === 'known' && (!Number.isInteger(size.value) || size.value < 1 || size.value > most)) {
    return checker.report.error('CX5006', args.place(0), `\`${axis.name}\` has no ${size.value} largest entries`, {
      expected: `a whole number from 1${Number.isFinite(most) ? ` to ${most}` : ''}`,
    });
  }
  const as = args.born('as', { kind: 'position', size }, 'the places');
  if (as === undefined || args.failed) return undefined;
  const operand = filled(cast(value, 'f32'), lowest, call.span);
  const axes = operand.type.axes.map((each) => (each.id === axis.id ? as : each));
  const places = node('top_indices', [operand], { axis, as }, { element: 'i32', axes, indexes: axis }, call.span);
  const mask = alongside(value.mask, axis, (each) => {
    const rest = each.type.axes.filter((other) => other.id !== axis.id);
    const fresh = axes.filter((other) => !rest.some((own) => own.id === other.id));
    return node(
      'gather',
      [each, places],
      { axis },
      { element: 'bool', axes: orderAxes([...rest, ...fresh]) },
      call.span,
    );
  });
  const values = node('top_values', [operand], { axis, as }, { element: 'f32', axes }, call.span, mask);
  const indices = mask === undefined ? places : { ...places, mask };
  return {
    kind: 'tuple',
    items: [
      { kind: 'tensor', typed: values },
      { kind: 'tensor', typed: indices },
    ],
  };
}

/** `upper(s, a, b) as pair`: the entries with index(a) < index(b), row-major. */
function upperCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['as'], [3, 3]);
  const value = args.tensor(0);
  if (args.failed) return undefined;
  const [first, second] = [args.positional(1), args.positional(2)].map((argument) =>
    argument === undefined || value === undefined ? undefined : checker.axisOf(argument.value, scope, value.type.axes),
  );
  if (value === undefined || first === undefined || second === undefined) return undefined;
  for (const axis of [first, second]) {
    if (!hasAxis(value.type, axis.id))
      return checker.report.error('CX3003', args.place(axis === first ? 1 : 2), `the value has no axis \`${axis.name}\``, {
        related: operands(args, value).slice(0, 1),
        found: printAxes(value.type.axes),
      }); // prettier-ignore
  }
  if (first.id === second.id || !sameSize(first.size, second.size)) {
    return checker.report.error('CX3002', call.span, '`upper` takes the pairs of two axes of one size', {
      found: `\`${first.name}\` (${printSize(first.size)}) and \`${second.name}\` (${printSize(second.size)})`,
      help: 'such as `upper(cos(x, x[batch as other]), batch, other) as pair`',
    });
  }
  const as = args.born('as', { kind: 'item', size: { kind: 'pairs', of: first.size } }, 'the pairs');
  if (as === undefined || args.failed) return undefined;
  const rest = value.type.axes.filter((axis) => axis.id !== first.id && axis.id !== second.id);
  const pairs = (whole: Typed, axes: readonly Axis[]): Typed =>
    node('upper', [whole], { first, second, as }, { element: whole.type.element, axes }, call.span);
  const { mask } = value;
  const touched = mask !== undefined && (hasAxis(mask.type, first.id) || hasAxis(mask.type, second.id));
  const axes = orderAxes([...rest, as]);
  if (!touched) return { ...pairs(value, axes), ...(mask === undefined ? {} : { mask }) };
  const square = orderAxes([...mask.type.axes, ...[first, second].filter((axis) => !hasAxis(mask.type, axis.id))]);
  const left = square.filter((axis) => axis.id !== first.id && axis.id !== second.id);
  const spread = node('expand', [mask], { like: square }, { element: 'bool', axes: square }, call.span);
  return { ...pairs(value, axes), mask: pairs(spread, orderAxes([...left, as])) };
}

function shuffleCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['over'], [1, 1]);
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.axis('over', value, () =>
    args.fail('CX3004', '`shuffle` goes over one axis', 'name it with `over:`'),
  );
  if (axis === undefined || args.failed) return undefined;
  const stream = checker.stream('shuffle');
  const shuffled = (whole: Typed): Typed => node('shuffle', [whole], { axis, stream }, whole.type, call.span);
  const mask = alongside(value.mask, axis, shuffled);
  return { ...shuffled(value), ...(mask === undefined ? {} : { mask }) };
}

function stackCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['as'], [1, Number.POSITIVE_INFINITY]);
  const parts = args.tensors();
  if (args.failed) return undefined;
  const as = args.born('as', { kind: 'feature', size: { kind: 'known', value: parts.length } }, 'the parts');
  if (as === undefined) return undefined;
  const axes = orderAxes(unionOfAxes(parts));
  if (axes.some((axis) => axis.id === as.id)) return alreadyThere(checker, as, call);
  const element = jointElement(parts);
  const stacked = (pieces: readonly Typed[], to: 'f32' | 'i32' | 'bool'): Typed =>
    node('stack', pieces.map((part) => cast(part, to)), { as }, { element: to, axes: [...axes, as] }, call.span); // prettier-ignore
  const mask = joinedMask(parts, (masks) => stacked(masks, 'bool'), call.span);
  return { ...stacked(parts, element), ...(mask === undefined ? {} : { mask }) };
}

function concatCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['along', 'as'], [2, Number.POSITIVE_INFINITY]);
  const parts = args.tensors();
  const [head] = parts;
  if (head === undefined || args.failed) return undefined;
  const argument = args.labelled('along');
  if (argument === undefined) return args.fail('CX3004', '`concat` goes along one axis', 'name it with `along:`');
  const axis = checker.axisOf(argument.value, scope, unionOfAxes(parts));
  if (axis === undefined) return undefined;
  const holders = parts.filter((part) => hasAxis(part.type, axis.id));
  if (holders.length === 0) {
    return checker.report.error('CX3003', argument.span, `no value here has the axis \`${axis.name}\``, {
      found: parts.map((part) => printAxes(part.type.axes)).join(', '),
    });
  }
  // an operand without the axis is one slice of it
  const sizes = parts.map((part) => (hasAxis(part.type, axis.id) ? axis.size : known(1)));
  const as = args.born('as', { kind: axis.kind, size: sumOfSizes(sizes) }, 'the joined axis');
  if (as === undefined) return undefined;
  const along = parts.map((part) => (hasAxis(part.type, axis.id) ? axis : oneSlice(as)));
  const rest = unionOfAxes(parts).filter((each) => each.id !== axis.id);
  if (rest.some((each) => each.id === as.id)) return alreadyThere(checker, as, call);
  const joined = orderAxes([...rest, as]);
  const concatenated = (pieces: readonly Typed[], to: 'f32' | 'i32' | 'bool'): Typed =>
    node('concat', pieces.map((part) => cast(part, to)), { along, as }, { element: to, axes: joined }, call.span); // prettier-ignore
  const mask = joinedMask(parts, (masks) => concatenated(masks, 'bool'), call.span);
  return { ...concatenated(parts, jointElement(parts)), ...(mask === undefined ? {} : { mask }) };
}

const unionOfAxes = (parts: readonly Typed[]): readonly Axis[] =>
  parts.reduce<readonly Axis[]>((axes, part) => [...axes, ...part.type.axes.filter((axis) => !axes.some((each) => each.id === axis.id))], []); // prettier-ignore

function jointElement(parts: readonly Typed[]): 'f32' | 'i32' | 'bool' {
  for (const element of ['i32', 'bool'] as const) if (parts.every((part) => part.type.element === element)) return element;
  return 'f32';
} // prettier-ignore

function alreadyThere(checker: Checker, axis: Axis, call: Call): undefined {
  return checker.report.error('CX3009', call.span, `a value here already has an axis \`${axis.name}\``, {
    help: 'choose another name for the new axis',
  });
}

/** Stand-in for what a mask leaves out where the largest is looked for: finite, so that differences stay finite. */
const lowest = -1e30;

/** A number of entries that is known, or follows from the number of samples or words. */
function sizeOf(typed: Typed): Size | undefined {
  const value = constantOf(typed);
  if (value !== undefined) return known(value);
  if (typed.op === 'size') return typed.attributes.size;
  const [left, right] = typed.args;
  if (typed.op === 'cast' && left !== undefined) return sizeOf(left);
  if (typed.op !== 'two' || left === undefined || right === undefined) return undefined;
  const [a, b] = [sizeOf(left), sizeOf(right)];
  if (a === undefined || b === undefined) return undefined;
  if (typed.attributes.op === 'div' && b.kind === 'known' && Number.isInteger(b.value) && b.value >= 1)
    return { kind: 'quotient', of: a, by: b.value };
  if (typed.attributes.op === 'add') return { kind: 'sum', parts: [a, b] };
  if (typed.attributes.op === 'mul') return { kind: 'product', parts: [a, b] };
  return undefined;
}

function sumOfSizes(sizes: readonly Size[]): Size {
  const numbers = sizes.flatMap((size) => (size.kind === 'known' ? [size.value] : []));
  if (numbers.length === sizes.length) return known(numbers.reduce((total, size) => total + size, 0));
  return { kind: 'sum', parts: sizes };
}

function oneHotCall(site: Site): Typed | undefined {
  return unary(site, (value) => {
    const axis = value.type.indexes;
    if (axis === undefined)
      return site.checker.report.error('CX3007', site.call.args[0]?.span ?? site.call.span, '`one_hot` takes an index of an axis', {
        found: describe(value),
        expected: 'a `class` column, `index(axis)`, `argmax(…)`',
      }); // prettier-ignore
    if (hasAxis(value.type, axis.id)) {
      return site.checker.report.error('CX3009', site.call.span, `the value already has the axis \`${axis.name}\``, {
        help: `rename it first: \`x[${axis.name} as another]\``,
      });
    }
    return node(
      'one_hot',
      [value],
      { axis },
      { element: 'f32', axes: orderAxes([...value.type.axes, axis]) },
      site.call.span,
      value.mask,
    );
  });
}

function cumsumCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['over'], [1, 1]);
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.axis('over', value, () =>
    args.fail('CX3004', '`cumsum` goes over one axis', 'name it with `over:`'),
  );
  return axis === undefined || args.failed ? undefined : summed(filled(cast(value, 'f32'), 0, call.span), axis, call);
}

const summed = (value: Typed, axis: Axis, call: Call): Typed =>
  node('cumsum', [value], { axis }, value.type, call.span, value.mask);

function randomCall({ checker, call, scope, name }: Site, distribution: 'uniform' | 'normal'): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [1, 1]);
  const list = args.positional(0)?.value;
  if (list?.kind !== 'list')
    return args.fail('CX3006', `\`${name}\` takes a list of axes`, `write \`${name}([batch, token])\``);
  const axes = list.items.map((item) => checker.axisOf(item.value, scope));
  if (axes.some((axis) => axis === undefined)) return undefined;
  return node(
    'random',
    [],
    { stream: checker.stream(name), distribution },
    { element: 'f32', axes: orderAxes(axes.filter((axis) => axis !== undefined)) },
    call.span,
  );
}

function maskOf(value: Typed, site: Site): Typed {
  const { span } = site.call;
  const all: Typed = node('number', [], { value: 1 }, { element: 'bool', axes: [] }, span);
  // as many as the value has: `sum(known(x))` counts
  const { axes } = value.type;
  return node('expand', [value.mask ?? all], { like: axes }, { element: 'bool', axes }, span);
}

function onlyCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [2, 2]);
  const [value, condition] = [args.tensor(0), args.tensor(1)];
  if (value === undefined || condition === undefined || args.failed) return undefined;
  const mask = jointMask([value, { ...condition, mask: cast(condition, 'bool') }], call.span);
  if (mask === undefined) return value;
  // a mask belongs to its value: it has no axis that the value lacks
  const extra = mask.type.axes.filter((axis) => !hasAxis(value.type, axis.id));
  if (extra.length === 0) return { ...value, mask };
  const type = { ...value.type, axes: orderAxes([...value.type.axes, ...extra]) };
  return node('expand', [value], { like: type.axes }, type, call.span, mask);
}

function fillCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [2, 2]);
  const [value, filler] = [args.tensor(0), args.tensor(1)];
  if (value === undefined || filler === undefined || args.failed) return undefined;
  if (value.mask === undefined) return value;
  const axes = uniteAxes(value, filler, call.span, checker.report, '`fill`', [args.place(0), args.place(1)]);
  if (axes === undefined) return undefined;
  const element = value.type.element === 'i32' && filler.type.element === 'i32' ? 'i32' : 'f32';
  const type = { element, axes } as const;
  return node('where', [value.mask, cast(value, element), cast(filler, element)], {}, type, call.span, filler.mask);
}
