/** What is made of the experiment: seeds, rows, sweeps. */
import { nearestName } from '../common/suggest.ts';
import { checkRowItems, sweepName, sweptFields, valueText, variantsOf } from '../resolve/rows.ts';
import type { DatasetSpec } from '../program/dataset.ts';
import type { Expression, SeedsStatement, Statement, SweepStatement } from '../syntax/ast.ts';
import { constantOf } from './build.ts';
import type { CheckedEvaluation, CheckedRow, CheckedStage, CheckedSweep } from './checked.ts';
import type { Checker } from './checker.ts';
import { choiceOf, markedTest } from './selection.ts';

/** `seeds 1..3`; 1 where the file names none. */
export function seedsOf(checker: Checker, statements: readonly Statement[]): readonly number[] {
  const statement = statements.find((each): each is SeedsStatement => each.kind === 'seeds');
  if (statement === undefined) return [1];
  const whole = (expression: Expression | undefined): number | undefined => {
    const typed = expression === undefined ? undefined : checker.tensor(expression, checker.fileScope(checker.root));
    const value = typed === undefined ? undefined : constantOf(typed);
    return value !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined;
  };
  const { value } = statement;
  if (value.kind === 'range') {
    const [from, to] = [whole(value.from), whole(value.to)];
    if (from !== undefined && to !== undefined && from <= to && to - from < 1000)
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  } else if (value.kind === 'list') {
    const seeds = value.items.map((item) => whole(item.value));
    if (seeds.length > 0 && seeds.every((seed) => seed !== undefined))
      return seeds.filter((seed) => seed !== undefined);
  } else {
    const seed = whole(value);
    if (seed !== undefined) return [seed];
  }
  checker.report.error('CX5006', value.span, 'seeds are whole numbers', {
    expected: '`seeds 1..3` or `seeds [1, 5, 9]`',
  });
  return [1];
}

/** Every row and point, each once. Reports two of one label, `full`, and what does not belong in a row. */
export function checkVariants(checker: Checker, statements: readonly Statement[]): readonly CheckedRow[] {
  const seen = new Map<string, CheckedRow>();
  const rows: CheckedRow[] = [];
  for (const { label, of, span } of variantsOf(statements)) {
    const row: CheckedRow = { label, ablation: of, span };
    if (label === 'full')
      checker.report.error('CX2002', span, '`full` is reserved for the experiment as it stands', {
        help: 'give the row another label',
      });
    else if (seen.has(label)) checker.report.error('CX2002', span, `the row "${label}" is there twice`);
    else rows.push(row);
    seen.set(label, row);
  }
  checkRowItems(statements, checker.report);
  return rows;
}

/** The sweeps with the points they make. `stages` is where the metric of `keep` is measured. */
export function checkSweeps(
  checker: Checker,
  statements: readonly Statement[],
  stages: readonly CheckedStage[],
  data: readonly DatasetSpec[],
): readonly CheckedSweep[] {
  return statements.flatMap((statement): CheckedSweep[] => {
    if (statement.kind !== 'sweep') return [];
    const fields = sweptFields(statement);
    for (const { path, field, values } of fields) {
      if (path === '')
        checker.report.error('CX6005', field.key.span, 'a sweep sets what a path names', { expected: '`λ: [0, 0.5, 1]`, `train.batch: [32, 64]`' }); // prettier-ignore
      else if (values === undefined || values.length === 0)
        checker.report.error('CX6005', field.value.span, `the values of \`${path}\` are a list`, {
          expected: `\`${path}: [0, 0.5, 1]\``,
        });
    }
    if (fields.length === 0) checker.report.error('CX6005', statement.span, 'the sweep sets nothing', { expected: '`sweep { λ: [0, 0.5, 1] }`' }); // prettier-ignore
    const points = variantsOf([statement]).map((each) => each.label);
    if (points.length === 0 && fields.length > 0 && fields.every((each) => (each.values?.length ?? 0) > 0))
      checker.report.error('CX6005', statement.span, 'the sweep has more points than anybody will run', { help: 'split it, or list fewer values' }); // prettier-ignore
    const keep = keepOf(checker, statement, stages, data);
    return [{
      name: sweepName(statement), points, span: statement.span,
      fields: fields.map(({ path, values = [] }) => ({ path, values: values.map(valueText) })),
      ...(keep === undefined ? {} : { keep }),
    }]; // prettier-ignore
  });
}

/** The law: a point is not chosen by test data. */
function keepOf(
  checker: Checker,
  { keep }: SweepStatement,
  stages: readonly CheckedStage[],
  data: readonly DatasetSpec[],
): CheckedSweep['keep'] {
  const choice = keep === undefined ? undefined : choiceOf(checker, keep);
  if (keep === undefined || choice === undefined) return undefined;
  const found = measuredBy(stages, choice.metric, choice.data?.text);
  if (found === undefined) {
    if (checker.holes) return undefined;
    const known = stages.flatMap((stage) => stage.evaluations.flatMap((each) => each.metrics.flatMap((metric) => [metric.name, `${each.name}.${metric.name}`]))); // prettier-ignore
    const suggestion = nearestName(choice.metric, known);
    return checker.report.error('CX2001', keep.span, `no evaluation measures \`${choice.metric}\`${choice.data === undefined ? '' : ` on \`${choice.data.text}\``}`, {
      ...(known.length === 0 ? {} : { expected: [...new Set(known)].slice(0, 12).join(', ') }),
      ...(suggestion === undefined ? {} : { suggestion }),
    }); // prettier-ignore
  }
  const known = new Map(data.map((spec) => [spec.name, spec]));
  const spec = known.get(found.evaluation.data);
  if (spec !== undefined && markedTest(spec, known) !== undefined) {
    return checker.report.error('CX5004', keep.span, `\`${choice.metric}\` is measured on \`${spec.name}\`, which is marked test, and this chooses by it`, {
      help: 'choose by a part of the training data: `keep max(accuracy on val)`',
    }); // prettier-ignore
  }
  const { stage, evaluation, metric } = found;
  return { stage, evaluation: evaluation.name, data: evaluation.data, metric, direction: choice.direction };
}

/** The evaluation that a metric's name means: `m`, `evaluation.m`, `stage.evaluation.m`; the last stage that measures it. */
export function measuredBy(
  stages: readonly CheckedStage[],
  metric: string,
  data: string | undefined,
): { readonly stage: string; readonly evaluation: CheckedEvaluation; readonly metric: string } | undefined {
  for (const stage of [...stages].reverse()) {
    for (const evaluation of stage.evaluations) {
      if (data !== undefined && evaluation.data !== data && evaluation.name !== data) continue;
      const found = evaluation.metrics.find(({ name }) =>
        [name, `${evaluation.name}.${name}`, `${stage.name}.${name}`, `${stage.name}.${evaluation.name}.${name}`].includes(metric)); // prettier-ignore
      if (found !== undefined) return { stage: stage.name, evaluation, metric: found.name };
    }
  }
  return undefined;
}
