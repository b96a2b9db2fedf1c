import { nearestName } from '../common/suggest.ts';
import type { Expression, ExpectStatement } from '../syntax/ast.ts';
import type { CheckedEvaluation } from './checked.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';

interface Known {
  /** `error`, and `dg.error` of a named evaluation. */
  readonly metrics: readonly string[];
  readonly rows: readonly string[];
}

/** A claim names metrics that are measured and rows that are there; it is judged once the study has run. */
export function checkExpectations(checker: Checker, evaluations: readonly CheckedEvaluation[]): void {
  const { statements } = checker.root.file;
  const rows = statements.flatMap((statement) => (statement.kind === 'ablate' ? statement.rows : []));
  const known: Known = {
    metrics: evaluations.flatMap(({ name, metrics }) => metrics.flatMap((metric) => [metric.name, `${name}.${metric.name}`])),
    rows: ['full', ...rows.map((row) => row.label.value)],
  }; // prettier-ignore
  for (const statement of statements) if (statement.kind === 'expect') checkClaim(checker, statement, known);
}

function checkClaim(checker: Checker, statement: ExpectStatement, known: Known): void {
  const { value } = statement;
  const compares = value.kind === 'comparison' || (value.kind === 'binary' && comparing.has(value.operator));
  if (!compares) {
    checker.report.error('CX5012', value.span, 'a claim compares metrics', {
      expected: '`error < error of "L_g only"`, `a ~ b`, `a < b < c`',
    });
  }
  operand(checker, value, known);
}

const comparing: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', '~']);

function operand(checker: Checker, expression: Expression, known: Known): void {
  switch (expression.kind) {
    case 'comparison':
      for (const part of [expression.first, ...expression.rest.map((each) => each.operand)]) operand(checker, part, known); // prettier-ignore
      return;
    case 'binary':
      operand(checker, expression.left, known);
      operand(checker, expression.right, known);
      return;
    case 'unary':
      return operand(checker, expression.operand, known);
    case 'in-unit':
      return operand(checker, expression.value, known);
    case 'tuple':
      for (const item of expression.items) operand(checker, item, known);
      return;
    case 'quantity':
      return;
    case 'of-row': {
      operand(checker, expression.value, known);
      const label = expression.row.kind === 'string' ? expression.row.value : expression.row.name;
      if (known.rows.includes(label)) return;
      const suggestion = nearestName(label, known.rows);
      checker.report.error('CX2001', expression.row.span, `there is no row "${label}"`, {
        expected: known.rows.map((row) => `"${row}"`).join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      return;
    }
    case 'at-point':
      checker.notImplemented(expression.span, '`at` in a claim');
      return;
    default: {
      const name = dottedName(expression);
      if (name === undefined) {
        checker.report.error('CX5012', expression.span, 'a claim compares metrics, and this is none');
        return;
      }
      if (known.metrics.includes(name)) return;
      const suggestion = nearestName(name, known.metrics);
      checker.report.error('CX2001', expression.span, `no evaluation measures \`${name}\``, {
        ...(known.metrics.length === 0 ? {} : { expected: [...new Set(known.metrics)].join(', ') }),
        ...(suggestion === undefined ? { help: 'write `metric name = …` in an `evaluate` block' } : { suggestion }),
      });
    }
  }
}
