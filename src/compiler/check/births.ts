/** Functions that make an axis or put its entries in another order: largest entries, pairs, stacks, joins. */
import type { Argument, Call, ListExpression } from '../syntax/ast.ts';
import { known, printSize, sameSize, structuralKinds, sumOfSizes, type Axis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { cast, node, orderAxes, reportMeeting } from './build.ts';
import type { Checker } from './checker.ts';
import { alongside, filled, joinedMask, oneSlice } from './masks.ts';
import { axisOf } from './named-axis.ts';
import { operands } from './products.ts';
import { resized } from './shape-functions.ts';
import type { Site } from './site.ts';
import { sizeOf } from './sizes.ts';
import { unionOfAxes, withMask, withoutAxes } from './compose.ts';
import { lowest } from './order-functions.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';

/** `let (v, i) = top(k, s, over: class as rank)`: the k largest, largest first, and where they stood. */
export function topCall({ checker, call, scope, name }: Site): Value | undefined {
  const args = Arguments.of({ checker, name, call, scope });
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
export function upperCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (args.failed) return undefined;
  const [first, second] = [args.positional(1), args.positional(2)].map((argument) =>
    argument === undefined || value === undefined ? undefined : axisOf(checker, argument.value, scope, value.type.axes),
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

export function stackCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const parts = args.tensors();
  if (args.failed) return undefined;
  const as = args.born('as', { kind: 'item', size: known(parts.length) }, 'the parts');
  if (as === undefined) return undefined;
  const axes = joinedAxes(args, checker, parts);
  if (axes === undefined) return undefined;
  if (axes.some((axis) => axis.id === as.id)) return alreadyThere(checker, as, call);
  const element = jointElement(parts);
  const stacked = (pieces: readonly Typed[], to: 'f32' | 'i32' | 'bool', own: readonly Axis[]): Typed =>
    node('stack', pieces.map((part) => cast(part, to)), { as }, { element: to, axes: [...own, as] }, call.span); // prettier-ignore
  const mask = joinedMask(parts, [], (masks) => stacked(masks, 'bool', orderAxes(unionOfAxes(...masks))), call.span);
  return { ...stacked(parts, element, axes), ...(mask === undefined ? {} : { mask }) };
}

/** `concat(t, f, along: frame as slot)`: side by side along an axis; an operand without it is one slice. */
export function concatCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const parts = args.tensors();
  if (parts.length === 0 || args.failed) return undefined;
  const argument = args.labelled('along');
  if (argument === undefined) return args.fail('CX3004', '`concat` goes along one axis', 'name it with `along:`');
  const own = alongIn(checker, parts, argument, scope);
  const axis = own?.find((each) => each !== undefined);
  if (own === undefined || axis === undefined) return undefined;
  const sizes = own.map((each) => each?.size ?? known(1));
  const born = resized(checker, args, axis, sumOfSizes(sizes), 'the joined axis');
  if (born === undefined) return undefined;
  const as = { ...born, parts: sizes };
  const along = own.map((each) => each ?? oneSlice(as));
  const rests = parts.map((part, at) => withMask({ ...part, type: { ...part.type, axes: withoutAxes(part.type.axes, ...along.slice(at, at + 1)) } }, undefined)); // prettier-ignore
  const rest = joinedAxes(args, checker, rests);
  if (rest === undefined) return undefined;
  if (rest.some((each) => each.id === as.id)) return alreadyThere(checker, as, call);
  const joined = orderAxes([...rest, as]);
  const { indexes } = parts[0]?.type ?? {};
  const kept = indexes !== undefined && parts.every((part) => part.type.indexes?.id === indexes.id) ? { indexes } : {};
  const concatenated = (pieces: readonly Typed[], to: 'f32' | 'i32' | 'bool', axes: readonly Axis[]): Typed =>
    node('concat', pieces.map((part) => cast(part, to)), { along, as }, { element: to, axes, ...(to === 'i32' && kept) }, call.span); // prettier-ignore
  // a mask has the axes of the masks it is made of, and the joined one
  const maskAxes = (masks: readonly Typed[]): readonly Axis[] => orderAxes([...withoutAxes(unionOfAxes(...masks), ...along), as]); // prettier-ignore
  const mask = joinedMask(parts, along, (masks) => concatenated(masks, 'bool', maskAxes(masks)), call.span);
  return withMask(concatenated(parts, jointElement(parts), joined), mask);
}

/** The axis of each part along which it is joined: one name, whose size may be another in each part, or a list with one for each part. */
function alongIn(
  checker: Checker,
  parts: readonly Typed[],
  { value, span }: Argument,
  scope: Site['scope'],
): (Axis | undefined)[] | undefined {
  if (value.kind === 'list') return alongEach(checker, parts, value, scope);
  const text = value.kind === 'reference' ? value.name : '';
  const structural = structuralKinds.has(text) && checker.declarationOf(text, scope.module, 'axis') === undefined;
  const named = structural ? undefined : axisOf(checker, value, scope, unionOfAxes(...parts));
  if (!structural && named === undefined) return undefined;
  const own = parts.map((part) => part.type.axes.find((axis) => (structural ? axis.name === text : axis.id === named?.id))); // prettier-ignore
  if (own.some((axis) => axis !== undefined)) return own;
  return checker.report.error('CX3003', span, `no value here has the axis \`${named?.name ?? text}\``, {
    found: parts.map((part) => printAxes(part.type.axes)).join(', '),
  });
}

/** `along: [clip.joint, shared]`: of each part the axis that it has of the list. */
function alongEach(
  checker: Checker,
  parts: readonly Typed[],
  { items, span }: ListExpression,
  scope: Site['scope'],
): (Axis | undefined)[] | undefined {
  const axes = items.map((item) => axisOf(checker, item.value, scope, unionOfAxes(...parts)));
  if (axes.some((axis) => axis === undefined)) return undefined;
  const own = parts.map((part) => part.type.axes.filter((axis) => axes.some((each) => each?.id === axis.id)));
  const odd = own.findIndex((each) => each.length !== 1);
  if (odd < 0) return own.map(([axis]) => axis);
  const found = parts.map((part) => printAxes(part.type.axes)).join(', ');
  return checker.report.error('CX3003', span, `value ${odd + 1} of \`concat\` has ${own[odd]?.length === 0 ? 'none' : 'several'} of these axes`, {
    found,
    help: 'each value is joined along the one axis that it has of the list',
  }); // prettier-ignore
}

/** The axes of all parts; told where two meet that have one name and two sizes. */
function joinedAxes(args: Arguments, checker: Checker, parts: readonly Typed[]): readonly Axis[] | undefined {
  let axes: readonly Axis[] = [];
  for (const [at, part] of parts.entries()) {
    if (reportMeeting(axes, part.type.axes, args.call.span, checker.report, `\`${args.name}\``, [args.place(0), args.place(at)])) return undefined; // prettier-ignore
    axes = [...axes, ...withoutAxes(part.type.axes, ...axes)];
  }
  return orderAxes(axes);
}

function jointElement(parts: readonly Typed[]): 'f32' | 'i32' | 'bool' {
  for (const element of ['i32', 'bool'] as const) if (parts.every((part) => part.type.element === element)) return element;
  return 'f32';
} // prettier-ignore

function alreadyThere(checker: Checker, axis: Axis, call: Call): undefined {
  return checker.report.error('CX3009', call.span, `a value here already has an axis \`${axis.name}\``, {
    help: 'choose another name for the new axis',
  });
}
