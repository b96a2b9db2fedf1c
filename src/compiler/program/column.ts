/** What graphs read of a sample. */
import type { Interpolation, Preprocessing } from '../types/model-config.ts';
import type { TextTemplate } from './text-template.ts';
import type { TextCut } from './tokenizer.ts';
import type { View } from './view.ts';

/** One column of a sample as the graph takes it: uint8 pixels, token ids, numbers. Batch is the first dimension. */
export type Column = ColumnContent & ColumnForm;

/** What one sample holds. */
export type ColumnContent =
  /** `preprocess`, `crop`, `interpolation`: as the encoders that read it ask; where absent `white`, 1 and `bicubic`. */
  | { readonly kind: 'image'; readonly name: string; readonly height: number; readonly width: number; readonly fit: Fit; readonly preprocess?: Exclude<Preprocessing, 'white'>; readonly crop?: number; readonly interpolation?: Exclude<Interpolation, 'bicubic'> }
  /** u8 [batch, frames, height, width, 3]; part `mask` bool [batch, frames]: a shorter film leaves the last ones out. */
  | { readonly kind: 'frames'; readonly name: string; readonly frames: number; readonly height: number; readonly width: number; readonly fit: Fit; readonly pick: 'uniform' | 'head' | 'segments' | 'all' }
  /** f32 −1..1 [batch, (ear,) time]; part `mask` bool [batch, time]. `rate` in Hz. */
  | { readonly kind: 'audio'; readonly name: string; readonly rate: number; readonly samples: number; readonly ears: 1 | 2 }
  /** f32 [batch, points, 3]; part `mask` bool [batch, points]. */
  | { readonly kind: 'points'; readonly name: string; readonly points: number }
  /** f32 [batch, height, width], the stored number times `scale`. */
  | { readonly kind: 'map'; readonly name: string; readonly height: number; readonly width: number; readonly fit: Fit; readonly scale: number }
  /** i32 [batch, height, width], indices into the vocabulary; part `mask` bool of the same shape: what is no index is unknown. */
  | { readonly kind: 'mask'; readonly name: string; readonly height: number; readonly width: number; readonly fit: Fit; readonly vocabulary: string }
  /** Parts `ids` i32 [batch, …, context] and `length` i32 [batch, …], the index of the end token; with a template, texts put together of other columns. `most`: longer texts are cut to so many tokens; `cut`: its tokenizer is one of the file's own. */
  | { readonly kind: 'text'; readonly name: string; readonly tokenizer: string; readonly template?: TextTemplate; readonly most?: number; readonly cut?: TextCut }
  | { readonly kind: 'vector'; readonly name: string; readonly size: number }
  /** Degrees are turned into radians on the way in: `scale` multiplies the stored number. */
  | { readonly kind: 'scalar'; readonly name: string; readonly scale: number }
  /** i32 [batch], index into the vocabulary; `open`: a word outside of it is masked. */
  | { readonly kind: 'class'; readonly name: string; readonly vocabulary: string; readonly open?: true }
  /** Part `value` f32 0/1 [batch, entries], part `mask` bool [batch, entries] (−1 is masked). */
  | { readonly kind: 'labels'; readonly name: string; readonly vocabulary: string }
  /** i32 [batch]: equal exactly for equal ids within one run. */
  | { readonly kind: 'id'; readonly name: string }; // prettier-ignore

/** `cover` crops what hangs over, `contain` pads with white, `stretch` changes the proportions. */
export type Fit = 'cover' | 'contain' | 'stretch';

/** What any column may be besides. */
export interface ColumnForm {
  /** It is made of another column, at every sample anew where something in it is drawn. */
  readonly view?: View;
  /** A list of up to `most` of them, along an axis after the batch; part `present` bool [batch, most]. */
  readonly each?: { readonly axis: string; readonly most: number };
  /** May be absent from a sample, or unknown by its value; part `present` bool [batch] (or [batch, most]). */
  readonly optional?: true;
  /** A number that some data set calls unknown: part `mask` says where it is not. */
  readonly unknown?: true;
}

/** `starts`: where each slot of vectors begins, i32 [batch, …, slots]. */
export type ColumnPart = 'value' | 'mask' | 'present' | 'ids' | 'length' | 'starts';
