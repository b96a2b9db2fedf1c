import { lineOf } from '../source/line-index.ts';
import type { Span } from '../source/span.ts';
import type { Comment, File } from './ast.ts';
import { type Document, hardLine, lineEnd } from './print-document.ts';

/** The comments of a file, handed out once each to the node they stand at, and the lines that nodes stood on. */
export class Layout {
  readonly #comments: readonly Comment[];
  readonly #used = new Set<Comment>();
  readonly #starts: readonly number[] | undefined;

  constructor(file: File) {
    this.#comments = file.comments.toSorted((a, b) => a.span.start - b.span.start);
    this.#starts = file.lineStarts;
  }

  /** 0-based line of an offset; undefined for trees that were not read from text. */
  lineAt(offset: number): number | undefined {
    return this.#starts === undefined ? undefined : lineOf(this.#starts, offset);
  }

  /** Whether a line break lay between two offsets. */
  isBroken(from: number, to: number): boolean {
    return this.lineAt(from) !== this.lineAt(to);
  }

  /** Whether at least one empty line lay between two offsets. */
  hasBlankLine(from: number, to: number): boolean {
    const before = this.lineAt(from);
    const after = this.lineAt(to);
    return before !== undefined && after !== undefined && after - before > 1;
  }

  /** Whether a comment not yet placed stands between two offsets. */
  hasComment(from: number, to: number): boolean {
    return this.#between(from, to).length > 0;
  }

  /** Takes the comments that start between two offsets. */
  take(from: number, to: number): readonly Comment[] {
    const taken = this.#between(from, to);
    for (const comment of taken) this.#used.add(comment);
    return taken;
  }

  /** Takes the comment that follows on the line of `offset`, before `limit`. */
  takeTrailing(offset: number, limit: number): Comment | undefined {
    const line = this.lineAt(offset);
    const comment = this.#between(offset, limit).find(({ span }) => this.lineAt(span.start) === line);
    if (comment !== undefined) this.#used.add(comment);
    return comment;
  }

  #between(from: number, to: number): Comment[] {
    let low = 0;
    let high = this.#comments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#comments[middle]?.span.start ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    const found: Comment[] = [];
    for (let index = low; index < this.#comments.length; index++) {
      const comment = this.#comments[index];
      if (comment === undefined || comment.span.start >= to) break;
      if (!this.#used.has(comment)) found.push(comment);
    }
    return found;
  }
}

export interface Item {
  readonly span: Span;
  /** Lays the item out; called in source order, so that what is inside takes its comments first. */
  readonly document: () => Document;
}

/**
 * Items one a line between the offsets `from` and `to`, each with its comments, and the empty lines between them kept to
 * one. A comment inside an item that none of its parts could take moves to the line above it.
 */
export function itemLines(items: readonly Item[], from: number, to: number, layout: Layout): Document[] {
  const lines: Document[] = [];
  let last: number | undefined;
  const put = (document: Document, span: Span): void => {
    if (lines.length > 0) lines.push(hardLine);
    if (last !== undefined && layout.hasBlankLine(last, span.start)) lines.push(hardLine);
    lines.push(document);
    last = Math.max(last ?? 0, span.end);
  };
  let at = from;
  for (const [index, { span, document }] of items.entries()) {
    for (const comment of layout.take(at, span.start)) put(comment.text, comment.span);
    const laidOut = document();
    const inner = layout.take(span.start, span.end);
    if (inner.length > 0) {
      // They now stand above the item, and so does the empty line that was there.
      for (const comment of inner) put(comment.text, { ...span, end: span.start });
    }
    put(laidOut, span);
    const next = items[index + 1]?.span.start ?? to;
    const trailing = layout.takeTrailing(span.end, next);
    if (trailing !== undefined) {
      lines.push(lineEnd(trailing.text));
      last = Math.max(span.end, trailing.span.end);
    }
    at = Math.max(at, span.end);
  }
  for (const comment of layout.take(at, to)) put(comment.text, comment.span);
  return lines;
}
