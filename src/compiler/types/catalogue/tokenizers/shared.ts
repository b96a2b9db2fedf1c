import { field, type Fields } from '../construct.ts';
import { count, toggle } from '../option.ts';

export const options = {
  max: field('tokens of a text, the marks of begin and end among them', count(77, 100_000), {
    source: 'Radford et al. 2021',
  }),
  pieces: field('entries of the table', count(undefined, 10_000_000), { follows: 'what the file has' }),
  lower: field('makes letters small and drops their accents', toggle(true), { source: 'BERT uncased' }),
} satisfies Fields;
