import { invariant } from '../../compiler/common/invariant.ts';
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import type { ColumnOf, DecodingContext, Draw } from './decoding.ts';
import { sampleName } from './raw-sample.ts';
import { unmapped, type Row } from './rows.ts';
import { isCutSaid, textsOf } from './texts-of.ts';
import type { EncodedTexts, Tokenizer } from './tokenizer.ts';

/** Parts `ids` i32 [batch, context] and `length` i32 [batch]; nothing where no tower reads the texts. Throws CX8107, CX8111. */
export function decodeTexts(
  column: ColumnOf<'text'>,
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Record<string, TensorValue> {
  // no tower reads it: whether it is there is all that is asked
  if (column.tokenizer === '') return {};
  const tokenizer = context.tokenizer(column.tokenizer);
  const ids = new Int32Array(rows.length * tokenizer.context);
  const length = new Int32Array(rows.length);
  rows.forEach((row, position) => {
    const encoded = encodedText(column, row, at[position] ?? 0, draw, tokenizer, context);
    ids.set(encoded.ids, position * tokenizer.context);
    length[position] = encoded.length[0] ?? 0;
  });
  return {
    [columnKey(column.name, 'ids')]: { dtype: 'i32', shape: [rows.length, tokenizer.context], data: ids },
    [columnKey(column.name, 'length')]: { dtype: 'i32', shape: [rows.length], data: length },
  };
}

interface TextVariants {
  readonly texts: readonly string[];
  readonly encoded: (EncodedTexts | undefined)[];
}

/** The ids of a row's text; each of its variants is encoded when it is first drawn, and once. */
function encodedText(
  column: ColumnOf<'text'>,
  row: Row,
  at: number,
  draw: Draw,
  tokenizer: Tokenizer,
  context: DecodingContext,
): EncodedTexts {
  const source = row.columns[column.name];
  if (source === undefined) throw unmapped(column.name, Object.keys(row.columns));
  const key = `${JSON.stringify(source)}|${column.tokenizer}|${column.most ?? tokenizer.context}`;
  const slots = row.source.decoded<TextVariants>(key);
  // an entry of a list is another text of the same sample
  const isGiven = row.given !== undefined && Object.hasOwn(row.given, column.name);
  let variants = isGiven ? undefined : slots[row.ordinal];
  if (variants === undefined) {
    variants = { texts: textsOf(column.name, row), encoded: [] };
    if (!isGiven) slots[row.ordinal] = variants;
  }
  const { texts, encoded } = variants;
  const chosen = draw.epoch === undefined ? 0 : draw.random.integer(texts.length, draw.epoch * draw.count + at);
  const known = encoded[chosen];
  if (known !== undefined) return known;
  const text = texts[chosen];
  invariant(text !== undefined, 'a text column has at least one text');
  const result = tokenizer.encode([text], [], column.most);
  if (result.truncated[0] === true && !isCutSaid(column)) context.tooLong(column.name, sampleName(row.sample), text, tokenizer.context); // prettier-ignore
  encoded[chosen] = result;
  return result;
}
