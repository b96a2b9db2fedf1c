/** Functions that reduce axes, whole or by group, and those that weigh entries along one. */
import { axisWord, productOfSizes, type Axis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { cast, describe, jointMask, node, orderAxes, two } from './build.ts';
import type { Checker } from './checker.ts';
import { Compose, localAxis, unionOfAxes, withMask, withoutAxes } from './compose.ts';
import { guardedBy } from './guarded.ts';
import { filled } from './masks.ts';
import { rename } from './rename.ts';
import type { Site } from './site.ts';
import type { ReductionKind, Typed } from './typed.ts';

/** `mean(x, over: a, where: c)`, `sum(x, over: point, by: [row, column])`, `mean(e for r in [0.5, 1])`. */
export function reduceCall(site: Site, reduction: ReductionKind): Typed | undefined {
  const { checker, call, scope, name } = site;
  const args = Arguments.of({ checker, name, call, scope });
  if (args.spread) return acrossList(site, reduction, args);
  if (args.count > 1)
    return args.fail('CX3006', `\`${name}\` takes 1 value, and ${args.count} are given`, '`stack(a, b) as view` makes one of several'); // prettier-ignore
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const where = args.option('where');
  const by = args.has('by') ? groups(checker, args) : undefined;
  const extra = unionOfAxes(...(where === undefined ? [] : [where]), ...(by ?? []));
  // without `over:` nothing is left
  const all = [...value.type.axes, ...withoutAxes(extra, ...value.type.axes)];
  const over = args.has('over') ? args.axes('over', value) : all;
  if (over === undefined || args.failed) return undefined;
  if (!reportPartners(site, args, value, over)) return undefined;
  const compose = new Compose(call.span);
  if (by !== undefined) return grouped(checker, compose, reduction, value, over, by, where, args);
  return reduced(checker, compose, reduction, value, over, where);
}

function reduced(
  checker: Checker,
  compose: Compose,
  reduction: ReductionKind,
  value: Typed,
  over: readonly Axis[],
  where: Typed | undefined,
): Typed | undefined {
  const indexing = reduction === 'argmax' || reduction === 'argmin';
  if (indexing && over.length !== 1)
    return checker.report.error('CX3004', compose.span, `\`${reduction}\` goes over one axis`, {
      found: printAxes(over),
      help: 'name it with `over:`',
    });
  const condition = where && withMask(where, cast(where, 'bool'));
  const guarded = guardedBy(value, jointMask([value, condition], compose.span), checker.riskOperands);
  return compose.reduce(reduction, guarded, over, where);
}

/** A static `for` reduces across what it writes out, element by element. */
function acrossList({ checker, call }: Site, reduction: ReductionKind, args: Arguments): Typed | undefined {
  const values = args.tensors();
  const [first, ...rest] = values;
  if (first === undefined || args.failed) return undefined;
  const labelled = call.args.find((argument) => argument.label !== undefined);
  if (labelled !== undefined)
    return checker.report.error('CX3006', labelled.span, `a \`for\` is reduced across its list, without \`${labelled.label?.text}:\``, {
      help: 'reduce each value before, or write `stack(e for r in […]) as part`',
    }); // prettier-ignore
  const operators = { sum: 'add', mean: 'add', prod: 'mul', max: 'max', min: 'min', any: 'or', all: 'and' } as const;
  const operator = Object.entries(operators).find(([kind]) => kind === reduction)?.[1];
  if (operator === undefined)
    return checker.report.error('CX3006', call.span, `\`${reduction}\` is not taken across a \`for\``, {
      expected: Object.keys(operators).join(', '),
    });
  let total: Typed | undefined = first;
  for (const value of rest) total = total && two(operator, total, value, call.span, checker.report);
  if (total === undefined || reduction !== 'mean') return total;
  return new Compose(call.span).with('div', total, values.length);
}

// ── by group ─────────────────────────────────────────────────────────

/** The indices of `by:`, one or a list. */
function groups(checker: Checker, args: Arguments): Typed[] | undefined {
  const values = args.tensorList('by');
  if (values === undefined) return undefined;
  for (const { value, span } of values) {
    if (value.type.indexes !== undefined) continue;
    args.failed = true;
    checker.report.error('CX3007', span, '`by:` groups by an index of an axis', {
      found: describe(value),
      expected: 'a `class` column, `argmax(…)`, `as_index(e, axis)`',
    });
  }
  return args.failed ? undefined : values.map(({ value }) => value);
}

/** One result for each entry of the axes that `by` indexes; what is unknown of an index counts nowhere. */
function grouped(
  checker: Checker,
  compose: Compose,
  reduction: ReductionKind,
  value: Typed,
  over: readonly Axis[],
  by: readonly Typed[],
  where: Typed | undefined,
  args: Arguments,
): Typed | undefined {
  const axes = by.flatMap((index) => index.type.indexes ?? []);
  const rest = withoutAxes(unionOfAxes(value, ...by), ...over);
  const twin = axes.find((axis, at) => axes.slice(0, at).some((each) => each.id === axis.id) || rest.some((each) => each.id === axis.id)); // prettier-ignore
  if (twin !== undefined)
    return checker.report.error('CX3009', args.labelled('by')?.span ?? compose.span, `the result would have the axis \`${axisWord(twin)}\` twice`, {
      help: `rename it in the value first: \`x[${axisWord(twin)} as another]\``,
    }); // prettier-ignore
  const condition = where === undefined ? undefined : withMask(where, cast(where, 'bool'));
  const mask = jointMask([value, condition, ...by], compose.span);
  const { mask: _own, ...plain } = value;
  const indices = by.map((index) => {
    const { mask: _mask, ...safe } = filled(index, 0, compose.span);
    return safe;
  });
  const summed = (x: Typed): Typed => {
    const kept =
      mask === undefined
        ? cast(x, 'f32')
        : compose.where(mask, guardedBy(cast(x, 'f32'), mask, checker.riskOperands), compose.number(0));
    const type = { element: 'f32', axes: orderAxes([...withoutAxes(unionOfAxes(kept, ...indices), ...over), ...axes]) } as const; // prettier-ignore
    return node('group_sum', [kept, ...indices], { over, by: axes }, type, compose.span);
  };
  const whole = plain as Typed;
  // one for each element: of the extents of what goes and of what decides where it goes
  const ones = (): Typed => {
    const deciding = unionOfAxes(...indices, ...(mask === undefined ? [] : [mask]));
    const like = [...deciding, ...withoutAxes(over, ...deciding)];
    return node('expand', [compose.number(1)], { like }, { element: 'f32', axes: like }, compose.span);
  };
  switch (reduction) {
    case 'sum':
      return summed(whole);
    case 'mean': {
      const count = summed(ones());
      const mean = compose.two('div', summed(whole), compose.with('max', count, 1));
      return compose.only(mean, compose.with('gt', count, 0));
    }
    case 'any':
      return compose.with('gt', summed(cast(whole, 'bool')), 0);
    case 'all':
      return compose.with('eq', summed(compose.one('not', whole)), 0);
    default: {
      // no sum: every group looks at every element, along axes of its own, for the value may have those of the groups
      const own = axes.map((axis) => localAxis(axis, 'group'));
      const member = indices.reduce<Typed | undefined>((joint, index, at) => {
        const axis = own[at];
        if (axis === undefined) return joint;
        const { type } = index;
        const plainIndex: Typed = { ...index, type: { element: type.element, axes: type.axes } };
        const belongs = compose.two('eq', plainIndex, compose.index(axis));
        return joint === undefined ? belongs : compose.two('and', joint, belongs);
      }, mask);
      const result = reduced(checker, compose, reduction, whole, over, member);
      const pairs = own.flatMap((from, at) => (axes[at] === undefined ? [] : [{ from, to: axes[at] }]));
      return result && rename(result, pairs, compose.span);
    }
  }
}

/** Averaging `a == b` over an axis that only one of them has compares its entries with one thing, which is rarely meant. */
function reportPartners({ checker, call }: Site, args: Arguments, value: Typed, over: readonly Axis[]): boolean {
  if (args.has('over') || value.op !== 'two' || !['eq', 'ne'].includes(value.attributes.op)) return true;
  const [left, right] = value.args;
  if (left === undefined || right === undefined || left.type.axes.length * right.type.axes.length === 0) return true;
  const lonely = over.find((axis) => hasAxis(left.type, axis.id) !== hasAxis(right.type, axis.id));
  if (lonely === undefined || !hasAxis(value.type, lonely.id)) return true;
  checker.report.error('CX3017', args.place(0), `only one side of this comparison has the axis \`${axisWord(lonely)}\`, and \`${args.name}\` goes over it`, {
    severity: 'warning',
    related: [{ span: call.span, label: `goes over ${printAxes(over)}` }],
    help: `reduce that side first, or say that it is meant: \`over: [${over.map(axisWord).join(', ')}]\``,
  }); // prettier-ignore
  return true;
}

// ── along one axis ───────────────────────────────────────────────────

export function softmaxCall({ checker, call, scope, name }: Site, log: boolean): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axes = args.has('over') ? args.axes('over', value) : [args.overOne(value)].flatMap((axis) => axis ?? []);
  const where = args.option('where');
  const [axis] = axes ?? [];
  if (axes === undefined || axis === undefined || args.failed) return undefined;
  const compose = new Compose(call.span);
  if (axes.length === 1) return weighed(compose, value, axis, log, where, checker.riskOperands);
  // shares of several axes sum to 1 over all of them
  const together: Axis = { id: `~${axes.map((each) => each.id).join('~')}`, name: 'all', kind: 'item', size: productOfSizes(axes.map((each) => each.size)) }; // prettier-ignore
  const like = where === undefined ? value.type.axes : unionOfAxes(value, where);
  const merged = (each: Typed): Typed => compose.merge(compose.spread(each, like), axes, together);
  const shares = weighed(
    compose,
    merged(value),
    together,
    log,
    where && merged(cast(where, 'bool')),
    checker.riskOperands,
  );
  return compose.split(shares, together, axes);
}

function weighed(
  compose: Compose,
  value: Typed,
  axis: Axis,
  log: boolean,
  where: Typed | undefined,
  risky: ReadonlySet<Typed>,
): Typed {
  const mask = jointMask([value, where && withMask(where, cast(where, 'bool'))], compose.span);
  const operand = cast(value, 'f32');
  const extra = withoutAxes(mask?.type.axes ?? [], ...value.type.axes);
  const axes = orderAxes([...value.type.axes, ...extra]);
  const args = mask === undefined ? [operand] : [guardedBy(operand, mask, risky), mask];
  return node('softmax', args, { axis, log }, { element: 'f32', axes }, compose.span, value.mask);
}

/** `max(x, over: a)` reduces, `max(a, b)` compares element by element. */
export function extremeCall(site: Site, op: 'max' | 'min'): Typed | undefined {
  const { checker, call, scope, name } = site;
  const positional = call.args.filter((argument) => argument.label === undefined).length;
  if (positional !== 2) return reduceCall(site, op);
  const args = new Arguments(checker, name, call, scope, [], [2, 2]);
  const [a, b] = [args.tensor(0), args.tensor(1)];
  return a === undefined || b === undefined || args.failed
    ? undefined
    : two(op, a, b, call.span, checker.report, [args.place(0), args.place(1)]);
}
