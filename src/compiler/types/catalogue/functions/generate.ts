import { field, value } from '../construct.ts';
import { count, number } from '../option.ts';
import { type FunctionSignature } from './function.ts';

export const generate: FunctionSignature = {
  name: 'generate',
  doc: 'The likeliest text by an equation that says the next word, found by a beam.',
  source: 'Wu et al. 2016',
  given: 'scores',
  values: [1, 1],
  options: {
    for: field('the words that the equation reads', value('text input'), { required: true }),
    beam: field('texts that are kept', count(1)),
    max: field('tokens at most', value('whole number'), { follows: 'places of the text' }),
    penalty: field('power of the length that the score is divided by', number(0, 0, 1e6)),
  },
  example: 'generate(p, for: said, beam: 5, max: 32)',
};
