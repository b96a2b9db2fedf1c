import type { Initialisation } from '../program/parameter.ts';
import type { Span } from '../source/span.ts';
import type { Argument, Call, ParamStatement } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import { bornAxis } from './born-axis.ts';
import { cast, constantOf, node, orderAxes } from './build.ts';
import type { Checker } from './checker.ts';
import { axisOf } from './named-axis.ts';
import { isStart, startOf } from './parts/starts.ts';
import { numberOf } from './parts/whole-number.ts';
import { reachable } from './reachability.ts';
import { isRunReference, runReference } from './run-reference.ts';
import type { Scope } from './scope.ts';
import { stateOverrides } from './state-overrides.ts';
import { flagOverride, stateStatements } from './state-statements.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';

/** `trainable param ctx : [context, width] = normal(0.02)` */
export function parameterValue(checker: Checker, statement: ParamStatement, scope: Scope): Value | undefined {
  const name = statement.name.text;
  if (statement.flag === undefined) {
    return checker.report.error('CX4001', statement.name.span, `\`${name}\` is neither frozen nor trainable`, {
      expected: `\`trainable param ${name} …\` or \`frozen param ${name} …\``,
    });
  }
  const axes = (statement.type?.items ?? []).map((item) => parameterAxis(checker, item, scope));
  if (axes.some((axis) => axis === undefined)) return undefined;
  const known = orderAxes(axes.filter((axis) => axis !== undefined));
  const start = startOfParameter(checker, statement, scope, known, { owner: name, tensor: 'value' });
  if (start === undefined) return undefined;
  const settings = statement.init.settings;
  checker.parameterSettings.set(name, {
    flag: flagOverride(checker, name) ?? statement.flag,
    span: statement.name.span,
    overrides: [
      ...(settings === undefined ? [] : stateOverrides(checker, settings)),
      ...stateStatements(checker, name),
    ],
  });
  return { kind: 'tensor', typed: { ...parameterNode(start, name, '', known, statement.span), label: name } };
}

/** `param α = 0` inside a module: it belongs to the encoder or module that is made, whose flag governs. */
export function parameterInside(
  checker: Checker,
  statement: ParamStatement,
  scope: Scope,
  owner: string,
  path: string,
): Value | undefined {
  const name = statement.name.text;
  const axes = (statement.type?.items ?? []).map((item) => parameterAxis(checker, item, scope));
  if (axes.some((axis) => axis === undefined)) return undefined;
  const known = orderAxes(axes.filter((axis) => axis !== undefined));
  const at = path === '' ? name : `${path}.${name}`;
  const start = startOfParameter(checker, statement, scope, known, { owner, tensor: at });
  if (start === undefined) return undefined;
  return { kind: 'tensor', typed: { ...parameterNode(start, owner, at, known, statement.span), label: `${owner}.${at}` } }; // prettier-ignore
}

interface Start {
  readonly init: Initialisation;
  /** A start that is computed: constants, or another tensor as it starts. */
  readonly from?: Typed;
}

function parameterNode({ init, from }: Start, owner: string, path: string, axes: readonly Axis[], span: Span): Typed {
  const decay = axes.length >= 2;
  return node('parameter', from === undefined ? [] : [from], { owner, path, init, decay }, { element: 'f32', axes }, span); // prettier-ignore
}

/** `context: 16` declares a position axis of its own; anything else names an axis. */
function parameterAxis(checker: Checker, item: Argument, scope: Scope): Axis | undefined {
  if (item.label === undefined) return axisOf(checker, item.value, scope);
  const typed = checker.tensor(item.value, scope);
  const size = typed === undefined ? undefined : constantOf(typed);
  if (typed === undefined) return undefined;
  if (size === undefined || !Number.isInteger(size) || size < 1)
    return checker.report.error('CX5006', item.value.span, 'the size of an axis is a whole number of at least 1');
  return bornAxis(checker, item.label, { kind: 'position', size: { kind: 'known', value: size } }, scope);
}

function startOfParameter(
  checker: Checker,
  statement: ParamStatement,
  scope: Scope,
  axes: readonly Axis[],
  { owner, tensor }: { readonly owner: string; readonly tensor: string },
): Start | undefined {
  const { value } = statement.init;
  if (value.kind === 'from-source' && isRunReference(value.source)) {
    const reference = runReference(checker, value.source, scope);
    return reference === undefined ? undefined : { init: { kind: 'run', ...reference, place: owner, tensor } };
  }
  if (value.kind === 'call' && value.callee.kind === 'reference') {
    if (value.callee.name === 'words') {
      const init = fromWords(checker, value, axes);
      return init === undefined ? undefined : { init };
    }
    if (value.callee.name === 'image') {
      const [picture, second] = value.args;
      if (picture?.value.kind !== 'string' || second !== undefined)
        return checker.report.error('CX3006', value.span, '`image` takes one path', { expected: '`image("x.png")`' });
      const sides = axes.map(({ name }) => name).join(', ');
      const channel = axes[2]?.size;
      const isColoured = sides === 'height, width, channel' && channel?.kind === 'known' && channel.value === 3;
      if (sides !== 'height, width' && !isColoured)
        return checker.report.error('CX3003', value.span, 'a picture has height, width and, in colours, 3 channels', {
          expected: '`[height: 64, width: 64, channel: 3]`',
          found: printAxes(axes),
        });
      return { init: { kind: 'image', path: picture.value.value } };
    }
  }
  if (isStart(value)) {
    const init = startOf(checker, value, scope);
    return init === undefined ? undefined : { init };
  }
  const typed = checker.tensor(value, scope);
  if (typed === undefined) return undefined;
  const constant = numberOf(typed);
  if (constant !== undefined) return { init: { kind: 'constant', value: constant } };
  return computedStart(checker, typed, statement, axes);
}

/** A start may be any formula of constants, or another tensor, whose start it takes. */
function computedStart(
  checker: Checker,
  typed: Typed,
  statement: ParamStatement,
  axes: readonly Axis[],
): Start | undefined {
  const { value, span } = statement.init;
  const lonely = typed.type.axes.find((axis) => !axes.some((each) => each.id === axis.id));
  if (lonely !== undefined) {
    return checker.report.error('CX3005', value.span, `\`${statement.name.text}\` starts from a value with an axis that it lacks`, {
      expected: printAxes(axes),
      found: printAxes(typed.type.axes),
      related: [{ span, label: `\`${lonely.name}\` is not among its axes` }],
    }); // prettier-ignore
  }
  const made = [...reachable([typed])];
  const unknown = made.find(({ op }) => !startsFrom.has(op) && !draws.has(op));
  const perSample = checker.ask('train on each', (root) => root.file.statements.some((each) => each.kind === 'train' && each.each)); // prettier-ignore
  if (unknown !== undefined && typed.op !== 'parameter' && perSample) {
    // each sample is optimised by itself, from a start of its own
    if (statement.flag === 'trainable') return { init: { kind: 'sample' }, from: cast(typed, 'f32') };
    return checker.report.error('CX3011', value.span, `\`${statement.name.text}\` is frozen, and the sample decides it`, {
      related: [{ span: unknown.span, label: 'this is known for each sample apart' }],
      help: `it is a value, not a tensor: write \`let ${statement.name.text} = …\``,
    }); // prettier-ignore
  }
  if (unknown !== undefined && typed.op !== 'parameter') {
    return checker.report.error('CX3011', value.span, `\`${statement.name.text}\` starts from what only a run tells`, {
      expected: 'numbers, a formula of constants, or another tensor, as `clip.logit_scale`',
      related: [{ span: unknown.span, label: 'this is not known while compiling' }],
    });
  }
  return { init: { kind: 'constant', value: 0 }, from: cast(typed, 'f32') };
}

/** What is shuffled, where a start is numbers along one axis in an order that is drawn. */
export function shuffledOnce(typed: Typed): Typed | undefined {
  const [argument] = typed.args;
  if (typed.op === 'cast' && argument !== undefined) return shuffledOnce(argument);
  const isOne = typed.op === 'shuffle' && typed.type.axes.length === 1 && argument !== undefined;
  return isOne && [...reachable([argument])].every(({ op }) => !draws.has(op)) ? argument : undefined;
}

/** What a start may draw once; a formula of a step would draw anew each time. */
const draws: ReadonlySet<Typed['op']> = new Set<Typed['op']>(['shuffle', 'random']);

/** What a formula of constants is made of. */
const startsFrom: ReadonlySet<Typed['op']> = new Set<Typed['op']>([
  'number', 'size', 'vector', 'one', 'two', 'where', 'cast', 'reduce', 'softmax', 'dot', 'normalize', 'rename', 'entry', 'slice', 'gather',
  'index', 'stack', 'concat', 'expand', 'one_hot', 'cumsum', 'entry_column',
]); // prettier-ignore

/** `words("a photo of a")`: the vectors that the text tower of the width axis has for these tokens. */
function fromWords(checker: Checker, call: Call, axes: readonly Axis[]): Initialisation | undefined {
  const [argument, second] = call.args;
  if (argument?.value.kind !== 'string' || second !== undefined || argument.label !== undefined)
    return checker.report.error('CX3006', call.span, '`words` takes one text', { expected: '`words("a photo of a")`' });
  const tower = axes.map((axis) => textTowerOf(checker, axis)).find((each) => each !== undefined);
  const hasPlace = axes.some((axis) => axis.kind === 'position');
  if (tower === undefined || !hasPlace || axes.length !== 2) {
    return checker.report.error('CX3003', call.span, '`words` starts vectors that stand in the place of tokens', {
      found: printAxes(axes),
      expected: 'a position axis and the width of a text tower: `[context: 4, clip.text.width]`',
    });
  }
  return { kind: 'words', text: argument.value.value, tokenizer: tower, table: `${tower}.tokens` };
}

/** The text tower whose width the axis is: `clip.text` of `clip.text.width`. */
function textTowerOf(checker: Checker, axis: Axis): string | undefined {
  for (const { name, shape } of checker.instances.values()) {
    if (shape.kind !== 'encoder') continue;
    if (shape.config.kind === 'clip' && shape.axes['text.width']?.id === axis.id) return `${name}.text`;
    if (shape.config.kind === 'text_transformer' && shape.axes['width']?.id === axis.id) return name;
  }
  return undefined;
}
