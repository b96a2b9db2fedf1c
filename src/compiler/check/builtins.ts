/** The functions of the language: what they take, the axes of what they give. `elaborate` has their positional meaning. */
import type { Call } from '../syntax/ast.ts';
import { concatCall, cumsumCall, oneHotCall, shuffleCall, stackCall, topCall, upperCall } from './births.ts';
import { bezierStrokesCall } from './image-functions.ts';
import { angleCall, cosCall, dotCall, normalizeCall, outerCall } from './products.ts';
import { unary, type Site } from './site.ts';
import type { Axis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import {
  cast, constantOf, jointMask, node, one, orderAxes, scalar, two, uniteAxes,
} from './build.ts'; // prettier-ignore
import type { Checker } from './checker.ts';
import { reducedMask } from './masks.ts';
import type { Scope } from './scope.ts';
import type { ElementwiseOne, ReductionKind, Typed } from './typed.ts';
import type { Value } from './value.ts';

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
  'resize', 'pad', 'split', 'unmerge', 'merge', 'shift', 'reverse', 'expand', 'spearman', 'redraw', 'generate', 'draw',
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
  ['bezier_strokes', bezierStrokesCall],
  ['only', onlyCall],
  ['fill', fillCall],
]); // prettier-ignore

export const builtinNames: ReadonlySet<string> = new Set(table.keys());

export function callBuiltin(checker: Checker, name: string, call: Call, scope: Scope): Value | undefined {
  const result = table.get(name)?.({ checker, scope, call, name });
  if (result === undefined) return undefined;
  return 'op' in result ? { kind: 'tensor', typed: result } : result;
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
