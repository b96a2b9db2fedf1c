/** Functions that act on the one feature axis that vectors share: products, cosines, angles. */
import type { Span } from '../source/span.ts';
import type { Call } from '../syntax/ast.ts';
import { axisWord, productOfSizes, type Axis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { cast, jointMask, node, one, orderAxes, reportMeeting, sized, two, uniteAxes } from './build.ts';
import type { Checker } from './checker.ts';
import { Compose } from './compose.ts';
import { filled, reducedMask } from './masks.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';

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
    return checker.report.error('CX3004', args.call.span, `\`${args.name}\` could go along ${shared.map((axis) => `\`${axisWord(axis)}\``).join(' or ')}`, {
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

/** Several axes as one: `along: [view, joint]`. */
const togetherAxis = (axes: readonly Axis[]): Axis => ({
  id: `~${axes.map((axis) => axis.id).join('~')}`,
  name: axes.map((axis) => axis.name).join(' and '),
  kind: 'feature',
  size: productOfSizes(axes.map((axis) => axis.size)),
});

/** Both operands with the axis that goes; a list of axes goes as one. */
function takenAlong(
  args: Arguments,
  a: Typed,
  b: Typed,
  checker: Checker,
): { readonly a: Typed; readonly b: Typed; readonly axis: Axis } | undefined {
  const listed = args.labelled('along')?.value;
  if (listed?.kind !== 'list' || listed.items.length < 2) {
    const axis = sharedFeature(args, a, b, checker);
    return axis === undefined || args.failed ? undefined : { a, b, axis };
  }
  const axes = args.axes('along', a);
  if (axes === undefined || args.failed) return undefined;
  const lacking = axes.find((axis) => !hasAxis(b.type, axis.id));
  if (lacking !== undefined)
    return checker.report.error('CX3003', args.place(1), `this value has no axis \`${axisWord(lacking)}\``, {
      found: printAxes(b.type.axes),
    });
  const compose = new Compose(args.call.span);
  const axis = togetherAxis(axes);
  return { a: compose.merge(a, axes, axis), b: compose.merge(b, axes, axis), axis };
}

/** The operands where they stand, with their axes. */
export function operands(args: Arguments, ...values: readonly Typed[]): { span: Span; label: string }[] {
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

export function dotCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [a, b] = [args.tensor(0), args.tensor(1)];
  if (a === undefined || b === undefined) return undefined;
  const taken = takenAlong(args, a, b, checker);
  return taken && contraction(checker, taken.a, taken.b, taken.axis, call);
}

/** The cosine of the angle between two vectors; every pair of their other axes. */
export function cosCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [a, b] = [args.tensor(0), args.tensor(1)];
  if (a === undefined || b === undefined) return undefined;
  const taken = takenAlong(args, a, b, checker);
  return taken && cosine(checker, taken.a, taken.b, taken.axis, call);
}

function cosine(checker: Checker, a: Typed, b: Typed, axis: Axis, call: Call): Typed | undefined {
  return contraction(checker, unit(a, axis, call), unit(b, axis, call), axis, call);
}

function unit(value: Typed, axis: Axis, call: Call): Typed {
  const masked = value.mask !== undefined && hasAxis(value.mask.type, axis.id);
  const operand = masked ? filled(cast(value, 'f32'), 0, call.span) : cast(value, 'f32');
  return node('normalize', [operand], { axis }, operand.type, call.span, value.mask);
}

export function normalizeCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axes = args.has('along') ? args.axes('along', value) : undefined;
  if (axes !== undefined && axes.length > 1 && !args.failed) {
    const compose = new Compose(call.span);
    const one = togetherAxis(axes);
    return compose.split(unit(compose.merge(value, axes, one), one, call), one, axes);
  }
  const axis = args.has('along') ? axes?.[0] : sharedFeature(args, value, value, checker);
  return axis === undefined || args.failed ? undefined : unit(value, axis, call);
}

/** The safe angle in radians: arccos with the cosine kept 1e-6 away from ±1, where its slope is infinite (clip-gaze sheet, loss 1). */
export function angleCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [a, b] = [args.tensor(0), args.tensor(1)];
  if (a === undefined || b === undefined) return undefined;
  const taken = takenAlong(args, a, b, checker);
  const similarity = taken && cosine(checker, taken.a, taken.b, taken.axis, call);
  if (similarity === undefined) return undefined;
  const bound = (value: number): Typed => node('number', [], { value }, { element: 'f32', axes: [] }, call.span);
  const floored = two('max', similarity, bound(-1 + 1e-6), call.span, checker.report);
  const clamped = floored === undefined ? undefined : two('min', floored, bound(1 - 1e-6), call.span, checker.report);
  return clamped === undefined ? undefined : one('acos', clamped, call.span);
}

/** `a * b` where joining every pair is meant. */
export function outerCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [a, b] = [args.tensor(0), args.tensor(1)];
  if (a === undefined || b === undefined || args.failed) return undefined;
  if (reportMeeting(a.type.axes, b.type.axes, call.span, checker.report, '`outer`', [args.place(0), args.place(1)])) return undefined; // prettier-ignore
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
