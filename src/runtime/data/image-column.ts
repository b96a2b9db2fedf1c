import type { ColumnOf } from './decoding.ts';
import { decodeImage } from './image/decode.ts';
import { decodedMedium } from './media.ts';
import type { Row } from './rows.ts';

/** The picture of a row at the column's size, decoded once. Throws CX8103 and names the sample. */
export const decodedImage = (column: ColumnOf<'image'>, row: Row): Promise<Uint8Array> =>
  decodedMedium(column, row, `${column.height}x${column.width}|${column.fit}|${column.preprocess ?? ''}`, 'image', (bytes) => decodeImage(bytes, column)); // prettier-ignore
