import type { Column } from '../../compiler/program/column.ts';
import { earsOf } from './audio-column.ts';
import { filmOf } from './film-column.ts';
import { decodedImage } from './image-column.ts';
import { planeOf } from './plane-columns.ts';
import { cloudOf } from './points-column.ts';
import type { Row } from './rows.ts';

/** Decodes what a column of files holds of one sample, once; the others have nothing to decode. Throws CX8101, CX8103, CX8107. */
export async function decodeAhead(column: Column, row: Row): Promise<void> {
  switch (column.kind) {
    case 'image':
      await decodedImage(column, row);
      break;
    case 'frames':
      await filmOf(column, row);
      break;
    case 'map':
    case 'mask':
      await planeOf(column, row);
      break;
    case 'points':
      await cloudOf(column, row);
      break;
    case 'audio':
      await earsOf(column, row);
      break;
    default:
  }
}
