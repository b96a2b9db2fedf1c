import { tokenizerOf } from './parts/tokenizer-of.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Column } from '../program/column.ts';
import type { Span } from '../source/span.ts';
import type { CheckedModel } from './checked.ts';
import type { Checker } from './checker.ts';
import { columnsOf } from './data-column-map.ts';
import { dataValuesOf, ownData, reachable, reachableHere, trainingRoots } from './reachability.ts';
import { markedTest } from './selection.ts';
import { startOf } from './start-of.ts';
import type { Typed } from './typed.ts';

/** The law: every column that a function reads, its data set has. */
export function columnsThere(checked: CheckedModel, incomplete: ReadonlySet<string>, report: Reporter): void {
  const specs = new Map(checked.data.map((spec) => [spec.name, spec]));
  const optional = new Set(checked.columns.flatMap((column) => (column.optional === true ? [column.name] : [])));
  const missing = (roots: readonly Typed[], data: string | undefined, statement: Span, word: string): void => {
    if (data !== undefined && incomplete.has(data)) return;
    const span = word === '' ? statement : startOf(statement, word);
    const present = data === undefined ? new Set<string>() : columnsOf(data, specs);
    for (const typed of reachableHere(roots)) {
      const own = ownData(typed);
      if (own !== undefined) missing(typed.args, own, typed.span, '');
      if (typed.op !== 'column' || typed.args.length > 0 || present.has(typed.attributes.column)) continue;
      const { column } = typed.attributes;
      // what may be absent from a sample may be absent from all of a set
      if (data !== undefined && optional.has(column)) continue;
      report.error(
        'CX5011',
        span,
        data === undefined
          ? `\`${column}\` is read, and there are no data`
          : `\`${data}\` has no column \`${column}\`, which is read here`,
        {
          related: [{ span: typed.span, label: `the input \`${column}\`` }],
          ...(data === undefined
            ? { help: 'write `train on …`' }
            : { found: [...present].join(', '), help: `add it to the column map: \`${column}: "…"\`` }),
        },
      );
    }
  };
  const { training } = checked;
  const searched = training.search === undefined ? [] : [training.search.metric.typed];
  missing([...training.terms.map((term) => term.typed), ...searched], training.data, training.span, 'train');
  for (const whole of dataValuesOf(trainingRoots(checked))) {
    const { data } = whole.attributes;
    const spec = specs.get(data);
    const tested = spec === undefined ? undefined : markedTest(spec, specs);
    if (tested === undefined) continue;
    report.error('CX5004', whole.span, `\`${data}\` ${tested === data ? 'is' : 'holds data that are'} marked test, and training reads it`, {
      help: 'test data are evaluated once, at the end',
    });
  } // prettier-ignore
  for (const evaluation of checked.evaluations)
    missing(
      evaluation.metrics.map((metric) => metric.typed),
      evaluation.data,
      evaluation.span,
      'evaluate',
    );
}

/** A text column as another tower than the first takes it. */
export const columnFor = (column: string, tokenizer: string): string => `${column} for ${tokenizer}`;

/** The column that formulas read where this one is `columnFor` it. */
export const readColumn = (column: string): string => column.split(' for ')[0] ?? column;

/** Tokenizers of the towers that read a text column, by column. */
export type TextReaders = ReadonlyMap<string, readonly string[]>;

/** Those of one stage. A column is cut for the towers of all stages alike: data are the same in each. */
export function textReaders(roots: readonly Typed[], checker: Checker): TextReaders {
  const readers = new Map<string, string[]>();
  for (const typed of reachable(roots)) {
    const [argument] = typed.args;
    // the texts of a prompt that depends on the sample are a column of its own
    const text = argument?.op === 'prompt' ? argument.args[0] : argument;
    if (typed.op !== 'call' || text?.op !== 'column' || text.type.element !== 'text') continue;
    const tokenizer = tokenizerOf([...checker.instances.values()], typed.attributes.owner);
    const { column } = text.attributes;
    const known = readers.get(column) ?? [];
    readers.set(column, known.includes(tokenizer) ? known : [...known, tokenizer]);
  }
  return readers;
}

/** A text column is tokenised for the tower that reads it; for a further one it is a view of itself. */
export function withTokenizers(columns: readonly Column[], stages: readonly TextReaders[]): Column[] {
  return columns.flatMap((column): Column[] => {
    if (column.kind !== 'text') return [column];
    const readers = new Set(stages.flatMap((each) => each.get(column.name) ?? []));
    const [first, ...others] = [...readers].sort();
    if (first === undefined) return [column];
    const cut = others.map((tokenizer): Column => {
      const name = columnFor(column.name, tokenizer);
      return column.template === undefined
        ? { ...column, name, tokenizer, view: { of: column.name, stream: `cut:${name}`, steps: [] } }
        : { ...column, name, tokenizer };
    });
    return [{ ...column, tokenizer: first }, ...cut];
  });
}
