import type { BinaryOperator, UnaryOperator } from './ast.ts';

/** How tightly an operator binds; loosest first. The formatter reads the same table to place parentheses. */
export const binaryPrecedence: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '~': 4,
  in: 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '^': 8,
};
export const unaryPrecedence: Readonly<Record<UnaryOperator, number>> = { not: 3, '-': 7 };
export const comparisonPrecedence = 4;
