import { type Construct } from '../construct.ts';

export const constStatement: Construct = {
  name: 'const',
  doc: 'A number that is known while compiling: legal in sizes and options, and a sweep may set it.',
  source: '-',
  given: 'name = number',
  options: {},
  example: 'const shots = 4',
};
