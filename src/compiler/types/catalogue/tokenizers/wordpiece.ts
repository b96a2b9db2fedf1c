import type { Construct, Fields } from '../construct.ts';
import { options } from './shared.ts';

export const wordpiece: Construct<Fields> = {
  name: 'wordpiece',
  doc: 'Word pieces of a list, the longest first.',
  source: 'Devlin et al. 2019, as BertTokenizer of transformers has it',
  given: '"path"',
  options,
  example: 'wordpiece("vocab.txt", max: 32)',
};
