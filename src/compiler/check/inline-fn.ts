import type { Module } from '../resolve/modules.ts';
import type { Span } from '../source/span.ts';
import type { Call, FnStatement } from '../syntax/ast.ts';
import { sameSize, type Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { bindParameters } from './bind-parameters.ts';
import { bindPattern } from './bind-pattern.ts';
import { bornAxis } from './born-axis.ts';
import type { Checker } from './checker.ts';
import { rename } from './rename.ts';
import { Scope } from './scope.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';

/** Substitutes the arguments into the body. Axes born inside stay inside unless the result has them. */
export function inlineFn(
  checker: Checker,
  fn: FnStatement,
  module: Module,
  expression: Call,
  scope: Scope,
  /** What the body sees beside its file. */
  around?: Scope,
  /** Told of the arguments, by the names of the parameters. */
  told?: (values: Scope) => void,
): Value | undefined {
  if (checker.openFns.includes(fn)) {
    const circle = [...checker.openFns.slice(checker.openFns.indexOf(fn)), fn].map((each) => each.name.text);
    return checker.report.error('CX2008', expression.span, `the fn \`${fn.name.text}\` calls itself`, {
      found: circle.join(' → '),
      help: 'a fn is written out where it is called, so it has to end: state the recursion as a formula over an axis',
    });
  }
  if (checker.isTooDeep(expression.span) || checker.isTooLong(expression.span)) return undefined;
  const inner = new Scope(module, checker.inlinePrefix(fn.name.text), around);
  if (!bindParameters(checker, fn, expression, scope, inner)) return undefined;
  told?.(inner);
  const outer = checker.subject;
  checker.openFns.push(fn);
  const result = checker.report.inside(fn.name.text, expression.span, () => {
    for (const statement of fn.body.lets) {
      checker.subject = `${outer}.${statement.pattern.names[0]?.text ?? fn.name.text}`;
      bindPattern(checker, statement, inner);
    }
    checker.subject = outer;
    return checker.expression(fn.body.result, inner);
  });
  checker.openFns.pop();
  return result === undefined ? undefined : promoted(checker, result, inner, scope, expression.span);
}

/** A result with the axes that were born inside as axes of the caller. */
function promoted(checker: Checker, value: Value, inner: Scope, scope: Scope, span: Span): Value | undefined {
  if (value.kind === 'tuple') {
    const items = value.items.flatMap((item) => promoted(checker, item, inner, scope, span) ?? []);
    return items.length === value.items.length ? { kind: 'tuple', items } : undefined;
  }
  if (value.kind !== 'tensor') return value;
  const typed = promoteAxes(checker, value.typed, inner, scope, span);
  return typed === undefined ? undefined : { kind: 'tensor', typed };
}

function promoteAxes(checker: Checker, typed: Typed, inner: Scope, outer: Scope, span: Span): Typed | undefined {
  const born = typed.type.axes.filter((axis) => axis.id.startsWith(inner.prefix));
  if (born.length === 0) return typed;
  const pairs: { from: Axis; to: Axis }[] = [];
  for (const axis of born) {
    // a fn that names an axis of its arguments means that one, also where another fn makes it
    const given = outer.births.given(axis.name);
    const meant = given !== undefined && sameSize(given.size, axis.size) && given.renames === axis.renames && !hasAxis(typed.type, given.id); // prettier-ignore
    const to = meant ? given : bornAxis(checker, { kind: 'name', text: axis.name, span }, axis, outer);
    if (to === undefined) return undefined;
    pairs.push({ from: axis, to });
  }
  return rename(typed, pairs, span);
}
