import { type FunctionSignature } from './function.ts';

export const where: FunctionSignature = {
  name: 'where',
  doc: 'One value where a condition holds, another one elsewhere; no guard against what is not finite.',
  source: '-',
  given: 'condition, then, otherwise',
  values: [3, 3],
  options: {},
  example: 'where(x > 0, x, y)',
};
