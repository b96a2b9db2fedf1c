import { field, value, type Construct } from '../construct.ts';

export const data: Construct = {
  name: 'data',
  doc: 'A data set: where its samples are from, which field of them each input is, and what is done to the set.',
  source: '-',
  given: 'name = source { input: column } |> step',
  options: {
    like: field('takes the columns of another set', value('data set')),
    with: field(
      'reads a formula in the place of an input, or the words of another vocabulary in the place of one',
      value('name = value'),
    ),
  },
  example: 'data few = a |> few_shot(4, per: label)',
};
