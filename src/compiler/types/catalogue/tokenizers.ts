/** How texts are cut, one a file. */
import type { Construct, Fields } from './construct.ts';
import { bpe } from './tokenizers/bpe.ts';
import { sentencepiece } from './tokenizers/sentencepiece.ts';
import { wordpiece } from './tokenizers/wordpiece.ts';

export const tokenizers = {
  wordpiece,
  bpe,
  sentencepiece,
} as const satisfies Readonly<Record<string, Construct<Fields>>>;
