/** One line of a comparison: kept, taken out or put in. */
interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

const context = 3;

/** The change from one text to another in the unified format, empty where they are equal. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const edits = lineEdits(linesOf(before), linesOf(after));
  const hunks = changedRanges(edits).map(([from, to]) => hunk(edits, from, to));
  return `--- ${path}\n+++ ${path} (formatted)\n${hunks.join('')}`;
}

/** A last line that is not ended says so, as in patch(1), and so differs from one that is. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop();
  return last === '' || last === undefined ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

/** Shortest edit script (Myers, "An O(ND) difference algorithm", 1986), after the common start and end are set aside. */
function lineEdits(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const keep = (lines: readonly string[]) => lines.map((text): Edit => ({ sign: ' ', text }));
  return [
    ...keep(before.slice(0, start)),
    ...shortestScript(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...keep(before.slice(before.length - end)),
  ];
}

function shortestScript(before: readonly string[], after: readonly string[]): Edit[] {
  const limit = before.length + after.length;
  /** Furthest x reached on diagonal k = x − y, one table per number of edits. */
  const tables: Map<number, number>[] = [];
  let reached = new Map<number, number>([[1, 0]]);
  for (let edits = 0; edits <= limit; edits++) {
    tables.push(new Map(reached));
    for (let k = -edits; k <= edits; k += 2) {
      let x = isDown(reached, k, edits) ? (reached.get(k + 1) ?? 0) : (reached.get(k - 1) ?? 0) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++;
      reached.set(k, x);
      if (x >= before.length && x - k >= after.length) return walkBack(before, after, tables);
    }
    reached = new Map(reached);
  }
  return [];
}

function walkBack(before: readonly string[], after: readonly string[], tables: readonly Map<number, number>[]): Edit[] {
  const edits: Edit[] = [];
  let [x, y] = [before.length, after.length];
  for (let count = tables.length - 1; count >= 0; count--) {
    const table = tables[count] ?? new Map<number, number>();
    const k = x - y;
    const from = isDown(table, k, count) ? k + 1 : k - 1;
    const [fromX, fromY] = [table.get(from) ?? 0, (table.get(from) ?? 0) - from];
    while (x > fromX && y > fromY) {
      edits.push({ sign: ' ', text: before[--x] ?? '' });
      y--;
    }
    if (count === 0) break;
    if (x === fromX) edits.push({ sign: '+', text: after[--y] ?? '' });
    else edits.push({ sign: '-', text: before[--x] ?? '' });
  }
  return edits.reverse();
}

function isDown(reached: ReadonlyMap<number, number>, k: number, edits: number): boolean {
  return k === -edits || (k !== edits && (reached.get(k - 1) ?? -1) < (reached.get(k + 1) ?? -1));
}

/** Ranges of edits that a hunk shows: each change with its surroundings, neighbours joined. */
function changedRanges(edits: readonly Edit[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const [index, edit] of edits.entries()) {
    if (edit.sign === ' ') continue;
    const [from, to] = [Math.max(0, index - context), Math.min(edits.length, index + context + 1)];
    const last = ranges.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else ranges.push([from, to]);
  }
  return ranges;
}

function hunk(edits: readonly Edit[], from: number, to: number): string {
  const count = (part: readonly Edit[], sign: '-' | '+') =>
    part.filter((it) => it.sign === ' ' || it.sign === sign).length;
  const [ahead, inside] = [edits.slice(0, from), edits.slice(from, to)];
  // An empty range is named by the line before it.
  const range = (sign: '-' | '+') => `${count(ahead, sign) + (count(inside, sign) > 0 ? 1 : 0)},${count(inside, sign)}`;
  return `@@ -${range('-')} +${range('+')} @@\n${inside.map((it) => `${it.sign}${it.text}\n`).join('')}`;
}
