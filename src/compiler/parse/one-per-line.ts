import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { lineOf, lineStarts } from '../source/line-index.ts';

/**
 * Keeps every lexical fault, and of the grammatical ones the first on each line that has no fault yet: what a parser says
 * after its first error on a line is mostly an echo.
 */
export function onePerLine(
  text: string,
  lexical: readonly Diagnostic[],
  grammatical: readonly Diagnostic[],
): Diagnostic[] {
  const starts = lineStarts(text);
  const taken = new Set<number>();
  for (const { span, fix } of lexical) {
    if (span !== undefined) taken.add(lineOf(starts, span.start));
    if (fix !== undefined) taken.add(lineOf(starts, fix.span.start));
  }
  const kept = grammatical
    .toSorted((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))
    .filter(({ span }) => {
      const line = lineOf(starts, span?.start ?? 0);
      if (taken.has(line)) return false;
      taken.add(line);
      return true;
    });
  return [...lexical, ...kept];
}
