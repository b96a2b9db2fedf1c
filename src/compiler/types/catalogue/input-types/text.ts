import { field } from '../construct.ts';
import { count } from '../option.ts';
import { inputType } from './input-type.ts';

export const text = inputType({
  name: 'text',
  doc: 'Words, for text towers, tokenizers and prompts.',
  source: '-',
  most: 0,
  axes: '',
  options: {
    max: field(
      'tokens to which longer texts are cut, keeping their end; without it a text that no tower has room for is an error',
      count(undefined),
    ),
  },
  example: 'text(max: 32)',
});
