/** The functions of the language: what they take, the axes of what they give. `elaborate` has their positional meaning. */
import type { Call } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import { Arguments } from './arguments.ts';
import { concatCall, stackCall, topCall, upperCall } from './births.ts';
import { cast, constantOf, jointMask, node, one, scalar, two, uniteAxes } from './build.ts';
import type { Checker } from './checker.ts';
import { conv2dCall, convTransposeCall } from './convolutions.ts';
import { generateCall } from './generate.ts';
import { flipCall, gaussianBlurCall, poolCall, resizeCall, warpCall } from './image-functions.ts';
import { fillCall, maskCall, onlyCall } from './mask-functions.ts';
import { intervalMeasureCall, softNmsCall, textMeasureCall } from './measures.ts';
import { axisOf } from './named-axis.ts';
import { cumsumCall, medianCall, rankCall, reverseCall, shiftCall, spearmanCall } from './order-functions.ts';
import { angleCall, cosCall, dotCall, normalizeCall, outerCall } from './products.ts';
import { drawCall, randomCall, redrawCall, shuffleCall } from './random-functions.ts';
import { extremeCall, reduceCall, softmaxCall } from './reductions.ts';
import type { Scope } from './scope.ts';
import {
  asIndexCall, expandCall, mergeCall, oneHotCall, padCall, partOfCall, splitCall, unmergeCall
} from './shape-functions.ts'; // prettier-ignore
import { unary, type Site } from './site.ts';
import { melCall, spectrogramCall } from './sound-functions.ts';
import { bezierStrokesCall } from './strokes.ts';
import { tilesCall, untileCall } from './tiles.ts';
import type { ElementwiseOne, ReductionKind, Typed } from './typed.ts';
import type { Value } from './value.ts';
import { windowsCall } from './windows.ts';

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

const table = new Map<string, Builtin>([
  ...elementwise.map((op): [string, Builtin] => [op, (site) => elementwiseCall(site, op)]),
  ...reductions.map((op): [string, Builtin] => [op, (site) => reduceCall(site, op)]),
  ['cos', (site) => (site.call.args.filter((argument) => argument.label === undefined).length === 1 ? elementwiseCall(site, 'cos') : cosCall(site))],
  ['max', (site) => extremeCall(site, 'max')],
  ['min', (site) => extremeCall(site, 'min')],
  ['atan2', ({ checker, call, scope, name }) => {
    const args = Arguments.of({ checker, name, call, scope });
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
  ['known', maskCall],
  ['mask_of', maskCall],
  ['only', onlyCall],
  ['fill', fillCall],
  ['draw', drawCall],
  ['redraw', redrawCall],
  ['shift', shiftCall],
  ['reverse', reverseCall],
  ['rank', rankCall],
  ['median', medianCall],
  ['spearman', spearmanCall],
  ['merge', mergeCall],
  ['unmerge', unmergeCall],
  ['split', splitCall],
  ['windows', windowsCall],
  ['expand', expandCall],
  ['pad', padCall],
  ['part_of', partOfCall],
  ['as_index', asIndexCall],
  ['resize', resizeCall],
  ['flip', flipCall],
  ['pool', poolCall],
  ['conv2d', conv2dCall],
  ['conv_transpose', convTransposeCall],
  ['gaussian_blur', gaussianBlurCall],
  ['warp', warpCall],
  ['tiles', tilesCall],
  ['untile', untileCall],
  ['bezier_strokes', bezierStrokesCall],
  ['spectrogram', spectrogramCall],
  ['mel', melCall],
  ['generate', generateCall],
  ['bleu', textMeasureCall],
  ['rouge_l', textMeasureCall],
  ['cider', textMeasureCall],
  ['soft_nms', softNmsCall],
  ['mean_ap', intervalMeasureCall],
  ['average_recall', intervalMeasureCall],
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
    if (op === 'log' || op === 'log10' || op === 'sqrt')
      site.checker.risk(built, op, value, site.call.span, site.call.args[0]?.span ?? site.call.span);
    const constant = constantOf(built);
    return constant === undefined ? built : { ...scalar(constant, site.call.span), type: { element: 'f32', axes: [] } };
  });
}

function clampCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [value, low, high] = [args.tensor(0), args.tensor(1), args.tensor(2)];
  if (value === undefined || low === undefined || high === undefined || args.failed) return undefined;
  const floored = two('max', value, low, call.span, checker.report, [args.place(0), args.place(1)]);
  if (floored === undefined) return undefined;
  return two('min', floored, high, call.span, checker.report, [args.place(0), args.place(2)]);
}

function whereCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [condition, then, otherwise] = [args.tensor(0), args.tensorOrText(1), args.tensorOrText(2)];
  if (condition === undefined || then === undefined || otherwise === undefined || args.failed) return undefined;
  const isText = then.type.element === 'text';
  if (isText !== (otherwise.type.element === 'text'))
    return args.fail('CX3007', '`where` chooses between two numbers or two texts, and these are one of each');
  const both = uniteAxes(then, otherwise, call.span, checker.report, '`where`', [args.place(1), args.place(2)]);
  if (both === undefined) return undefined;
  const either = { ...then, type: { ...then.type, axes: both } };
  const axes = uniteAxes(condition, either, call.span, checker.report, '`where`', [args.place(0), args.place(1)]);
  if (axes === undefined) return undefined;
  const element = isText ? 'text' : then.type.element === 'i32' && otherwise.type.element === 'i32' ? 'i32' : 'f32';
  return node(
    'where',
    [cast(condition, 'bool'), ...[then, otherwise].map((each) => (element === 'text' ? each : cast(each, element)))],
    {},
    { element, axes, ...(element === 'i32' && sharedIndex(then, otherwise)) },
    call.span,
    jointMask([condition, then, otherwise], call.span),
  );
}

/** An index of one axis either way stays one. */
function sharedIndex(a: Typed, b: Typed): { readonly indexes: Axis } | undefined {
  const { indexes } = a.type;
  return indexes !== undefined && b.type.indexes?.id === indexes.id ? { indexes } : undefined;
}

/** `index(height, like: x)`: an axis with the size that it has in a value. */
function axisArgument({ checker, call, scope, name }: Site): Axis | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const argument = args.positional(0);
  const like = args.option('like');
  if (argument === undefined || args.failed) return undefined;
  if (like === undefined) return axisOf(checker, argument.value, scope);
  return args.positionalAxes(0, like)?.[0];
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
