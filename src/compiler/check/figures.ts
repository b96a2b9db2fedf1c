import { nearestName } from '../common/suggest.ts';
import type { FigureSpec } from '../program/program.ts';
import type { Expression, Statement } from '../syntax/ast.ts';
import type { CheckedStage } from './checked.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';
import { printFormula } from './print-formula.ts';
import { measuredBy } from './study.ts';

/** What each picture takes: how many values at least and at most, and which options. */
const kinds = {
  curve: { values: [1, 8], options: ['by', 'every'] },
  scatter: { values: [2, 2], options: ['by', 'colour', 'label'] },
  samples: { values: [1, 8], options: ['count', 'by'] },
  heatmap: { values: [1, 2], options: ['over', 'by', 'count'] },
  table: { values: [1, 8], options: ['over', 'by'] },
  strokes: { values: [1, 1], options: ['pen', 'every'] },
} as const;

/** Pictures for the report: the kind, the values that it shows and their options are checked; a curve is drawn of metrics and losses. */
export function checkFigures(
  checker: Checker,
  statements: readonly Statement[],
  stages: readonly CheckedStage[],
): readonly FigureSpec[] {
  return statements.flatMap((statement): FigureSpec[] => {
    if (statement.kind !== 'figure') return [];
    const { value, name } = statement;
    const word = value.kind === 'call' && value.callee.kind === 'reference' ? value.callee.name : '';
    const names = Object.keys(kinds) as (keyof typeof kinds)[];
    const kind = names.find((each) => each === word);
    if (value.kind !== 'call' || kind === undefined) {
      const suggestion = nearestName(word, names);
      checker.report.error('CX2012', value.span, 'there is no such figure', {
        expected: names.map((each) => `\`${each}(…)\``).join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      return [];
    }
    const positional = value.args.filter((argument) => argument.label === undefined);
    const [least, most] = kinds[kind].values;
    if (positional.length < least || positional.length > most) {
      checker.report.error('CX3006', value.span, `\`${kind}\` shows ${least === most ? least : `${least} to ${most}`} ${most === 1 ? 'value' : 'values'}, and ${positional.length} are given`); // prettier-ignore
      return [];
    }
    const legal: readonly string[] = kinds[kind].options;
    for (const { label } of value.args) {
      if (label === undefined || legal.includes(label.text)) continue;
      const suggestion = nearestName(label.text, legal);
      checker.report.error('CX2010', label.span, `\`${kind}\` has no option \`${label.text}\``, {
        expected: legal.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
    const shown = positional.map((argument) => shownValue(checker, argument.value, stages));
    if (shown.includes(undefined)) return [];
    const options = value.args.flatMap((argument) =>
      argument.label === undefined ? [] : [[argument.label.text, printFormula(argument.value)] as const],
    );
    const series = shown.flatMap((each) => each ?? []);
    return [{ name: name.text, kind, options: { values: series, ...Object.fromEntries(options) } }];
  });
}

/** A metric by its name, else any value of the file. */
function shownValue(
  checker: Checker,
  expression: Expression,
  stages: readonly CheckedStage[],
): readonly string[] | undefined {
  const inner = expression.kind === 'on-data' ? expression.value : expression;
  const name = dottedName(inner);
  const data = expression.kind === 'on-data' ? expression.data.text : undefined;
  const found = name === undefined ? undefined : measuredBy(stages, name, data);
  if (found !== undefined) return [`${found.evaluation.name}.${found.metric}`];
  const loss = stages.some((stage) => stage.training.terms.some((term) => term.name === name));
  if (loss && name !== undefined) return [name];
  const value = checker.expression(expression, checker.fileScope(checker.root));
  return value === undefined ? undefined : [printFormula(expression)];
}
