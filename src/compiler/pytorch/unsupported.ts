import type { Span } from '../source/span.ts';

/** What this target does not say of a value or setting; caught where the package is written, and told as a diagnostic. */
export class Unsupported extends Error {
  readonly span: Span;
  readonly what: string;

  constructor({ span }: { readonly span: Span }, what: string) {
    super(`${what} is not written for PyTorch`);
    this.span = span;
    this.what = what;
  }
}
