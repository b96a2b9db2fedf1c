import { type Construct } from '../construct.ts';

export const figure: Construct = {
  name: 'figure',
  doc: 'A picture of the report.',
  source: '-',
  given: 'name = figure(…)',
  options: {},
  example: 'figure f = curve(L)',
};
