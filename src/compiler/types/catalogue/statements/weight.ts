import { type Construct } from '../construct.ts';

export const weight: Construct = {
  name: 'weight',
  doc: 'A named coefficient of a loss; a constant 0 removes its term.',
  source: '-',
  given: 'name = number or ramp(…)',
  options: {},
  example: 'weight λ = ramp(0 -> 1, over: 5 epochs)',
};
