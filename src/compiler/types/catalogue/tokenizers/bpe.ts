import type { Construct, Fields } from '../construct.ts';
import { options } from './shared.ts';

export const bpe: Construct<Fields> = {
  name: 'bpe',
  doc: 'Pairs of bytes in the order of their merges, of a tokenizer.json.',
  source: 'Sennrich et al. 2016',
  given: '"path"',
  options,
  example: 'bpe("tokenizer.json", max: 32)',
};
