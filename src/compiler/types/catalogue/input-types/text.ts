import { field } from '../construct.ts';
import { count } from '../option.ts';
import { inputType } from './input-type.ts';

export const text = inputType({
  name: 'text',
  doc: 'Words, for text towers, tokenizers and prompts.',
  source: '-',
  most: 0,
  axes: '',
  options: { max: field('tokens that are kept', count(undefined), { follows: 'the context of the tower' }) },
  example: 'text(max: 32)',
});
