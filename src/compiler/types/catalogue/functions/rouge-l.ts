import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const rougeL: FunctionSignature = {
  name: 'rouge_l',
  doc: 'F of the longest common subsequence.',
  source: 'Lin 2004, as pycocoevalcap has it',
  given: 'said, references',
  values: [2, 2],
  options: { by: field('several references of one sample', value('index')) },
  example: 'rouge_l(said, told)',
};
