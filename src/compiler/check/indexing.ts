import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import type { Expression, Index } from '../syntax/ast.ts';
import {
  axisWord, isStructural, known, quotientOfSize, structuralAxis, sumOfSizes, type Axis, type Size,
} from '../types/axis.ts'; // prettier-ignore
import { hasAxis, printAxes } from '../types/value-type.ts';
import { asTensor } from './as-tensor.ts';
import { bornAxis } from './born-axis.ts';
import { constantOf, node, reportMeeting } from './build.ts';
import type { Checker } from './checker.ts';
import { Compose, withMask, withoutAxes } from './compose.ts';
import { alongside } from './masks.ts';
import { axisByName, axisOf } from './named-axis.ts';
import { rename } from './rename.ts';
import type { Scope } from './scope.ts';
import type { Typed } from './typed.ts';
import { laterWord } from './words.ts';

/** `x[a: e]`, `x[a: 0..3 as part]`, `x[batch as other]`. */
export function index(checker: Checker, expression: Index, scope: Scope): Typed | undefined {
  const { report } = checker;
  const object = checker.expression(expression.object, scope);
  if (object?.kind === 'axis' && object.axis.id !== 'batch') return entryOf(checker, object.axis, expression);
  const value = object === undefined ? undefined : asTensor(checker, object, expression.object.span);
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
    const named =
      item.label === undefined
        ? soleItemAxis(checker, current, item.span)
        : axisByName(checker, item.label, scope, current.type.axes);
    if (named === undefined) return undefined;
    const axis = current.type.axes.find((each) => each.id === named.id);
    if (axis === undefined) {
      return report.error('CX3003', item.span, `the value has no axis \`${axisWord(named)}\``, {
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
    const from = axisOf(checker, item.value.value, scope, value.type.axes);
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
        : bornAxis(checker, name, { kind: from.kind, size: from.size, renames: from.id }, scope);
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
  if (by.kind === 'as-axes' && by.value.kind === 'range') {
    const name = by.axes[0];
    return name === undefined ? undefined : sliceOf(checker, value, axis, by.value, name.text, by.span, scope);
  }
  if (by.kind === 'range') return sliceOf(checker, value, axis, by, undefined, by.span, scope);
  const named = namedEntry(checker, axis, by);
  if (named === 'later')
    return new Compose(span).gather(value, axis, laterWord(axis, by.kind === 'string' ? by.value : '', by.span));
  if (named === 'none') return undefined;
  const at = named ?? checker.tensor(by, scope);
  if (at === undefined) return undefined;
  const constant = typeof at === 'number' ? at : constantOf(at);
  if (constant !== undefined) return entryAt(checker, value, axis, constant, by.span, span);
  return typeof at === 'number' ? undefined : gathered(checker, value, axis, at, by.span, span);
}

/** One entry, by its number. */
function entryAt(checker: Checker, value: Typed, axis: Axis, at: number, by: Span, span: Span): Typed | undefined {
  const size = axis.size.kind === 'known' ? axis.size.value : undefined;
  if (!Number.isInteger(at) || (size !== undefined && (at >= size || at < -size))) {
    return checker.report.error('CX5006', by, `\`${axis.name}\` has no entry ${at}`, {
      ...(size === undefined ? {} : { expected: `0 to ${size - 1}, or −1 for the last` }),
    });
  }
  const entry = (whole: Typed): Typed => {
    const { indexes, element } = whole.type;
    const axes = withoutAxes(whole.type.axes, axis);
    return node('entry', [whole], { axis, at }, { element, axes, ...(indexes && { indexes }) }, span);
  };
  return withMask(entry(value), alongside(value.mask, axis, entry));
}

/** `x[a: e]`: axes that both have align. */
function gathered(checker: Checker, value: Typed, axis: Axis, at: Typed, by: Span, span: Span): Typed | undefined {
  const { report } = checker;
  if (at.type.element !== 'i32')
    return report.error('CX3007', by, 'an index is an integer, and this is not', {
      found: at.type.element,
      ...(at.type.element === 'f32' ? { help: `\`as_index(e, ${axisWord(axis)})\` makes one of whole numbers` } : {}),
    });
  const pointed = at.type.indexes;
  if (pointed !== undefined && !sameEntries(pointed, axis))
    return report.error(
      'CX3008',
      by,
      `this is an index of \`${axisWord(pointed)}\`, and the axis is \`${axisWord(axis)}\``,
    );
  const rest = withoutAxes(value.type.axes, axis);
  if (reportMeeting(rest, at.type.axes, span, report, 'the index', [span, by])) return undefined;
  return new Compose(span).gather(value, axis, at);
}

/** Whether an index of the one names the same entries of the other: one renames the other, or both a third. */
const sameEntries = (a: Axis, b: Axis): boolean =>
  a.id === b.id || a.id === b.renames || a.renames === b.id || (a.renames !== undefined && a.renames === b.renames);

/** `x[sign: pos]`: the number of a named entry; `later` for `x[class: "dog"]`, the word of one; `none` where it has no such entry, which was told. */
function namedEntry(checker: Checker, axis: Axis, by: Expression): number | 'later' | 'none' | undefined {
  if (by.kind === 'reference' && axis.entries?.includes(by.name) === true) return axis.entries.indexOf(by.name);
  if (by.kind !== 'string') return undefined;
  const origin = axis.renames ?? axis.id;
  const vocabulary = checker.vocabularies.get(origin);
  if (vocabulary === undefined) {
    checker.report.error('CX3007', by.span, `the entries of \`${axisWord(axis)}\` have no words`, {
      ...(axis.entries === undefined ? {} : { expected: axis.entries.join(', ') }),
      help: 'an entry goes by its word where the axis is a `vocabulary`',
    });
    return 'none';
  }
  // a part of the vocabulary may be renumbered, so its number is found where it is used
  if (vocabulary.entries.includes(by.value) || axis.size.kind !== 'known') return 'later';
  const suggestion = nearestName(by.value, vocabulary.entries);
  checker.report.error('CX2001', by.span, `\`${axisWord(axis)}\` has no entry "${by.value}"`, {
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  return 'none';
}

/** `object["dog face"]`: the index of that entry. */
function entryOf(checker: Checker, axis: Axis, expression: Index): Typed | undefined {
  const [item, second] = expression.items;
  const at = item === undefined ? undefined : namedEntry(checker, axis, item.value);
  const type = { element: 'i32', axes: [], indexes: axis } as const;
  if (at === 'none') return undefined;
  if (typeof at === 'number' && second === undefined) return node('number', [], { value: at }, type, expression.span);
  if (at === 'later' && second === undefined)
    return laterWord(axis, item?.value.kind === 'string' ? item.value.value : '', expression.span);
  return checker.report.error('CX2009', expression.span, `\`${axisWord(axis)}\` is an axis, where a value is needed`, {
    expected: 'a value, or one entry by its name: `class["dog"]`',
  });
}

// ── ranges ───────────────────────────────────────────────────────────

type RangeExpression = Extract<Expression, { kind: 'range' }>;

function sliceOf(
  checker: Checker,
  value: Typed,
  axis: Axis,
  range: RangeExpression,
  as: string | undefined,
  span: Span,
  scope: Scope,
): Typed | undefined {
  const bound = (expression: Expression | undefined, fallback: number): number | undefined => {
    if (expression === undefined) return fallback;
    const named = namedEntry(checker, axis, expression);
    if (typeof named === 'number') return named;
    if (named === 'later') checker.report.error('CX3011', expression.span, 'a bound is a number known while compiling');
    const typed = named === undefined ? checker.tensor(expression, scope) : undefined;
    const constant = typed === undefined ? undefined : constantOf(typed);
    if (typed !== undefined && constant === undefined)
      checker.report.error('CX3011', expression.span, 'a bound is a number known while compiling');
    return constant;
  };
  const [from, to, by] = [bound(range.from, 0), bound(range.to, -1), bound(range.by, 1)];
  if (from === undefined || to === undefined || by === undefined) return undefined;
  if (!Number.isInteger(from) || !Number.isInteger(to) || !Number.isInteger(by) || by < 1) {
    return checker.report.error('CX5006', span, 'entries are counted by whole numbers', {
      ...(by < 1 ? { help: '`reverse(x, over: axis)` turns an axis round' } : {}),
    });
  }
  const whole = axis.size.kind === 'known' ? axis.size.value : undefined;
  const outside = whole === undefined ? undefined : [from, to].find((at) => at >= whole || at < -whole);
  if (whole !== undefined && outside !== undefined) {
    return checker.report.error('CX5006', span, `\`${axis.name}\` has no entry ${outside}`, {
      expected: `0 to ${whole - 1}, or −1 for the last`,
    });
  }
  const run = lengthOf(axis.size, from, to);
  // entries from, from + by, … up to the end
  const size = run === undefined ? undefined : quotientOfSize(sumOfSizes([run, known(by - 1)]), by);
  if (size === undefined || (size.kind === 'known' && size.value <= 0)) {
    return checker.report.error('CX5006', span, 'this range of entries is empty', {
      expected: 'both ends counted from the same side, the smaller first; both ends are inside',
    });
  }
  const part = partAxis(checker, axis, size, as, span, scope);
  if (part === undefined) return undefined;
  if (hasAxis(value.type, part.id) && part.id !== axis.id) {
    return checker.report.error('CX3009', span, `the value already has an axis \`${part.name}\``, {
      found: printAxes(value.type.axes),
      help: 'choose another name for the part',
    });
  }
  return by === 1 ? runOf(value, axis, from, to, part, span) : strided(value, axis, from, by, part, span);
}

/** A run of entries, each the next of the one before. */
function runOf(value: Typed, axis: Axis, from: number, to: number, as: Axis, span: Span): Typed {
  const part = (whole: Typed): Typed => {
    const axes = whole.type.axes.map((each) => (each.id === axis.id ? as : each));
    const { indexes, element } = whole.type;
    return node('slice', [whole], { axis, from, to, as }, { element, axes, ...(indexes && { indexes }) }, span);
  };
  return withMask(part(value), alongside(value.mask, axis, part));
}

function strided(value: Typed, axis: Axis, from: number, by: number, as: Axis, span: Span): Typed {
  const compose = new Compose(span);
  const start = from < 0 ? compose.with('add', compose.size(axis), from) : compose.number(from, 'i32');
  return compose.gather(value, axis, compose.two('add', compose.with('mul', compose.index(as), by), start));
}

/** A part of an axis has a name of its own, but for an axis whose size belongs to the value. */
function partAxis(
  checker: Checker,
  axis: Axis,
  size: Size,
  as: string | undefined,
  span: Span,
  scope: Scope,
): Axis | undefined {
  if (as !== undefined) return bornAxis(checker, { kind: 'name', text: as, span }, { kind: axis.kind, size }, scope);
  if (isStructural(axis)) return structuralAxis(axis.name, size);
  return checker.report.error('CX3002', span, `a part of \`${axis.name}\` is a new axis and needs a name`, {
    help: `write \`x[${axis.name}: … as part]\``,
  });
}

/** Entries from..to, each counted from whichever end it names. */
function lengthOf(size: Size, from: number, to: number): Size | undefined {
  if (size.kind === 'known') {
    const at = (bound: number): number => (bound < 0 ? size.value + bound : bound);
    return known(at(to) - at(from) + 1);
  }
  if (to < 0 === from < 0) return known(to - from + 1);
  return to < 0 ? sumOfSizes([size, known(to + 1 - from)]) : undefined;
}
