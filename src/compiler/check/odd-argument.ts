import type { Argument } from '../syntax/ast.ts';
import type { Checker } from './checker.ts';

/** `a -> b` and `e for x in …` have their places, which an argument of a function is not. True where it was reported. */
export function oddArgument(checker: Checker, argument: Argument): boolean {
  if (argument.each !== undefined) {
    checker.report.error('CX3006', argument.span, '`for` writes out the values of a function that takes several', {
      expected: '`mean(e for r in [0.5, 1])`, `sum`, `max`, `min`, `stack(…) as part`, `concat(…)`',
    });
    return true;
  }
  if (argument.arrows.length === 0) return false;
  checker.report.error(
    'CX3006',
    argument.span,
    '`->` leads from one axis to another in a module, and this is no module',
    {
      help: 'separate arguments with commas',
    },
  );
  return true;
}
