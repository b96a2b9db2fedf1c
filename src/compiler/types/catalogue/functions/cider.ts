import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const cider: FunctionSignature = {
  name: 'cider',
  doc: 'Similarity of n-grams weighed by how rare they are (CIDEr-D).',
  source: 'Vedantam et al. 2015, as pycocoevalcap has it',
  given: 'said, references',
  values: [2, 2],
  options: { by: field('several references of one sample', value('index')) },
  example: 'cider(said, told)',
};
