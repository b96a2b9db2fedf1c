import type { Span } from '../source/span.ts';

/** Whose fault it is decides the exit code: the user's file, the world (file, device, disk), or clipx. */
export type Fault = 'user' | 'world' | 'internal';

export type Severity = 'error' | 'warning' | 'note';

/** A replacement that repairs the fault mechanically. */
export interface Fix {
  readonly span: Span;
  readonly replacement: string;
  readonly title: string;
}

/** A further place that takes part in the fault, with a few words on its part. */
export interface RelatedSpan {
  readonly span: Span;
  readonly label: string;
}

/** An error is data; drawing it is someone else's work (`render-text`, `render-json`). */
export interface Diagnostic {
  /** Stable code, a key of `codes.ts`, for example `CX2001`. */
  readonly code: string;
  readonly severity: Severity;
  readonly fault: Fault;
  /** One sentence in the user's words: names the thing. */
  readonly message: string;
  /** The place to look first; absent when the fault lies in no file. */
  readonly span?: Span;
  /** A few words printed beside the caret. */
  readonly label?: string;
  readonly related?: readonly RelatedSpan[];
  readonly expected?: string;
  readonly found?: string;
  /** The way out. */
  readonly help?: string;
  /** The nearest legal name. */
  readonly suggestion?: string;
  readonly fix?: Fix;
}
