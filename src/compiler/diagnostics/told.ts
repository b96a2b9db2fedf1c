import type { Diagnostic } from './diagnostic.ts';

/** Nobody reads more at once; what comes of a file made by a program would fill the terminal, or the memory. */
const mostTold = 200;

/** The first of them, errors before notes, and how many more there are, `beyond` those that were kept at all. */
export function told(diagnostics: readonly Diagnostic[], beyond = 0): readonly Diagnostic[] {
  if (diagnostics.length <= mostTold && beyond === 0) return diagnostics;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const others = diagnostics.filter(({ severity }) => severity !== 'error');
  const chosen = new Set([...errors, ...others].slice(0, mostTold));
  const more = diagnostics.length - chosen.size + beyond;
  const remark: Diagnostic = {
    code: 'CX1017',
    severity: 'note',
    fault: 'user',
    message: `and ${more} more`,
    help: 'mend these first, then check again',
  };
  return [...diagnostics.filter((each) => chosen.has(each)), remark];
}
