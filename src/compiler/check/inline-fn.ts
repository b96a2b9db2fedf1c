import { nearestName } from '../common/suggest.ts';
import type { Module } from '../resolve/modules.ts';
import type { Span } from '../source/span.ts';
import type { Argument, Call, FnStatement } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import { bindPattern } from './bind-pattern.ts';
import type { Checker } from './checker.ts';
import { oddArgument } from './odd-argument.ts';
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
): Value | undefined {
  if (checker.openFns.includes(fn)) {
    const circle = [...checker.openFns.slice(checker.openFns.indexOf(fn)), fn].map((each) => each.name.text);
    return checker.report.error('CX2008', expression.span, `the fn \`${fn.name.text}\` calls itself`, {
      found: circle.join(' → '),
      help: 'a fn is written out where it is called, so it has to end: state the recursion as a formula over an axis',
    });
  }
  const inner = new Scope(module, checker.inlinePrefix(fn.name.text));
  const given = new Map<string, Argument>();
  const positional = expression.args.filter((argument) => argument.label === undefined);
  let failed = false;
  let misnamed = false;
  for (const argument of expression.args) {
    const label = argument.label;
    failed = oddArgument(checker, argument) || failed;
    if (label === undefined) continue;
    const names = fn.params.map((parameter) => parameter.name.text);
    if (!names.includes(label.text)) {
      const suggestion = nearestName(label.text, names);
      checker.report.error('CX3006', label.span, `\`${fn.name.text}\` has no parameter \`${label.text}\``, {
        expected: names.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      misnamed = true;
    } else if (given.has(label.text)) {
      checker.report.error('CX3006', label.span, `\`${label.text}\` is given twice`, {
        related: [{ span: given.get(label.text)?.span ?? label.span, label: 'first here' }],
      });
      misnamed = true;
    }
    given.set(label.text, argument);
  }
  const open = fn.params.filter((parameter) => !given.has(parameter.name.text));
  for (const [position, argument] of positional.entries()) {
    const parameter = open[position];
    if (parameter === undefined) {
      checker.report.error(
        'CX3006',
        argument.span,
        `\`${fn.name.text}\` takes ${fn.params.length} ${fn.params.length === 1 ? 'argument' : 'arguments'}, and this is one more`,
        {
          expected: fn.params.map((each) => each.name.text).join(', '),
        },
      );
      failed = true;
      continue;
    }
    given.set(parameter.name.text, argument);
  }
  const isAxis = (parameter: FnStatement['params'][number]) => parameter.type?.name?.text === 'axis';
  const seen = new Map<string, Axis>();
  for (const parameter of fn.params) {
    const argument = given.get(parameter.name.text);
    if (argument === undefined && parameter.fallback === undefined) {
      // a misspelt label is the likelier fault
      if (!misnamed)
        checker.report.error('CX3006', expression.span, `\`${fn.name.text}\` needs \`${parameter.name.text}\``, {
          related: [{ span: parameter.span, label: 'declared here without a default' }],
        });
      failed = true;
    } else if (argument !== undefined && !isAxis(parameter)) {
      const value = checker.expression(argument.value, scope);
      if (value === undefined) failed = true;
      else inner.bind(parameter.name.text, value);
      if (value?.kind === 'tensor') for (const axis of value.typed.type.axes) seen.set(axis.id, axis);
    }
  }
  for (const parameter of fn.params.filter(isAxis)) {
    const argument = given.get(parameter.name.text);
    const source = argument?.value ?? parameter.fallback;
    if (source === undefined) continue;
    const axis = checker.axisOf(source, argument === undefined ? inner : scope, [...seen.values()]);
    if (axis === undefined) failed = true;
    else inner.bindAxis(parameter.name.text, axis);
  }
  for (const parameter of fn.params) {
    if (given.has(parameter.name.text) || parameter.fallback === undefined || isAxis(parameter)) continue;
    const value = checker.expression(parameter.fallback, inner);
    if (value === undefined) failed = true;
    else inner.bind(parameter.name.text, value);
  }
  if (failed || misnamed) return undefined;
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
  if (result?.kind !== 'tensor') return result;
  const typed = promoteAxes(checker, result.typed, inner, scope, expression.span);
  return typed === undefined ? undefined : { kind: 'tensor', typed };
}

function promoteAxes(checker: Checker, typed: Typed, inner: Scope, outer: Scope, span: Span): Typed | undefined {
  const born = typed.type.axes.filter((axis) => axis.id.startsWith(inner.prefix));
  if (born.length === 0) return typed;
  const pairs: { from: Axis; to: Axis }[] = [];
  for (const axis of born) {
    const to = checker.bornAxis({ kind: 'name', text: axis.name, span }, axis, outer);
    if (to === undefined) return undefined;
    pairs.push({ from: axis, to });
  }
  return rename(typed, pairs, span);
}
