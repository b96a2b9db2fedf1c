import type { Span } from '../source/span.ts';
import type { Diagnostic } from './diagnostic.ts';

type Details = Omit<Diagnostic, 'code' | 'severity' | 'fault' | 'message' | 'span'> &
  Partial<Pick<Diagnostic, 'severity' | 'fault'>>;

/** Collects diagnostics; the same fault at the same place is kept once, so a value read twice is not blamed twice. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  /** Always returns undefined, so that a check can `return report.error(…)` where it has no value to give. */
  error(code: string, span: Span | undefined, message: string, details: Details = {}): undefined {
    const key = `${code}|${span?.file}|${span?.start}|${message}`;
    if (this.#seen.has(key)) return undefined;
    this.#seen.add(key);
    this.diagnostics.push({
      code,
      severity: 'error',
      fault: 'user',
      message,
      ...(span === undefined ? {} : { span }),
      ...details,
    });
    return undefined;
  }

  note(code: string, span: Span, message: string, details: Details = {}): void {
    this.error(code, span, message, { ...details, severity: details.severity ?? 'note' });
  }

  get failed(): boolean {
    return this.diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  }
}
