import type { Span } from '../source/span.ts';

/** The keyword at the start of a statement: a place to point at where the whole block would be too much. */
export const startOf = (span: Span, word: string): Span => ({
  ...span,
  end: Math.min(span.end, span.start + word.length),
});
