import type { Column } from '../../compiler/program/column.ts';
import {
  columnsOfTemplate, readableText, renderTemplate, vocabulariesOfTemplate, type TextTemplate,
} from '../../compiler/program/text-template.ts'; // prettier-ignore
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import type { ColumnOf, DecodingContext, Draw } from './decoding.ts';
import { scalarOf } from './number-columns.ts';
import { sampleName } from './raw-sample.ts';
import type { VocabularyContent } from './read-vocabulary.ts';
import { rowValue, wordOf, type Row } from './rows.ts';
import { textsOf } from './texts-of.ts';
import { textOf } from './views/decode-view.ts';
import { labelWords, placeOfRow } from './word-columns.ts';

/** Texts put together of other columns of a row: a text for each template and combination of entries. */
export async function decodeTemplates(
  column: ColumnOf<'text'> & { readonly template: TextTemplate },
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  const { template } = column;
  const tokenizer = context.tokenizer(column.tokenizer);
  const read = columnsOfTemplate(template).map((name) => context.column(name));
  const names = new Set([...template.over, ...vocabulariesOfTemplate(template), ...read.flatMap((one) => ('vocabulary' in one ? [one.vocabulary] : []))]); // prettier-ignore
  const vocabularies = new Map<string, VocabularyContent>();
  for (const name of names) vocabularies.set(name, await context.vocabularyContent(name));
  const entriesOf = (name: string): readonly string[] => vocabularies.get(name)?.entries ?? [];
  const counts = template.over.map((name) => entriesOf(name).length);
  const texts = rows.flatMap((row, position) => {
    const environment = {
      column: (name: string) => plainValue(context.column(name), row, at[position] ?? 0, draw, entriesOf, context),
      labels: (name: string, vocabulary: string) => labelWords(context.column(name), row, entriesOf(vocabulary)),
      words: (vocabulary: string, further: string | undefined, entry: number) =>
        (further === undefined ? entriesOf(vocabulary) : vocabularies.get(vocabulary)?.columns[further])?.[entry] ?? '',
    };
    return renderTemplate(template, counts, environment);
  });
  const each = texts.length / Math.max(rows.length, 1);
  const { ids, length, starts, truncated } = tokenizer.encode(texts, template.vectors);
  const cut = truncated.indexOf(true);
  const culprit = cut < 0 ? undefined : rows[Math.floor(cut / each)];
  if (culprit !== undefined) context.tooLong(column.name, sampleName(culprit.sample), readableText(texts[cut] ?? ''), tokenizer.context); // prettier-ignore
  // a list of templates is an axis, a single one is none
  const shape = [rows.length, ...(template.listed ? [template.templates.length] : []), ...counts];
  return {
    [columnKey(column.name, 'ids')]: { dtype: 'i32', shape: [...shape, tokenizer.context], data: ids },
    [columnKey(column.name, 'length')]: { dtype: 'i32', shape, data: length },
    [columnKey(column.name, 'starts')]: { dtype: 'i32', shape: [...shape, template.vectors.length], data: starts },
  };
}

/** The number or text that a slot writes of a row. */
function plainValue(
  column: Column,
  row: Row,
  at: number,
  draw: Draw,
  entriesOf: (vocabulary: string) => readonly string[],
  context: DecodingContext,
): number | string {
  switch (column.kind) {
    case 'scalar':
      return scalarOf(column, row);
    case 'class':
      return placeOfRow(column, row, entriesOf(column.vocabulary));
    case 'text': {
      // the words of a view are those that a tower which reads the view is given
      if (column.view !== undefined) return textOf(column, { row, at, place: 0 }, { draw, context });
      const texts = textsOf(column.name, row);
      return (
        texts[draw.epoch === undefined ? 0 : draw.random.integer(texts.length, draw.epoch * draw.count + at)] ?? ''
      );
    }
    default:
      return wordOf(rowValue(row, column.name));
  }
}
