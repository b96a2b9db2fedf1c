import type { Construct, Fields } from '../construct.ts';
import { options } from './shared.ts';

const { max, pieces } = options;

export const sentencepiece: Construct<Fields> = {
  name: 'sentencepiece',
  doc: 'Pieces of a Unigram model, as T5 and SigLIP have it: a spiece.model or a tokenizer.json; an end stands behind a text, no begin before it.',
  source: 'Kudo and Richardson 2018',
  given: '"path"',
  options: { max, pieces },
  example: 'sentencepiece("spiece.model", max: 64)',
};
