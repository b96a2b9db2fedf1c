import { type Construct } from '../construct.ts';

export const pipe: Construct = {
  name: 'pipe',
  doc: 'Names a chain of steps of views.',
  source: '-',
  given: 'name = step |> step',
  options: {},
  example: 'pipe p = flip(50 %) |> gray(20 %)',
};
