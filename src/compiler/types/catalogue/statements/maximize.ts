import { type Construct } from '../construct.ts';

export const maximize: Construct = {
  name: 'maximize',
  doc: 'What a search makes as large as it can; no gradient is taken of it.',
  source: '-',
  given: 'metric',
  options: {},
  example: 'maximize mean(x)',
};
