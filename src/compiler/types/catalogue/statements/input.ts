import { field, value, type Construct } from '../construct.ts';

export const input: Construct = {
  name: 'input',
  doc: 'What one sample holds, under a name.',
  source: '-',
  given: 'name: type',
  options: {
    optional: field('before the type: samples without it are masked', value('word')),
    each: field(
      'behind the type: a list of them, along an item axis with as many places as its `max:` says',
      value('axis(max: n)'),
    ),
    in: field('behind a `scalar` or `map`: what its numbers are in', value('unit')),
  },
  example: 'input words: text each said(max: 5)',
};
