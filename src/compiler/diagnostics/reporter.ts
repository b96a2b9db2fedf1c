import type { Span } from '../source/span.ts';
import type { Diagnostic } from './diagnostic.ts';

type Details = Omit<Diagnostic, 'code' | 'severity' | 'fault' | 'message' | 'span'> &
  Partial<Pick<Diagnostic, 'severity' | 'fault'>>;

/** A call whose formula is being checked in its place. */
interface Frame {
  readonly name: string;
  readonly call: Span;
}

/** Kept of errors, and of all else: far more than is told, so that what is told is what stands first in the file. */
const mostKept = 2_000;

/** Some more than are told: they are not found in the order in which they are told. */
const crowd = 400;

/** Collects diagnostics; the same fault at the same place is kept once, so a value read twice is not blamed twice. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  /** Faults beyond those that are kept. */
  beyond = 0;
  /** How often something was told, also what was told before. */
  told = 0;
  readonly #kept = { errors: 0, others: 0 };
  readonly #seen = new Set<string>();
  readonly #frames: Frame[] = [];

  /** What is reported meanwhile comes of this call: the place to look first is the call, where the formula is of another file. */
  inside<Result>(name: string, call: Span, work: () => Result): Result {
    this.#frames.push({ name, call });
    try {
      return work();
    } finally {
      this.#frames.pop();
    }
  }

  /** What is reported meanwhile is forgotten again; where it was an error, there is no result. */
  attempt<Result>(work: () => Result): Result | undefined {
    const before = this.diagnostics.length;
    const result = work();
    return this.diagnostics.splice(before).some(({ severity }) => severity === 'error') ? undefined : result;
  }

  /** Reports later as if inside the calls that are open now. */
  snapshot(): (work: () => void) => void {
    const frames = [...this.#frames];
    return (work) => {
      const outer = this.#frames.splice(0, this.#frames.length, ...frames);
      try {
        work();
      } finally {
        this.#frames.splice(0, this.#frames.length, ...outer);
      }
    };
  }

  /** Always returns undefined, so that a check can `return report.error(…)` where it has no value to give. */
  error(code: string, at: Span | undefined, message: string, given: Details = {}): undefined {
    this.told += 1;
    const kind = (given.severity ?? 'error') === 'error' ? 'errors' : 'others';
    if (this.#kept[kind] >= mostKept) {
      this.beyond += 1;
      return undefined;
    }
    const { span, details } = this.#seenFromTheFile(at, given);
    const key = `${code}|${span?.file}|${span?.start}|${message}`;
    if (this.#seen.has(key)) return undefined;
    this.#seen.add(key);
    const place = span === undefined ? {} : { span };
    this.#keep({ code, severity: 'error', fault: 'user', message, ...place, ...details });
    return undefined;
  }

  /** Takes over what was told to another. */
  adopt(other: Reporter): void {
    for (const diagnostic of other.diagnostics) this.#keep(diagnostic);
    this.beyond += other.beyond;
  }

  #keep(diagnostic: Diagnostic): void {
    this.#kept[diagnostic.severity === 'error' ? 'errors' : 'others'] += 1;
    this.diagnostics.push(diagnostic);
  }

  #seenFromTheFile(span: Span | undefined, details: Details): { span: Span | undefined; details: Details } {
    const [outermost] = this.#frames;
    const innermost = this.#frames.findLast((frame) => frame.call.file === outermost?.call.file);
    if (span === undefined || outermost === undefined || innermost === undefined) return { span, details };
    const related = details.related ?? [];
    if (span.file === outermost.call.file) {
      return { span, details: { ...details, related: [...related, { span: innermost.call, label: 'called here' }] } };
    }
    const { label = `in the formula of \`${innermost.name}\``, ...rest } = details;
    return { span: innermost.call, details: { ...rest, related: [{ span, label }, ...related] } };
  }

  note(code: string, span: Span, message: string, details: Details = {}): void {
    this.error(code, span, message, { ...details, severity: details.severity ?? 'note' });
  }

  /** Whether there are more errors than anybody is told: for the rest no near name is sought, which takes long in a long file. */
  get crowded(): boolean {
    return this.#kept.errors > crowd;
  }

  get failed(): boolean {
    return this.diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  }
}
