import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import type { ColumnOf } from './decoding.ts';
import { decodeImage } from './image/decode.ts';
import { decodedMedium } from './media.ts';
import type { Row } from './rows.ts';

/** The picture of a row at the column's size, decoded once. Throws CX8103 and names the sample. */
export const decodedImage = (column: ColumnOf<'image'>, row: Row): Promise<Uint8Array> =>
  decodedMedium(column, row, `${column.height}x${column.width}|${column.fit}|${column.preprocess ?? ''}|${column.crop ?? 1}|${column.interpolation ?? ''}`, 'image', (bytes) => decodeImage(bytes, column)); // prettier-ignore

/** u8 [batch, height, width, 3]. Throws CX8103. */
export async function decodeImages(
  column: ColumnOf<'image'>,
  rows: readonly Row[],
): Promise<Record<string, TensorValue>> {
  const { height, width } = column;
  const size = height * width * 3;
  const data = new Uint8Array(rows.length * size);
  const decoded = await Promise.all(rows.map((row) => decodedImage(column, row)));
  decoded.forEach((pixels, row) => data.set(pixels, row * size));
  return { [columnKey(column.name, 'value')]: { dtype: 'u8', shape: [rows.length, height, width, 3], data } };
}
