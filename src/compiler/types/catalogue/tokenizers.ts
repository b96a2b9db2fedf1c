/** How texts are cut, one a file. */
import type { Construct, Fields } from './construct.ts';
import { bpe } from './tokenizers/bpe.ts';
import { wordpiece } from './tokenizers/wordpiece.ts';

export const tokenizers = {
  wordpiece,
  bpe,
} as const satisfies Readonly<Record<string, Construct<Fields>>>;
