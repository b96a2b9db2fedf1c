import { type Construct } from '../construct.ts';

export const minimize: Construct = {
  name: 'minimize',
  doc: 'What a stage minimises: losses, weights and consts.',
  source: '-',
  given: 'formula of losses',
  options: {},
  example: 'minimize L',
};
