import { tokenizerOf } from './parts/tokenizer-of.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Column } from '../program/program.ts';
import type { Span } from '../source/span.ts';
import type { CheckedModel } from './checked.ts';
import type { Checker } from './checker.ts';
import { columnsOf } from './data.ts';
import { ownData, reachable, reachableHere } from './reachability.ts';
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
  for (const evaluation of checked.evaluations)
    missing(
      evaluation.metrics.map((metric) => metric.typed),
      evaluation.data,
      evaluation.span,
      'evaluate',
    );
}

/** A text column is tokenised for the tower that reads it. */
export function withTokenizers(columns: readonly Column[], roots: readonly Typed[], checker: Checker): Column[] {
  const readers = new Map<string, { readonly tokenizer: string; readonly span: Span }>();
  for (const typed of reachable(roots)) {
    const [argument] = typed.args;
    // the texts of a prompt that depends on the sample are a column of its own
    const text = argument?.op === 'prompt' ? argument.args[0] : argument;
    if (typed.op !== 'call' || text?.op !== 'column' || text.type.element !== 'text') continue;
    const tokenizer = tokenizerOf([...checker.instances.values()], typed.attributes.owner);
    const { column } = text.attributes;
    const earlier = readers.get(column);
    if (earlier !== undefined && earlier.tokenizer !== tokenizer)
      checker.notImplemented(typed.span, `a text column that two towers read (\`${column}\`)`);
    readers.set(column, { tokenizer, span: typed.span });
  }
  return columns.map((column) => {
    const reader = readers.get(column.name);
    return column.kind === 'text' && reader !== undefined ? { ...column, tokenizer: reader.tokenizer } : column;
  });
}
