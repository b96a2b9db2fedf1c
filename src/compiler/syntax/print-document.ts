import { displayWidth } from '../diagnostics/display-width.ts';

/**
 * A text that has not yet decided where to break, after Wadler's "A prettier printer" (2003): a group is laid on one line where
 * it fits, else each `line` directly in it breaks.
 */
export type Document =
  | string
  | readonly Document[]
  | { readonly kind: 'line'; readonly flat: string }
  | { readonly kind: 'hard-line' }
  | { readonly kind: 'indent'; readonly content: Document }
  | { readonly kind: 'group'; readonly content: Document; readonly broken: boolean }
  /** Items and separators in turn; a separator breaks only where the next item does not fit. */
  | { readonly kind: 'fill'; readonly parts: readonly Document[] }
  | { readonly kind: 'if-broken'; readonly broken: Document; readonly flat: Document }
  /** Goes to the end of the line whatever follows: a trailing comment. */
  | { readonly kind: 'line-end'; readonly text: string };

/** A space, or a line break in a broken group. */
export const line: Document = { kind: 'line', flat: ' ' };
/** Nothing, or a line break in a broken group. */
export const softLine: Document = { kind: 'line', flat: '' };
export const hardLine: Document = { kind: 'hard-line' };

export function indent(content: Document): Document {
  return { kind: 'indent', content };
}

export function group(content: Document, broken = false): Document {
  return { kind: 'group', content, broken: broken || breaks(content) };
}

export function fill(parts: readonly Document[]): Document {
  return { kind: 'fill', parts };
}

export function ifBroken(broken: Document, flat: Document): Document {
  return { kind: 'if-broken', broken, flat };
}

export function lineEnd(text: string): Document {
  return { kind: 'line-end', text };
}

export function join(separator: Document, parts: readonly Document[]): Document[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));
}

/** Whether a document can not be laid on one line. */
function breaks(document: Document): boolean {
  if (typeof document === 'string') return false;
  if (isSequence(document)) return document.some(breaks);
  switch (document.kind) {
    case 'hard-line':
    case 'line-end':
      return true;
    case 'indent':
      return breaks(document.content);
    case 'group':
      return document.broken;
    case 'fill':
      return document.parts.some(breaks);
    case 'line':
    case 'if-broken':
      return false;
    default:
      document satisfies never;
      return false;
  }
}

function isSequence(document: Document): document is readonly Document[] {
  return Array.isArray(document);
}

interface Task {
  readonly document: Document;
  readonly indent: number;
  readonly flat: boolean;
}

/** Stands before a trailing comment until the comments of neighbouring lines are aligned; occurs in no file. */
export const commentMark = '\u0000';
export const lineWidth = 120;

/** Lays a document out in lines of at most `lineWidth` cells where it can be broken so. */
export function render(document: Document): string {
  const output: string[] = [];
  let column = 0;
  let pending = '';
  const stack: Task[] = [{ document, indent: 0, flat: false }];
  const newLine = (depth: number): void => {
    output.push(pending, `\n${' '.repeat(depth)}`);
    pending = '';
    column = depth;
  };
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    const { document: current, indent: depth, flat } = task;
    if (typeof current === 'string') {
      output.push(current);
      column += displayWidth(current);
      continue;
    }
    if (isSequence(current)) {
      pushAll(stack, current, depth, flat);
      continue;
    }
    switch (current.kind) {
      case 'line':
        if (flat) {
          output.push(current.flat);
          column += current.flat.length;
        } else {
          newLine(depth);
        }
        break;
      case 'hard-line':
        newLine(depth);
        break;
      case 'line-end':
        pending += `${commentMark}${current.text}`;
        break;
      case 'indent':
        stack.push({ document: current.content, indent: depth + 2, flat });
        break;
      case 'if-broken':
        stack.push({ document: flat ? current.flat : current.broken, indent: depth, flat });
        break;
      case 'group': {
        const inner = { document: current.content, indent: depth, flat: true };
        const fitsFlat = !current.broken && (flat || fits([inner], stack, lineWidth - column));
        stack.push({ ...inner, flat: fitsFlat });
        break;
      }
      case 'fill': {
        const [item, separator, ...rest] = current.parts;
        if (item === undefined) break;
        const remaining: Task[] = [];
        if (separator !== undefined) {
          const next = rest[0] ?? '';
          // Decided before the item is laid out: it and the next one together, or a break between them.
          const together = fits([{ document: [item, separator, next], indent: depth, flat: true }], [], lineWidth - column); // prettier-ignore
          remaining.push({ document: { kind: 'fill', parts: rest }, indent: depth, flat });
          remaining.push({ document: separator, indent: depth, flat: flat || together });
        }
        stack.push(...remaining, { document: item, indent: depth, flat });
        break;
      }
      default:
        current satisfies never;
    }
  }
  output.push(pending);
  return output.join('');
}

/** Whether `tasks`, followed by what is on `rest` up to its first line break, take at most `room` cells. */
function fits(tasks: readonly Task[], rest: readonly Task[], room: number): boolean {
  const stack = [...tasks];
  let left = room;
  let next = rest.length;
  while (left >= 0) {
    const task = stack.pop() ?? rest[--next];
    if (task === undefined) return true;
    const { document, indent: depth, flat } = task;
    if (typeof document === 'string') {
      left -= displayWidth(document);
      continue;
    }
    if (isSequence(document)) {
      pushAll(stack, document, depth, flat);
      continue;
    }
    switch (document.kind) {
      case 'line':
        if (!flat) return true;
        left -= document.flat.length;
        break;
      case 'hard-line':
        return true;
      case 'line-end':
        break;
      case 'indent':
        stack.push({ document: document.content, indent: depth, flat });
        break;
      case 'if-broken':
        stack.push({ document: flat ? document.flat : document.broken, indent: depth, flat });
        break;
      case 'group':
        stack.push({ document: document.content, indent: depth, flat: flat && !document.broken });
        break;
      case 'fill':
        pushAll(stack, document.parts, depth, flat);
        break;
      default:
        document satisfies never;
    }
  }
  return false;
}

function pushAll(stack: Task[], documents: readonly Document[], depth: number, flat: boolean): void {
  for (let index = documents.length - 1; index >= 0; index--) {
    const document = documents[index];
    if (document !== undefined) stack.push({ document, indent: depth, flat });
  }
}

/** The document on one line, whatever its length; for the heads of statements, which are aligned as text. */
export function flatText(document: Document): string {
  if (typeof document === 'string') return document;
  if (isSequence(document)) return document.map(flatText).join('');
  switch (document.kind) {
    case 'line':
      return document.flat;
    case 'hard-line':
      return ' ';
    case 'line-end':
      return '';
    case 'indent':
    case 'group':
      return flatText(document.content);
    case 'fill':
      return flatText(document.parts);
    case 'if-broken':
      return flatText(document.flat);
    default:
      document satisfies never;
      return '';
  }
}
