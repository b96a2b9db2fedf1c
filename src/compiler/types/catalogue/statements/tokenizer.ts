import { type Construct } from '../construct.ts';

export const tokenizer: Construct = {
  name: 'tokenizer',
  doc: 'Another way to cut texts, with axes of its own.',
  source: '-',
  given: 'name = wordpiece(…) or bpe(…)',
  options: {},
  example: 'tokenizer w = wordpiece("vocab.txt", max: 32)',
};
