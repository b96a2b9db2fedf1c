import { type Construct } from '../construct.ts';

export const fn: Construct = {
  name: 'fn',
  doc: 'A formula with arguments, inlined where it is called; it may take axes.',
  source: '-',
  given: 'name(arguments) = value',
  options: {},
  example: 'fn gap(a, b, over: axis) = mean(sum((a - b) ^ 2, over: over))',
};
