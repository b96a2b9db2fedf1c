import { type Construct } from '../construct.ts';

export const letStatement: Construct = {
  name: 'let',
  doc: 'An equation; with a type it is checked exactly.',
  source: '-',
  given: 'name: [axes] = value',
  options: {},
  example: 'let z: [batch, d] = x + y',
};
