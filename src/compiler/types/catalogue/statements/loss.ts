import { type Construct } from '../construct.ts';

export const loss: Construct = {
  name: 'loss',
  doc: 'A named number that training may minimise: logged as it is, weighted, and as a share.',
  source: '-',
  given: 'name = value',
  options: {},
  example: 'loss gap = mean((x - y) ^ 2)',
};
