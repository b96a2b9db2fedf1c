/** Half-open range of UTF-16 offsets in one source file. */
export interface Span {
  /** Path of the file as the project names it. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** The smallest span that covers both. */
export function cover(a: Span, b: Span): Span {
  return { file: a.file, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
