/** Which samples a data set has: origins and steps of the `data` statement, as lists of rows. */
import { unreachable } from '../../compiler/common/invariant.ts';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { ColumnSource, DataStep, Predicate } from '../../compiler/program/dataset.ts';
import type { RandomStream } from '../random.ts';
import { DataError } from './data-error.ts';
import { sampleName, type RawSample } from './raw-sample.ts';
import type { DataSource } from './source.ts';

export interface Row {
  readonly source: DataSource;
  /** Position in `source.samples`. */
  readonly ordinal: number;
  readonly sample: RawSample;
  readonly columns: Readonly<Record<string, ColumnSource>>;
  /** Values that stand for what the source says: an entry of an unfolded list. */
  readonly given?: Readonly<Record<string, unknown>>;
  /** Which entry of a list it is: `2`, of a list within an unfolded one `0.2`. */
  readonly place?: string;
}

/** The undecoded value of a column of a row. Throws CX8108 for a column that the data set does not map. */
export function rowValue(row: Row, column: string): unknown {
  if (row.given !== undefined && Object.hasOwn(row.given, column)) return row.given[column];
  const source = row.columns[column];
  if (source === undefined) throw unmapped(column, Object.keys(row.columns));
  return row.source.value(row.sample, source, column);
}

export function unmapped(column: string, mapped: readonly string[]): DataError {
  const nearest = nearestName(column, mapped);
  return new DataError(
    'user',
    'CX8108',
    `the data set maps no column \`${column}\`; it maps ${mapped.join(', ') || 'none'}`,
    {
      help: nearest === undefined ? `add \`${column}\` to its column map` : `did you mean \`${nearest}\`?`,
    },
  );
}

/** `unfold "json.parts"`: a row for each entry of the list; several unfolded lists go along with each other. Throws CX8107. */
export function unfolded(rows: readonly Row[]): Row[] {
  return rows.flatMap((row) => {
    const lists = Object.entries(row.columns).flatMap(([name, source]) => {
      if (source.kind !== 'unfold') return [];
      const value = row.source.value(row.sample, source, name);
      if (!Array.isArray(value)) throw unlike(name, row, `a list, found ${JSON.stringify(value) ?? 'nothing'}`);
      return [[name, value as readonly unknown[]] as const];
    });
    const [first] = lists;
    // unfolded already where the set it is made of was read
    if (first === undefined || row.given !== undefined) return [row];
    const other = lists.find(([, list]) => list.length !== first[1].length);
    if (other !== undefined) throw unlike(other[0], row, `as many entries as \`${first[0]}\`, ${first[1].length}, found ${other[1].length}`); // prettier-ignore
    return first[1].map((_, at): Row => ({ ...row, place: String(at), given: Object.fromEntries(lists.map(([name, list]) => [name, list[at]])) })); // prettier-ignore
  });
}

const unlike = (column: string, row: Row, expected: string): DataError =>
  new DataError('user', 'CX8107', `column \`${column}\` of sample ${sampleName(row.sample)} is unfolded and should hold ${expected}`, { sample: sampleName(row.sample) }); // prettier-ignore

/** Applies one step; order is kept. `random` is the stream of this step, `other` finds the rows of `except(other)`. */
export async function applyStep(
  rows: readonly Row[],
  step: DataStep,
  random: RandomStream,
  other: (data: string) => Promise<readonly Row[]>,
): Promise<Row[]> {
  switch (step.kind) {
    case 'filter':
      return rows.filter((row) => holds(step.condition, row));
    case 'few-shot': {
      const taken = new Map<string, number>();
      const kept = new Set<number>();
      for (const at of random.permutation(rows.length, 0)) {
        const row = rows[at];
        if (row === undefined) continue;
        const value = wordOf(rowValue(row, step.per));
        const count = taken.get(value) ?? 0;
        if (count >= step.count) continue;
        taken.set(value, count + 1);
        kept.add(at);
      }
      return rows.filter((_, at) => kept.has(at));
    }
    case 'sample': {
      const wanted = step.count ?? Math.round((step.share ?? 1) * rows.length);
      const kept = new Set(random.permutation(rows.length, 0).subarray(0, wanted));
      return rows.filter((_, at) => kept.has(at));
    }
    case 'except': {
      const excluded = new Set((await other(step.data)).map((row) => row.sample));
      return rows.filter((row) => !excluded.has(row.sample));
    }
    default:
      return unreachable(step);
  }
}

/**
 * The rows of `split(d, …)` between two shares of the whole. With `by`, rows of one value stay together and the cut falls
 * between values. Both parts read the same stream, so every row is in exactly one of them.
 */
export function splitRows(
  rows: readonly Row[],
  part: { readonly from: number; readonly to: number; readonly by?: string; readonly outside?: true },
  random: RandomStream,
): Row[] {
  const groups = new Map<string, number[]>();
  rows.forEach((row, at) => {
    // the entries of an unfolded list are of one sample: they stay together
    const alone = row.given === undefined ? String(at) : sampleName(row.sample);
    const group = part.by === undefined ? alone : wordOf(rowValue(row, part.by));
    const members = groups.get(group) ?? [];
    members.push(at);
    groups.set(group, members);
  });
  // Sorted first: the split must not depend on the order of shards.
  const sorted =
    part.by === undefined
      ? [...groups.values()]
      : [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, members]) => members);
  const kept = new Set<number>();
  let before = 0;
  for (const position of random.permutation(sorted.length, 0)) {
    const members = sorted[position] ?? [];
    const middle = (before + members.length / 2) / rows.length;
    const isInside = middle >= part.from && middle < part.to;
    if (isInside !== (part.outside === true)) for (const at of members) kept.add(at);
    before += members.length;
  }
  return rows.filter((_, at) => kept.has(at));
}

/**
 * The rows of `mix(a: 0.7, b: 0.3)`: as few as hold every row of every part and keep the proportions. The parts that are
 * too short for their share repeat.
 */
export function mixRows(parts: readonly { readonly rows: readonly Row[]; readonly share: number }[]): Row[] {
  const whole = parts.reduce((sum, part) => sum + part.share, 0);
  const total = Math.max(...parts.map((part) => (part.rows.length * whole) / part.share));
  return parts.flatMap(({ rows, share }) => {
    const count = Math.round((total * share) / whole);
    return Array.from({ length: count }, (_, at) => rows[at % rows.length]).filter((row) => row !== undefined);
  });
}

function holds(condition: Predicate, row: Row): boolean {
  switch (condition.kind) {
    case 'compare':
      return compare(condition.operator, comparable(row, condition.column, condition.value), condition.value);
    case 'in':
      return condition.values.some((value) => comparable(row, condition.column, value) === value);
    case 'and':
      return condition.parts.every((part) => holds(part, row));
    case 'or':
      return condition.parts.some((part) => holds(part, row));
    case 'not':
      return !holds(condition.part, row);
    default:
      return unreachable(condition);
  }
}

function compare(
  operator: '==' | '!=' | '<' | '<=' | '>' | '>=',
  left: string | number,
  right: string | number,
): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return unreachable(operator);
  }
}

/** The row's value as what it is compared with: a cell "3" is 3 beside a number, true is 1 or "true". */
function comparable(row: Row, column: string, beside: string | number): string | number {
  const value = rowValue(row, column);
  if (typeof beside === 'string') return wordOf(value);
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (typeof value === 'object' || Number.isNaN(number)) {
    throw new DataError(
      'user',
      'CX8107',
      `column \`${column}\` of ${sampleName(row.sample)} is compared with ${beside}, but holds ${JSON.stringify(value)}`,
      {
        sample: sampleName(row.sample),
        help: 'compare it with a string in quotes',
      },
    );
  }
  return number;
}

/** A value as a word of a vocabulary. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
