import { field, value, type Construct } from '../construct.ts';

export const augment: Construct = {
  name: 'augment',
  doc: 'A further view of a column or a value: drawn anew at each sample of each epoch, in its stated form in an evaluation.',
  source: '-',
  given: 'name = value |> step',
  options: { '[axis: n]': field('draws n of each sample, along an item axis of this name', value('whole number')) },
  example: 'augment [view: 4] v = picture |> flip(50 %)',
};
