import type { WeightSpec } from '../program/schedule.ts';
import type { Expression, MinimizeStatement } from '../syntax/ast.ts';
import { constantOf } from './build.ts';
import type { CheckedTerm } from './checked.ts';
import type { Checker, WeightEntry } from './checker.ts';
import { namedValue } from './named-value.ts';
import { printFormula } from './print-formula.ts';

// ── the objective ────────────────────────────────────────────────────

/** A loss or a constant times a factor; the factor may hold one scheduled weight. */
interface Share {
  readonly loss: string | undefined;
  readonly factor: number;
  readonly weight?: WeightEntry;
  readonly constantWeight?: string;
}

/** The terms of `minimize` with their weights; undefined where the sum is none. */
export function checkTerms(checker: Checker, statement: MinimizeStatement): CheckedTerm[] | undefined {
  const shares = linear(checker, statement.value);
  if (shares === undefined) return undefined;
  const stray = shares.find((share) => share.loss === undefined);
  if (stray !== undefined)
    return checker.report.error('CX5010', statement.value.span, 'a number is added that no loss multiplies', {
      expected: 'losses, each times a weight',
      help: 'a constant changes nothing about the optimum: leave it out',
    });
  const terms = new Map<string, CheckedTerm>();
  for (const share of shares) {
    const name = share.loss ?? '';
    const declaration = checker.root.declarations.find(name, 'value');
    const value = declaration === undefined ? undefined : checker.declared(declaration, checker.root, statement.span);
    if (value?.kind !== 'tensor' || declaration?.statement.kind !== 'loss') continue; // its fault was told
    checker.read.add(name);
    const existing = terms.get(name);
    const earlier = existing?.weight.kind === 'constant' ? existing.weight.value : 0;
    if (existing !== undefined && (share.weight !== undefined || existing.weight.kind !== 'constant')) {
      return checker.notImplemented(statement.span, `a loss that is weighted twice (\`${name}\`)`);
    }
    const weight: WeightSpec = share.weight?.ramp === undefined
      ? { kind: 'constant', value: share.factor + earlier, ...(share.constantWeight === undefined ? {} : { name: share.constantWeight }) }
      : ramped({ kind: 'ramp', name: share.weight.name, from: share.weight.ramp.from * share.factor, to: share.weight.ramp.to * share.factor, over: { value: share.weight.ramp.value, unit: share.weight.ramp.unit } }, share.factor, [...terms.values()]); // prettier-ignore
    terms.set(name, {
      name,
      typed: value.typed,
      formula: printFormula(declaration.statement.value),
      weight,
      span: declaration.statement.span,
    });
  }
  // the language's law: a constant 0 removes its term
  const kept = [...terms.values()].filter((term) => term.weight.kind !== 'constant' || term.weight.value !== 0);
  if (kept.length === 0 && terms.size > 0)
    checker.report.error('CX5010', statement.value.span, 'nothing is minimised: every term has weight 0');
  return kept;
}

type RampSpec = Extract<WeightSpec, { kind: 'ramp' }>;

/** Functions are given weights by name: a ramp times another number than that of an earlier term is another weight. */
function ramped(weight: RampSpec, factor: number, earlier: readonly Pick<CheckedTerm, 'weight'>[]): RampSpec {
  const parts = earlier.some(({ weight: other }) => other.kind === 'ramp' && other.name === weight.name && (other.from !== weight.from || other.to !== weight.to)); // prettier-ignore
  return parts ? { ...weight, name: `${factor} ${weight.name}` } : weight;
}

/** The objective as a sum of losses times numbers; anything else is an error. */
function linear(checker: Checker, expression: Expression): Share[] | undefined {
  const illegal = (): undefined =>
    checker.report.error('CX5010', expression.span, 'an objective is a sum of losses, each times weights and numbers', {
      expected: '`L_g + λ1 * L_d`',
      help: 'put any other formula into a `loss`',
    });
  switch (expression.kind) {
    case 'tuple':
      return expression.items.length === 1 && expression.items[0] !== undefined
        ? linear(checker, expression.items[0])
        : illegal();
    case 'quantity':
      return [{ loss: undefined, factor: expression.value }];
    case 'reference':
      return linearName(checker, expression);
    case 'unary': {
      const operand = expression.operator === '-' ? linear(checker, expression.operand) : illegal();
      return operand?.map((share) => ({ ...share, factor: -share.factor }));
    }
    case 'binary': {
      const left = linear(checker, expression.left);
      const right = linear(checker, expression.right);
      if (left === undefined || right === undefined) return undefined;
      if (expression.operator === '+') return merge([...left, ...right]);
      if (expression.operator === '-')
        return merge([...left, ...right.map((share) => ({ ...share, factor: -share.factor }))]);
      if (expression.operator === '*') return scaled(left, right) ?? scaled(right, left) ?? illegal();
      if (expression.operator === '/') {
        const [divisor, more] = right;
        if (
          divisor === undefined ||
          more !== undefined ||
          divisor.loss !== undefined ||
          divisor.weight !== undefined ||
          divisor.factor === 0
        )
          return illegal();
        return left.map((share) => ({ ...share, factor: share.factor / divisor.factor }));
      }
      return illegal();
    }
    default:
      return illegal();
  }
}

/** Constants add up, so that `1 - α` is one number. */
function merge(shares: readonly Share[]): Share[] {
  const constants = shares.filter((share) => share.loss === undefined && share.weight === undefined);
  const rest = shares.filter((share) => share.loss !== undefined || share.weight !== undefined);
  if (constants.length === 0) return rest;
  return [...rest, { loss: undefined, factor: constants.reduce((sum, share) => sum + share.factor, 0) }];
}

function scaled(factor: readonly Share[], shares: readonly Share[]): Share[] | undefined {
  const [one, more] = factor;
  if (one === undefined || more !== undefined || one.loss !== undefined) return undefined;
  if (one.weight !== undefined && shares.some((share) => share.weight !== undefined)) return undefined;
  return shares.map((share) => ({
    loss: share.loss,
    factor: share.factor * one.factor,
    ...(share.weight === undefined ? {} : { weight: share.weight }),
    ...(share.constantWeight === undefined ? {} : { constantWeight: share.constantWeight }),
    ...(one.weight === undefined ? {} : { weight: one.weight }),
    ...(one.constantWeight === undefined ? {} : { constantWeight: one.constantWeight }),
  }));
}

function linearName(checker: Checker, expression: Extract<Expression, { kind: 'reference' }>): Share[] | undefined {
  const { name, span } = expression;
  const declaration = checker.root.declarations.find(name, 'value');
  if (declaration?.kind === 'loss') return [{ loss: name, factor: 1 }];
  const value = namedValue(checker, name, span, checker.fileScope(checker.root));
  if (value === undefined) return undefined;
  if (declaration?.kind === 'weight') {
    const weight = checker.weights.get(name);
    if (weight === undefined) return undefined;
    return weight.constant === undefined
      ? [{ loss: undefined, factor: 1, weight }]
      : [{ loss: undefined, factor: weight.constant, constantWeight: name }];
  }
  const constant = value.kind === 'tensor' ? constantOf(value.typed) : undefined;
  if (constant !== undefined) return [{ loss: undefined, factor: constant }];
  return checker.report.error('CX5010', span, `\`${name}\` is no loss`, {
    expected: 'a `loss`, a `weight` or a `const`',
    help: `declare it: \`loss ${name} = …\``,
  });
}
