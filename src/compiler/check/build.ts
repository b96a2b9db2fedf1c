/** Constructors of typed nodes: where axes unite, masks combine and element types meet. */
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Span } from '../source/span.ts';
import { axisWord, isStructural, printSize, type Axis } from '../types/axis.ts';
import { hasAxis, printAxes, printValueType, type ValueType } from '../types/value-type.ts';
import type { ElementwiseOne, ElementwiseTwo, Typed, TypedAttributes, TypedOp } from './typed.ts';

export function node<Op extends TypedOp>(
  op: Op,
  args: readonly Typed[],
  attributes: TypedAttributes[Op],
  type: ValueType,
  span: Span,
  mask?: Typed,
): Typed {
  // op and attributes agree through the generic, which the union cannot express
  return { op, args, attributes, type, span, ...(mask === undefined ? {} : { mask }) } as unknown as Typed;
}

/** A value whose type is known and whose body is not built yet; `what` is how messages name it. */
export const unbuilt = (
  what: string,
  args: readonly Typed[],
  options: Readonly<Record<string, unknown>>,
  type: ValueType,
  span: Span,
  mask?: Typed,
): Typed => node('unbuilt', args, { what, options }, type, span, mask);

/** A whole number is an i32 where one holds it. */
export const scalar = (value: number, span: Span): Typed => {
  const whole = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
  return node('number', [], { value }, { element: whole ? 'i32' : 'f32', axes: [] }, span);
};

/** What was found of equations that others are made of: they are shared, and as a tree they may be endless. */
const constants = new WeakMap<Typed, { readonly value: number | undefined }>();

/** The number, where the value is one that is known while compiling. */
export function constantOf(typed: Typed): number | undefined {
  if (typed.op === 'number') return typed.attributes.value;
  if (typed.type.axes.length > 0 || (typed.op !== 'cast' && typed.op !== 'one' && typed.op !== 'two')) return undefined;
  const known = constants.get(typed);
  if (known !== undefined) return known.value;
  const value = computed(typed);
  constants.set(typed, { value });
  return value;
}

function computed(typed: Typed): number | undefined {
  const [first, second] = typed.args;
  const left = first === undefined ? undefined : constantOf(first);
  if (left === undefined) return undefined;
  if (typed.op === 'cast') return left;
  if (typed.op === 'one') return constantOne(typed.attributes.op, left);
  const right = second === undefined ? undefined : constantOf(second);
  return typed.op !== 'two' || right === undefined ? undefined : constantTwo(typed.attributes.op, left, right);
}

function constantOne(op: ElementwiseOne, x: number): number | undefined {
  const table: Partial<Record<ElementwiseOne, (x: number) => number>> = {
    neg: (x) => -x, exp: Math.exp, log: Math.log, log10: Math.log10, sqrt: Math.sqrt, abs: Math.abs, sign: Math.sign,
    sin: Math.sin, cos: Math.cos, acos: Math.acos, tanh: Math.tanh, floor: Math.floor, ceil: Math.ceil,
  }; // prettier-ignore
  return table[op]?.(x);
}

function constantTwo(op: ElementwiseTwo, a: number, b: number): number | undefined {
  const table: Partial<Record<ElementwiseTwo, (a: number, b: number) => number>> = {
    add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, pow: (a, b) => a ** b,
    max: Math.max, min: Math.min,
  }; // prettier-ignore
  return table[op]?.(a, b);
}

export function cast(typed: Typed, to: 'f32' | 'i32' | 'bool'): Typed {
  if (typed.type.element === to) return typed;
  if (typed.op === 'number' && to === 'f32') {
    return node('number', [], typed.attributes, { element: 'f32', axes: [] }, typed.span);
  }
  return node('cast', [typed], { to }, { element: to, axes: typed.type.axes }, typed.span, typed.mask);
}

export function one(op: ElementwiseOne, operand: Typed, span: Span): Typed {
  const argument = op === 'not' ? cast(operand, 'bool') : cast(operand, 'f32');
  const element = op === 'not' ? 'bool' : 'f32';
  return node('one', [argument], { op }, { element, axes: operand.type.axes }, span, operand.mask);
}

const comparisons: readonly ElementwiseTwo[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];
const logical: readonly ElementwiseTwo[] = ['and', 'or'];
const integral: readonly ElementwiseTwo[] = ['add', 'sub', 'mul', 'max', 'min'];

const words: Record<ElementwiseTwo, string> = {
  add: '+', sub: '-', mul: '*', div: '/', pow: '^', max: 'max', min: 'min', atan2: 'atan2', eq: '==', ne: '!=', lt: '<',
  le: '<=', gt: '>', ge: '>=', and: 'and', or: 'or',
}; // prettier-ignore

/** Where two operands stand. */
export type Places = readonly [Span, Span];

/** `joint` (512) */
export const sized = (axis: Axis): string =>
  axis.size.kind === 'known' ? `\`${axisWord(axis)}\` (${axis.size.value})` : `\`${axisWord(axis)}\``;

/** An elementwise operator of two values; axes align by name. */
/** `at`: where the operands stand, which is not where they were made. */
export function two(
  op: ElementwiseTwo,
  left: Typed,
  right: Typed,
  span: Span,
  report: Reporter,
  at: Places = [left.span, right.span],
): Typed | undefined {
  if (left.type.element === 'text' || right.type.element === 'text') {
    const culprit = left.type.element === 'text' ? at[0] : at[1];
    return report.error('CX3007', culprit, `\`${words[op]}\` works on numbers, and this is text`, {
      help: 'text goes into prompts and text towers only',
    });
  }
  const axes = uniteAxes(left, right, span, report, `\`${words[op]}\``, at);
  if (axes === undefined) return undefined;
  if (!comparisons.includes(op) && !logical.includes(op)) {
    if (reportSelfJoin(left, right, span, report, words[op], at)) return undefined;
  }
  const indexA = left.type.indexes;
  const indexB = right.type.indexes;
  if (
    comparisons.includes(op) &&
    indexA !== undefined &&
    indexB !== undefined &&
    indexA.id !== indexB.id &&
    indexA.renames !== indexB.id &&
    indexB.renames !== indexA.id
  ) {
    return report.error('CX3008', span, `this compares an index of \`${indexA.name}\` with an index of \`${indexB.name}\``, {
      related: [{ span: at[0], label: `points into \`${indexA.name}\`` }, { span: at[1], label: `points into \`${indexB.name}\`` }],
      help: 'equal numbers mean different entries in the two axes',
    }); // prettier-ignore
  }
  const mask = jointMask([left, right], span);
  const bothInteger = left.type.element === 'i32' && right.type.element === 'i32';
  if (logical.includes(op)) {
    return node('two', [cast(left, 'bool'), cast(right, 'bool')], { op }, { element: 'bool', axes }, span, mask);
  }
  if (comparisons.includes(op)) {
    const as = bothInteger ? 'i32' : 'f32';
    return node('two', [cast(left, as), cast(right, as)], { op }, { element: 'bool', axes }, span, mask);
  }
  const as = bothInteger && integral.includes(op) ? 'i32' : 'f32';
  return node('two', [cast(left, as), cast(right, as)], { op }, { element: as, axes }, span, mask);
}

/** The union of axes by identity, `batch` first, then in order of appearance. */
export function uniteAxes(
  left: Typed,
  right: Typed,
  span: Span,
  report: Reporter,
  operator: string,
  at: Places = [left.span, right.span],
): readonly Axis[] | undefined {
  if (reportMeeting(left.type.axes, right.type.axes, span, report, operator, at)) return undefined;
  const lonelyLeft = left.type.axes.find((axis) => axis.kind === 'feature' && !hasAxis(right.type, axis.id));
  const lonelyRight = right.type.axes.find((axis) => axis.kind === 'feature' && !hasAxis(left.type, axis.id));
  if (lonelyLeft !== undefined && lonelyRight !== undefined) {
    return report.error(
      'CX3001',
      span,
      `${operator} cannot align \`${axisWord(lonelyLeft)}\` with \`${axisWord(lonelyRight)}\``,
      {
        related: [
          { span: at[0], label: `has ${printAxes(left.type.axes)}` },
          { span: at[1], label: `has ${printAxes(right.type.axes)}` },
        ],
        expected: 'one feature axis that both share',
        found: `${sized(lonelyLeft)} on the left and ${sized(lonelyRight)} on the right`,
        help:
          printSize(lonelyLeft.size) === printSize(lonelyRight.size)
            ? `if they are the same numbers, write \`x[${axisWord(lonelyRight)} as ${axisWord(lonelyLeft)}]\``
            : `project one of them: \`linear(${axisWord(lonelyRight)} -> ${axisWord(lonelyLeft)})\``,
      },
    );
  }
  return orderAxes([...left.type.axes, ...right.type.axes.filter((axis) => !hasAxis(left.type, axis.id))]);
}

/** Two axes of one name and different sizes never stand side by side in one value. True where that was reported. */
export function reportMeeting(
  left: readonly Axis[],
  right: readonly Axis[],
  span: Span,
  report: Reporter,
  operator: string,
  at: Places,
): boolean {
  for (const one of left) {
    const other = right.find((axis) => axis.name === one.name && axis.id !== one.id);
    if (other === undefined || !(isStructural(one) || isStructural(other))) continue;
    const rename = `rename one: \`x[${one.name} as another]\``;
    const picture = one.name === 'height' || one.name === 'width';
    report.error('CX3002', span, `${operator} meets two sizes of \`${one.name}\``, {
      related: [
        { span: at[0], label: `has ${printAxes(left)}` },
        { span: at[1], label: `has ${printAxes(right)}` },
      ],
      found: `${printSize(one.size)} on the left and ${printSize(other.size)} on the right`,
      help: picture ? `write \`resize(a, like: b)\`, or ${rename}` : rename,
    });
    return true;
  }
  return false;
}

export function orderAxes(axes: readonly Axis[]): readonly Axis[] {
  const batch = axes.filter((axis) => axis.id === 'batch');
  return batch.length === 0 ? axes : [...batch, ...axes.filter((axis) => axis.id !== 'batch')];
}

/** The language's law: an arithmetic operator does not join `batch` with its own renaming from two different operands. */
function reportSelfJoin(left: Typed, right: Typed, span: Span, report: Reporter, word: string, at: Places): boolean {
  const onlyBatch = (typed: Typed) =>
    hasAxis(typed.type, 'batch') && !typed.type.axes.some((axis) => axis.renames === 'batch');
  const onlyOther = (typed: Typed) =>
    !hasAxis(typed.type, 'batch') && typed.type.axes.some((axis) => axis.renames === 'batch');
  const joins = (onlyBatch(left) && onlyOther(right)) || (onlyOther(left) && onlyBatch(right));
  if (!joins || sameSource(left, right)) return false;
  report.error('CX3012', span, `\`${word}\` joins every sample with every other sample of two different values`, {
    related: [
      { span: at[0], label: `has ${printAxes(left.type.axes)}` },
      { span: at[1], label: `has ${printAxes(right.type.axes)}` },
    ],
    help: 'write `outer(a, b)` if all pairs are meant; otherwise rename neither or both',
  });
  return true;
}

/** Whether two values are the same equation up to renaming, as `y` and `y[batch as other]`. */
function sameSource(a: Typed, b: Typed): boolean {
  const roots = (typed: Typed): Set<Typed> => {
    if (typed.op === 'number') return new Set();
    if (typed.op === 'rename' || typed.op === 'cast' || typed.op === 'one')
      return typed.args[0] === undefined ? new Set() : roots(typed.args[0]);
    if (typed.op === 'two') return new Set(typed.args.flatMap((argument) => [...roots(argument)]));
    return new Set([typed]);
  };
  const [left, right] = [roots(a), roots(b)];
  return [...left].some((root) => right.has(root));
}

/** AND of the masks of several operands. */
export function jointMask(operands: readonly (Typed | undefined)[], span: Span): Typed | undefined {
  let joint: Typed | undefined;
  for (const operand of operands) {
    const mask = operand?.mask;
    if (mask === undefined || mask === joint) continue;
    if (joint === undefined) {
      joint = mask;
      continue;
    }
    const earlier: Typed = joint;
    const axes = orderAxes([...earlier.type.axes, ...mask.type.axes.filter((axis) => !hasAxis(earlier.type, axis.id))]);
    joint = node('two', [earlier, mask], { op: 'and' }, { element: 'bool', axes }, span);
  }
  return joint;
}

export const describe = (typed: Typed): string => printValueType(typed.type);
