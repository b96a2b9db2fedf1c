import type { Initialisation } from '../../program/parameter.ts';
import type { Call, Expression } from '../../syntax/ast.ts';
import { starts as catalogueStarts } from '../../types/catalogue/starts.ts';
import type { StartSignature } from '../../types/catalogue/starts/start.ts';
import type { Checker } from '../checker.ts';
import type { Scope } from '../scope.ts';
import { numberOf } from './whole-number.ts';

/** Those of the catalogue that are given numbers. */
const starts: Readonly<Record<string, StartSignature>> = Object.fromEntries(
  Object.entries<StartSignature>(catalogueStarts).filter(([, { numbers }]) => numbers !== undefined),
);

/** Whether an expression names one of the ways in which a tensor starts: `normal(…)`, `zeros`. */
export function isStart(expression: Expression): boolean {
  return startName(expression) !== undefined;
}

function startName(expression: Expression): string | undefined {
  const callee = expression.kind === 'call' ? expression.callee : expression;
  return callee.kind === 'reference' && Object.hasOwn(starts, callee.name) ? callee.name : undefined;
}

/** `normal(0.02)`, `uniform(-1, 1)`, `constant(0.5)`, `zeros`, `ones`, or a number. */
export function startOf(checker: Checker, expression: Expression, scope: Scope): Initialisation | undefined {
  const name = startName(expression);
  if (name === undefined) {
    const typed = checker.tensor(expression, scope);
    const value = typed === undefined ? undefined : numberOf(typed);
    if (typed === undefined) return undefined;
    if (value !== undefined) return { kind: 'constant', value };
    return checker.report.error('CX3011', expression.span, 'a layer starts at random, or as a number', {
      expected: Object.values(starts).map((each) => each.example).join(', '),
    }); // prettier-ignore
  }
  const args = expression.kind === 'call' ? expression.args : [];
  const numbers = startNumbers(checker, name, { args, span: expression.span }, scope);
  if (numbers === undefined) return undefined;
  const [first = 0, second = 0] = numbers;
  switch (name) {
    case 'normal':
      return { kind: 'normal', mean: 0, deviation: first };
    case 'uniform':
      return { kind: 'uniform', low: first, high: second };
    default:
      return { kind: 'constant', value: name === 'ones' ? 1 : first };
  }
}

function startNumbers(
  checker: Checker,
  name: string,
  { args, span }: Pick<Call, 'args' | 'span'>,
  scope: Scope,
): readonly number[] | undefined {
  const expected = `\`${starts[name]?.example ?? ''}\``;
  const odd = args.find((argument) => argument.label !== undefined || argument.arrows.length > 0);
  if (odd !== undefined)
    return checker.report.error('CX2010', odd.label?.span ?? odd.span, `\`${name}\` has no options`, { expected });
  const typed = args.map((argument) => checker.tensor(argument.value, scope));
  if (typed.some((each) => each === undefined)) return undefined;
  const numbers = typed.map((each) => (each === undefined ? undefined : numberOf(each)));
  if (starts[name]?.numbers === numbers.length && numbers.every((number) => number !== undefined))
    return numbers.filter((number) => number !== undefined);
  return checker.report.error('CX3006', span, `\`${name}\` is given its numbers wrongly`, { expected });
}
