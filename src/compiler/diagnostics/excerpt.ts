import { lineOf, lineStarts } from '../source/line-index.ts';
import type { SourceFile } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import { displayWidth, graphemes, visible } from './display-width.ts';

export interface Mark {
  readonly span: Span;
  readonly label?: string;
  /** The place to look first is drawn with `^`, the others with `-`. */
  readonly primary: boolean;
}

export interface ExcerptStyle {
  /** Colours a piece of the drawing; the identity where colour is off. */
  readonly gutter: (text: string) => string;
  readonly primary: (text: string) => string;
  readonly secondary: (text: string) => string;
}

/** Cells of source shown of a line; longer lines are cut around the mark. */
const lineWidth = 120;
const tabWidth = 4;

interface Underline {
  readonly from: number;
  readonly to: number;
  readonly primary: boolean;
  readonly label: string | undefined;
}

/**
 * Draws the lines that the marks stand on, each with its underlines, after rustc:
 *
 * ```text
 *    |
 *  3 | let b = f(x y)
 *    |             ^ a comma is missing
 * ```
 *
 * All marks lie in `source`. Returns the lines without a final line break; `gutter` is the width of the line numbers.
 */
export function excerpt(source: SourceFile, marks: readonly Mark[], gutter: number, style: ExcerptStyle): string[] {
  const starts = lineStarts(source.text);
  const rows = new Map<number, Underline[]>();
  for (const mark of marks) place(source, starts, mark, rows);
  const bar = style.gutter(`${' '.repeat(gutter)} |`);
  const drawn: string[] = [bar];
  let before: number | undefined;
  for (const line of [...rows.keys()].sort((a, b) => a - b)) {
    if (before !== undefined && line > before + 1) {
      // A gap of one line is shown; a wider one is elided.
      if (line === before + 2) drawn.push(...numbered(source, starts, before + 1, gutter, [], style));
      else drawn.push(style.gutter(`${' '.repeat(Math.max(0, gutter - 2))}...`));
    }
    drawn.push(...numbered(source, starts, line, gutter, rows.get(line) ?? [], style));
    before = line;
  }
  return drawn;
}

/** Width of the largest line number that the marks need. */
export function gutterWidth(source: SourceFile, marks: readonly Mark[]): number {
  const starts = lineStarts(source.text);
  return Math.max(...marks.map(({ span }) => String(lineOf(starts, Math.max(span.start, span.end - 1)) + 1).length), 1);
}

function lineText(source: SourceFile, starts: readonly number[], line: number): string {
  const start = starts[line] ?? source.text.length;
  const end = starts[line + 1];
  return source.text.slice(start, end === undefined ? undefined : end - 1).replace(/\r$/, '');
}

/** Puts a mark under its line or, when it spans several, under the first and the last. */
function place(source: SourceFile, starts: readonly number[], mark: Mark, rows: Map<number, Underline[]>): void {
  const { span, primary } = mark;
  const limit = source.text.length;
  const start = Math.min(Math.max(0, span.start), limit);
  const end = Math.min(Math.max(start, span.end), limit);
  const first = lineOf(starts, start);
  const last = lineOf(starts, Math.max(start, end - 1));
  const add = (line: number, from: number, to: number, label: string | undefined): void => {
    const list = rows.get(line) ?? [];
    list.push({ from, to, primary, label });
    rows.set(line, list);
  };
  const firstStart = starts[first] ?? 0;
  if (first === last) {
    add(first, start - firstStart, end - firstStart, mark.label);
    return;
  }
  const lastText = lineText(source, starts, last);
  const lastFrom = lastText.length - lastText.trimStart().length;
  add(first, start - firstStart, lineText(source, starts, first).length, undefined);
  add(last, lastFrom, Math.max(lastFrom, end - (starts[last] ?? 0)), mark.label);
}

function numbered(
  source: SourceFile,
  starts: readonly number[],
  line: number,
  gutter: number,
  underlines: readonly Underline[],
  style: ExcerptStyle,
): string[] {
  const text = lineText(source, starts, line);
  const anchor = underlines.find((underline) => underline.primary) ?? underlines[0];
  const view = layOut(text, anchor?.from ?? 0);
  const result = [`${style.gutter(`${String(line + 1).padStart(gutter)} |`)} ${view.text}`.trimEnd()];
  for (const { from, to, primary, label } of underlines) {
    const start = view.cellOf(from);
    const width = Math.max(1, view.cellOf(to) - start);
    const paint = primary ? style.primary : style.secondary;
    const art = (primary ? '^' : '-').repeat(width) + (label === undefined ? '' : ` ${visible(label)}`);
    result.push(`${style.gutter(`${' '.repeat(gutter)} |`)} ${' '.repeat(start)}${paint(art)}`);
  }
  return result;
}

/** The shown text of a line and, for an offset in the line, its cell. */
function layOut(text: string, anchor: number): { text: string; cellOf: (offset: number) => number } {
  // A line far wider than the screen is cut before it is measured.
  const cutFrom = text.length > 4 * lineWidth ? Math.max(0, anchor - lineWidth) : 0;
  const part = cutFrom === 0 ? text.slice(0, 4 * lineWidth) : text.slice(cutFrom, cutFrom + 3 * lineWidth);
  const cells: { offset: number; cell: number }[] = [];
  let shown = '';
  let cell = 0;
  let offset = cutFrom;
  for (const grapheme of graphemes(part)) {
    cells.push({ offset, cell });
    const piece = grapheme === '\t' ? ' '.repeat(tabWidth - (cell % tabWidth)) : visible(grapheme);
    shown += piece;
    cell += displayWidth(piece);
    offset += grapheme.length;
  }
  cells.push({ offset, cell });
  const cellAt = (at: number): number => {
    const found = cells.findLast((entry) => entry.offset <= at);
    return found === undefined ? 0 : found.cell;
  };
  if (cell <= lineWidth && cutFrom === 0) return { text: shown, cellOf: cellAt };

  // Show a window that holds the mark, with `…` where something is left out.
  const from = Math.max(0, Math.min(cellAt(anchor) - 40, cell - lineWidth));
  let at = 0;
  let window = '';
  for (const grapheme of graphemes(shown)) {
    if (at >= from && at < from + lineWidth) window += grapheme;
    at += displayWidth(grapheme);
  }
  const left = from > 0 || cutFrom > 0 ? '…' : '';
  const right = cell > from + lineWidth || offset < text.length ? '…' : '';
  return {
    text: `${left}${window}${right}`,
    cellOf: (target) => Math.min(lineWidth, Math.max(0, cellAt(target) - from)) + left.length,
  };
}
