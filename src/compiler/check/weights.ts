import type { WeightStatement } from '../syntax/ast.ts';
import { constantOf, node } from './build.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';
import type { Value } from './value.ts';

/** A coefficient: a number in formulas, or a schedule that is fed at every step. */
export function weightValue(checker: Checker, statement: WeightStatement, scope: Scope): Value | undefined {
  const name = statement.name.text;
  const expression = statement.value;
  if (expression.kind === 'call' && expression.callee.kind === 'reference' && expression.callee.name === 'ramp') {
    const [range] = expression.args;
    const odd = expression.args.find((argument, position) => position > 0 && argument.label?.text !== 'over');
    if (odd !== undefined)
      return checker.report.error('CX2010', odd.label?.span ?? odd.span, 'a ramp has no such option', {
        expected: 'over',
        help: '`ramp(0 -> 1, over: 5 epochs)`',
      });
    const over = expression.args.find((argument) => argument.label?.text === 'over')?.value;
    const bounds = [range?.value, range?.arrows[0]].map((bound) => {
      const typed = bound === undefined ? undefined : checker.tensor(bound, scope);
      return typed === undefined ? undefined : constantOf(typed);
    });
    const unit = over?.kind === 'quantity' ? over.unit?.text.replace(/s$/, '') : undefined;
    if (
      bounds[0] === undefined ||
      bounds[1] === undefined ||
      over?.kind !== 'quantity' ||
      (unit !== 'epoch' && unit !== 'step')
    ) {
      return checker.report.error(
        'CX5006',
        expression.span,
        'a ramp goes from one number to another over a number of epochs or steps',
        { help: '`ramp(0 -> 1, over: 5 epochs)`' },
      );
    }
    checker.weights.set(name, {
      name,
      span: statement.span,
      ramp: { from: bounds[0], to: bounds[1], value: over.value, unit },
    });
  } else {
    const typed = checker.tensor(expression, scope);
    const constant = typed === undefined ? undefined : constantOf(typed);
    if (typed === undefined) return undefined;
    if (constant === undefined)
      return checker.report.error(
        'CX3011',
        expression.span,
        `the weight \`${name}\` is a number known while compiling, or a \`ramp(…)\``,
      );
    checker.weights.set(name, { name, span: statement.span, constant });
  }
  const { constant, ramp } = checker.weights.get(name) ?? {};
  // in a formula a constant weight is its number; only a scheduled one is fed at every step
  const type = { element: 'f32', axes: [] } as const;
  const typed =
    constant === undefined
      ? node('weight', [], { name, ...(ramp && { ramp: { kind: 'ramp', name, from: ramp.from, to: ramp.to, over: { value: ramp.value, unit: ramp.unit } } }) }, type, statement.span) // prettier-ignore
      : node('number', [], { value: constant }, type, statement.span);
  return { kind: 'tensor', typed: { ...typed, label: name } };
}
