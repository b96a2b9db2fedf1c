import type { Span } from '../source/span.ts';
import type { Expression, Index } from '../syntax/ast.ts';
import { known, type Axis, type Size } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { constantOf, jointMask, node, orderAxes } from './build.ts';
import type { Checker } from './checker.ts';
import { alongside } from './masks.ts';
import { rename } from './rename.ts';
import type { Scope } from './scope.ts';
import type { Typed } from './typed.ts';

/** `x[a: e]`, `x[a: 0..3 as part]`, `x[batch as other]`. */
export function index(checker: Checker, expression: Index, scope: Scope): Typed | undefined {
  const { report } = checker;
  const value = checker.tensor(expression.object, scope);
  if (value === undefined) return undefined;
  if (value.type.element === 'text') {
    return report.error('CX3007', expression.object.span, 'text is not indexed or renamed', {
      help: 'apply the text tower first, and rename what it gives',
    });
  }
  const renames = expression.items.filter((item) => item.value.kind === 'as-axes' && item.label === undefined);
  if (renames.length === expression.items.length) return renameItems(checker, value, expression, scope);
  let current: Typed = value;
  for (const item of expression.items) {
    const axis =
      item.label === undefined
        ? soleItemAxis(checker, current, item.span)
        : checker.axisByName(item.label, scope, current.type.axes);
    if (axis === undefined) return undefined;
    if (!hasAxis(current.type, axis.id)) {
      return report.error('CX3003', item.span, `the value has no axis \`${axis.name}\``, {
        found: printAxes(current.type.axes),
      });
    }
    const next = indexOne(checker, current, axis, item.value, expression.span, scope);
    if (next === undefined) return undefined;
    current = next;
  }
  return current;
}

function soleItemAxis(checker: Checker, value: Typed, span: Span): Axis | undefined {
  const [axis, second] = value.type.axes;
  if (axis !== undefined && second === undefined) return axis;
  return checker.report.error('CX3004', span, 'which axis is meant?', {
    found: printAxes(value.type.axes),
    help: 'name it: `x[axis: …]`',
  });
}

function renameItems(checker: Checker, value: Typed, expression: Index, scope: Scope): Typed | undefined {
  const pairs: { from: Axis; to: Axis }[] = [];
  for (const item of expression.items) {
    if (item.value.kind !== 'as-axes') return undefined;
    const from = checker.axisOf(item.value.value, scope, value.type.axes);
    const name = item.value.axes[0];
    if (from === undefined || name === undefined) return undefined;
    if (!hasAxis(value.type, from.id)) {
      return checker.report.error('CX3003', item.span, `the value has no axis \`${from.name}\` to rename`, {
        found: printAxes(value.type.axes),
      });
    }
    const existing = value.type.axes.find((axis) => axis.id === name.text) ?? uniquelyNamed(value, name.text);
    const to =
      existing !== undefined
        ? existing
        : checker.bornAxis(name, { kind: from.kind, size: from.size, renames: from.id }, scope);
    if (to === undefined) return undefined;
    pairs.push({ from, to });
  }
  const leaving = new Set(pairs.map((pair) => pair.from.id));
  const clash = pairs.find((pair) => hasAxis(value.type, pair.to.id) && !leaving.has(pair.to.id));
  if (clash !== undefined) {
    return checker.report.error('CX3009', expression.span, `the value already has an axis \`${clash.to.name}\``, {
      found: printAxes(value.type.axes),
      help: 'rename that one in the same brackets, or choose another name',
    });
  }
  return rename(value, pairs, expression.span);
}

function uniquelyNamed(value: Typed, name: string): Axis | undefined {
  const alike = value.type.axes.filter((axis) => axis.name === name);
  return alike.length === 1 ? alike[0] : undefined;
}

function indexOne(
  checker: Checker,
  value: Typed,
  axis: Axis,
  by: Expression,
  span: Span,
  scope: Scope,
): Typed | undefined {
  const remaining = value.type.axes.filter((each) => each.id !== axis.id);
  if (by.kind === 'as-axes' && by.value.kind === 'range') {
    const name = by.axes[0];
    return name === undefined ? undefined : sliceOf(checker, value, axis, by.value, name.text, by.span, scope);
  }
  if (by.kind === 'range') return sliceOf(checker, value, axis, by, undefined, by.span, scope);
  const at = checker.tensor(by, scope);
  if (at === undefined) return undefined;
  const constant = constantOf(at);
  if (constant !== undefined) {
    const size = axis.size.kind === 'known' ? axis.size.value : undefined;
    if (!Number.isInteger(constant) || (size !== undefined && (constant >= size || constant < -size))) {
      return checker.report.error('CX5006', by.span, `\`${axis.name}\` has no entry ${constant}`, {
        ...(size === undefined ? {} : { expected: `0 to ${size - 1}, or −1 for the last` }),
      });
    }
    const entry = (whole: Typed, axes: readonly Axis[]): Typed => {
      const { indexes } = whole.type;
      const type = { element: whole.type.element, axes, ...(indexes === undefined ? {} : { indexes }) };
      return node('entry', [whole], { axis, at: constant }, type, span);
    };
    return withMask(
      entry(value, remaining),
      alongside(value.mask, axis, (mask) => entry(mask, mask.type.axes.filter((each) => each.id !== axis.id))),
    ); // prettier-ignore
  }
  if (at.type.element !== 'i32') {
    return checker.report.error('CX3007', by.span, 'an index is an integer, and this is not', {
      found: at.type.element,
    });
  }
  const pointed = at.type.indexes;
  if (pointed !== undefined && pointed.id !== axis.id && pointed.id !== axis.renames && axis.id !== pointed.renames) {
    return checker.report.error(
      'CX3008',
      by.span,
      `this is an index of \`${pointed.name}\`, and the axis is \`${axis.name}\``,
    );
  }
  const gathered = (whole: Typed): Typed => {
    const rest = whole.type.axes.filter((each) => each.id !== axis.id);
    const fresh = at.type.axes.filter((each) => !rest.some((other) => other.id === each.id));
    const { indexes } = whole.type;
    const type = { element: whole.type.element, axes: orderAxes([...rest, ...fresh]), ...(indexes === undefined ? {} : { indexes }) }; // prettier-ignore
    return node('gather', [whole, at], { axis }, type, span);
  };
  const own = alongside(value.mask, axis, gathered);
  const result = gathered(value);
  return withMask(result, jointMask([{ ...result, ...(own === undefined ? {} : { mask: own }) }, at], span));
}

const withMask = (typed: Typed, mask: Typed | undefined): Typed => (mask === undefined ? typed : { ...typed, mask });

function sliceOf(
  checker: Checker,
  value: Typed,
  axis: Axis,
  range: Extract<Expression, { kind: 'range' }>,
  as: string | undefined,
  span: Span,
  scope: Scope,
): Typed | undefined {
  const bound = (expression: Expression | undefined, fallback: number): number | undefined => {
    if (expression === undefined) return fallback;
    const typed = checker.tensor(expression, scope);
    const constant = typed === undefined ? undefined : constantOf(typed);
    if (typed !== undefined && constant === undefined)
      checker.report.error('CX3011', expression.span, 'a bound is a number known while compiling');
    return constant;
  };
  if (range.by !== undefined) return checker.notImplemented(range.span, 'a stride in an index range (`by`)');
  const from = bound(range.from, 0);
  const to = bound(range.to, -1);
  if (from === undefined || to === undefined) return undefined;
  if (!Number.isInteger(from) || !Number.isInteger(to)) {
    return checker.report.error('CX5006', span, 'entries are counted by whole numbers');
  }
  const whole = axis.size.kind === 'known' ? axis.size.value : undefined;
  const outside = whole === undefined ? undefined : [from, to].find((at) => at >= whole || at < -whole);
  if (whole !== undefined && outside !== undefined) {
    return checker.report.error('CX5006', span, `\`${axis.name}\` has no entry ${outside}`, {
      expected: `0 to ${whole - 1}, or −1 for the last`,
    });
  }
  const size = lengthOf(axis.size, from, to);
  if (size === undefined || (size.kind === 'known' && size.value <= 0)) {
    return checker.report.error('CX5006', span, 'this range of entries is empty', {
      expected: 'both ends counted from the same side, the smaller first; both ends are inside',
    });
  }
  if (as === undefined) {
    return checker.report.error('CX3002', span, `a part of \`${axis.name}\` is a new axis and needs a name`, {
      help: `write \`x[${axis.name}: … as part]\``,
    });
  }
  const born = checker.bornAxis({ kind: 'name', text: as, span }, { kind: axis.kind, size }, scope);
  if (born === undefined) return undefined;
  const part = (whole: Typed): Typed => {
    const axes = whole.type.axes.map((each) => (each.id === axis.id ? born : each));
    const { indexes, element } = whole.type;
    return node('slice', [whole], { axis, from, to, as: born }, { element, axes, ...(indexes === undefined ? {} : { indexes }) }, span); // prettier-ignore
  };
  if (value.type.axes.some((each) => each.id === born.id && each.id !== axis.id)) {
    return checker.report.error('CX3009', span, `the value already has an axis \`${born.name}\``, {
      found: printAxes(value.type.axes),
      help: 'choose another name for the part',
    });
  }
  return withMask(part(value), alongside(value.mask, axis, part));
}

/** Entries from..to, each counted from whichever end it names. */
function lengthOf(size: Size, from: number, to: number): Size | undefined {
  if (size.kind === 'known') {
    const at = (bound: number): number => (bound < 0 ? size.value + bound : bound);
    return known(at(to) - at(from) + 1);
  }
  if (to < 0 === from < 0) return known(to - from + 1);
  return to < 0 ? { kind: 'sum', parts: [size, known(to + 1 - from)] } : undefined;
}
