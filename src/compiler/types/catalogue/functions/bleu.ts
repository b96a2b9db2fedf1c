import { field, value } from '../construct.ts';
import { count } from '../option.ts';
import { type FunctionSignature } from './function.ts';

export const bleu: FunctionSignature = {
  name: 'bleu',
  doc: 'Corpus BLEU with clipped n-grams, the closest reference and the brevity penalty.',
  source: 'Papineni et al. 2002, as pycocoevalcap has it',
  given: 'said, references',
  values: [2, 2],
  options: { by: field('several references of one sample', value('index')), n: field('longest n-gram', count(4)) },
  example: 'bleu(said, told)',
};
