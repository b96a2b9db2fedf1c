/** The functions of the language: what they take, the axes of what they give. `elaborate` has their positional meaning. */
import type { Call } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { cast, constantOf, jointMask, node, one, orderAxes, scalar, two, uniteAxes } from './build.ts';
import type { Checker } from './checker.ts';
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
    return y === undefined || x === undefined ? undefined : two('atan2', y, x, call.span, checker.report);
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
    if (value.type.element === 'text')
      return site.checker.report.error('CX3007', value.span, `\`${op}\` works on numbers, and this is text`);
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
  const over = args.axes('over', value);
  const where = args.option('where');
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
  if (value.type.element === 'text')
    return checker.report.error('CX3007', value.span, `\`${reduction}\` works on numbers, and this is text`);
  const boolean = reduction === 'any' || reduction === 'all';
  const operand = boolean ? cast(value, 'bool') : cast(value, 'f32');
  const mask = jointMask([value, where === undefined ? undefined : { ...where, mask: cast(where, 'bool') }], call.span);
  // a condition may bring axes of its own, along which the value repeats
  const extra = mask === undefined ? [] : mask.type.axes.filter((axis) => !hasAxis(value.type, axis.id));
  const axes = orderAxes([...value.type.axes, ...extra].filter((axis) => !over.some((each) => each.id === axis.id)));
  const args = mask === undefined ? [operand] : [operand, mask];
  const remaining = mask !== undefined && over.length === 0 ? mask : undefined;
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
  return a === undefined || b === undefined || args.failed ? undefined : two(op, a, b, call.span, checker.report);
}

function clampCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [3, 3]);
  const [value, low, high] = [args.tensor(0), args.tensor(1), args.tensor(2)];
  if (value === undefined || low === undefined || high === undefined) return undefined;
  const floored = two('max', value, low, call.span, checker.report);
  return floored === undefined ? undefined : two('min', floored, high, call.span, checker.report);
}

function whereCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [3, 3]);
  const [condition, then, otherwise] = [args.tensor(0), args.tensor(1), args.tensor(2)];
  if (condition === undefined || then === undefined || otherwise === undefined) return undefined;
  const both = two('add', then, otherwise, call.span, checker.report);
  if (both === undefined) return undefined;
  const axes = uniteAxes(cast(condition, 'bool'), both, call.span, checker.report, '`where`');
  if (axes === undefined) return undefined;
  const element = both.type.element === 'i32' ? 'i32' : 'f32';
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
  return node(
    'softmax',
    mask === undefined ? [operand] : [operand, mask],
    { axis, log },
    operand.type,
    call.span,
    value.mask,
  );
}

/** The one feature axis that the operands share; `along:` says another. */
function sharedFeature(args: Arguments, a: Typed, b: Typed, checker: Checker): Axis | undefined {
  if (args.has('along')) return args.axis('along', a);
  const shared = a.type.axes.filter((axis) => axis.kind === 'feature' && hasAxis(b.type, axis.id));
  const [only, second] = shared;
  if (only !== undefined && second === undefined) return only;
  args.failed = true;
  if (second !== undefined) {
    return checker.report.error('CX3004', args.call.span, `\`${args.name}\` could go along ${shared.map((axis) => `\`${axis.id}\``).join(' or ')}`, {
      related: [{ span: a.span, label: `has ${printAxes(a.type.axes)}` }, { span: b.span, label: `has ${printAxes(b.type.axes)}` }],
      help: `name it: \`along: ${shared[0]?.name ?? ''}\``,
    }); // prettier-ignore
  }
  const features = [a, b].map(
    (value) =>
      value.type.axes
        .filter((axis) => axis.kind === 'feature')
        .map((axis) => `\`${axis.id}\` (${axis.size.kind === 'known' ? axis.size.value : axis.size.kind})`)
        .join(', ') || 'none',
  );
  return checker.report.error('CX3001', args.call.span, `\`${args.name}\` needs one feature axis that both values share`, {
    related: [{ span: a.span, label: `has ${printAxes(a.type.axes)}` }, { span: b.span, label: `has ${printAxes(b.type.axes)}` }],
    expected: 'the same feature axis on both sides',
    found: `${features[0]} on the left, ${features[1]} on the right`,
    help: 'project one of them (`linear(a -> b)`), or identify two axes of equal size with `x[a as b]`',
  }); // prettier-ignore
}

function contraction(checker: Checker, a: Typed, b: Typed, axis: Axis, call: Call): Typed | undefined {
  const without = (typed: Typed): Typed => ({
    ...typed,
    type: { ...typed.type, axes: typed.type.axes.filter((each) => each.id !== axis.id) },
  });
  const axes = uniteAxes(without(a), without(b), call.span, checker.report, '`dot`');
  if (axes === undefined) return undefined;
  return node(
    'dot',
    [cast(a, 'f32'), cast(b, 'f32')],
    { axis },
    { element: 'f32', axes },
    call.span,
    jointMask([a, b], call.span),
  );
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
  const operand = cast(value, 'f32');
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
  const overArgument = args.labelled('over');
  if (overArgument?.value.kind === 'as-axes') {
    return checker.report.error('CX3002', call.span, 'name the new axis after the call', {
      help: '`top(k, s, over: class) as rank`',
    });
  }
  const axis = args.axis('over', value, () => args.fail('CX3004', '`top` goes over one axis', 'name it with `over:`'));
  const size =
    k.op === 'size'
      ? k.attributes.size
      : constantOf(k) === undefined
        ? undefined
        : ({ kind: 'known', value: constantOf(k) ?? 0 } as const);
  if (axis === undefined) return undefined;
  if (size === undefined)
    return checker.report.error('CX3011', k.span, '`top` takes a number of entries known while compiling');
  const as = args.born('as', { kind: 'position', size }, 'the places');
  if (as === undefined || args.failed) return undefined;
  const axes = value.type.axes.map((each) => (each.id === axis.id ? as : each));
  const values = node('top_values', [cast(value, 'f32')], { axis, as }, { element: 'f32', axes }, call.span);
  const indices = node(
    'top_indices',
    [cast(value, 'f32')],
    { axis, as },
    { element: 'i32', axes, indexes: axis },
    call.span,
  );
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
  const [first, second] = [args.positional(1), args.positional(2)].map((argument) =>
    argument === undefined || value === undefined ? undefined : checker.axisOf(argument.value, scope, value.type.axes),
  );
  if (value === undefined || first === undefined || second === undefined) return undefined;
  for (const axis of [first, second]) {
    if (!hasAxis(value.type, axis.id))
      return checker.report.error('CX3003', call.span, `the value has no axis \`${axis.name}\``, {
        found: printAxes(value.type.axes),
      });
  }
  const as = args.born('as', { kind: 'item', size: { kind: 'pairs', of: first.size } }, 'the pairs');
  if (as === undefined || args.failed) return undefined;
  const rest = value.type.axes.filter((axis) => axis.id !== first.id && axis.id !== second.id);
  return node('upper', [value], { first, second, as }, { element: value.type.element, axes: [...rest, as] }, call.span);
}

function shuffleCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['over'], [1, 1]);
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.axis('over', value, () =>
    args.fail('CX3004', '`shuffle` goes over one axis', 'name it with `over:`'),
  );
  if (axis === undefined || args.failed) return undefined;
  return node('shuffle', [value], { axis, stream: checker.stream('shuffle') }, value.type, call.span);
}

function stackCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['as'], [1, Number.POSITIVE_INFINITY]);
  const parts = args.tensors();
  if (args.failed) return undefined;
  const as = args.born('as', { kind: 'feature', size: { kind: 'known', value: parts.length } }, 'the parts');
  if (as === undefined) return undefined;
  let axes: readonly Axis[] = [];
  for (const part of parts)
    axes = [...axes, ...part.type.axes.filter((axis) => !axes.some((each) => each.id === axis.id))];
  return node(
    'stack',
    parts.map((part) => cast(part, 'f32')),
    { as },
    { element: 'f32', axes: [...orderAxes(axes), as] },
    call.span,
  );
}

function concatCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['along', 'as'], [2, Number.POSITIVE_INFINITY]);
  const parts = args.tensors();
  const [head] = parts;
  if (head === undefined || args.failed) return undefined;
  const along = parts.map((part) => args.axis('along', part));
  if (along.some((axis) => axis === undefined)) return undefined;
  const axes = along.filter((axis) => axis !== undefined);
  const as = args.born(
    'as',
    { kind: axes[0]?.kind ?? 'item', size: { kind: 'sum', parts: axes.map((axis) => axis.size) } },
    'the joined axis',
  );
  if (as === undefined) return undefined;
  const joined = head.type.axes.map((axis) => (axis.id === axes[0]?.id ? as : axis));
  return node(
    'concat',
    parts.map((part) => cast(part, 'f32')),
    { along: axes, as },
    { element: 'f32', axes: joined },
    call.span,
  );
}

function oneHotCall(site: Site): Typed | undefined {
  return unary(site, (value) => {
    const axis = value.type.indexes;
    if (axis === undefined)
      return site.checker.report.error('CX3007', value.span, '`one_hot` takes an index of an axis', {
        found: printAxes(value.type.axes),
      });
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
  return axis === undefined || args.failed
    ? undefined
    : node('cumsum', [cast(value, 'f32')], { axis }, { element: 'f32', axes: value.type.axes }, call.span);
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
  const all: Typed = node('number', [], { value: 1 }, { element: 'bool', axes: [] }, site.call.span);
  return value.mask ?? all;
}

function onlyCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [2, 2]);
  const [value, condition] = [args.tensor(0), args.tensor(1)];
  if (value === undefined || condition === undefined || args.failed) return undefined;
  const mask = jointMask([value, { ...condition, mask: cast(condition, 'bool') }], call.span);
  return mask === undefined ? value : { ...value, mask };
}

function fillCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, [], [2, 2]);
  const [value, filler] = [args.tensor(0), args.tensor(1)];
  if (value === undefined || filler === undefined || args.failed) return undefined;
  if (value.mask === undefined) return value;
  return node(
    'where',
    [value.mask, value, cast(filler, value.type.element === 'i32' ? 'i32' : 'f32')],
    {},
    value.type,
    call.span,
  );
}
