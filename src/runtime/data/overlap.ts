/** The law of a test: what is measured on was not trained on. Found by content, for one picture may stand in two files. */
import type { Column } from '../../compiler/program/column.ts';
import type { DatasetSpec } from '../../compiler/program/dataset.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { RunData } from '../batch-source.ts';

export interface Overlap {
  readonly trained: string;
  readonly evaluated: string;
  /** `test` where the file says so. */
  readonly mark: string | undefined;
  /** Samples of the evaluated set whose content is among those that train, and how many it has. */
  readonly shared: number;
  readonly count: number;
  /** What makes two samples the same. */
  readonly columns: readonly string[];
}

/**
 * Sets that are evaluated and share samples with one that trains. Two samples are the same where all their files (pictures, films, sounds …)
 * are, or without files their texts, or else their numbers. A set that is evaluated under the name it trains by is meant so.
 */
export async function findOverlaps(
  program: Pick<Program, 'stages' | 'data' | 'columns'>,
  data: RunData,
): Promise<Overlap[]> {
  // prettier-ignore
  const trained = new Set(program.stages.flatMap((stage) => (stage.data === undefined || stage.terms.length === 0 ? [] : [stage.data]))); // prettier-ignore
  const evaluated = new Set(program.stages.flatMap(({ evaluations }) => evaluations.map((evaluation) => evaluation.data)).filter((name) => !trained.has(name))); // prettier-ignore
  const found: Overlap[] = [];
  for (const one of trained) {
    for (const other of evaluated) {
      const columns = identifying(program, one, other);
      if (columns.length === 0) continue;
      const seen = new Set(await keysOf(data, one, columns));
      const keys = await keysOf(data, other, columns);
      const shared = keys.filter((key) => seen.has(key)).length;
      const mark = program.data.find(({ name }) => name === other)?.mark;
      if (shared > 0) found.push({ trained: one, evaluated: other, mark, shared, count: keys.length, columns });
    }
  }
  return found;
}

async function keysOf(data: RunData, name: string, columns: readonly string[]): Promise<string[]> {
  const source = await data.open(name);
  const keys: string[] = [];
  for (let index = 0; index < source.count; index++) keys.push(await source.contentKey(index, columns));
  return keys;
}

/** Columns that both sets have and that tell samples apart: their files, else their texts, else their numbers. */
function identifying(program: Pick<Program, 'data' | 'columns'>, one: string, other: string): readonly string[] {
  const [mine, theirs] = [columnsOf(program.data, one), columnsOf(program.data, other)];
  const shared = program.columns.filter(({ name, view }) => view === undefined && mine.has(name) && theirs.has(name));
  const kinds: readonly (readonly Column['kind'][])[] = [
    ['image', 'frames', 'audio', 'points'],
    ['map'],
    ['text'],
    ['vector'],
    ['scalar'],
  ];
  for (const group of kinds) {
    const columns = shared.filter(({ kind }) => group.includes(kind)).map(({ name }) => name);
    if (columns.length > 0) return columns;
  }
  return [];
}

function columnsOf(data: readonly DatasetSpec[], name: string): ReadonlySet<string> {
  const spec = data.find((each) => each.name === name);
  if (spec === undefined) return new Set();
  const own = Object.keys(spec.columns);
  if (spec.source.kind !== 'mix') return new Set(own);
  const [first, ...rest] = spec.source.parts.map((part) => columnsOf(data, part.data));
  return new Set([...own, ...[...(first ?? [])].filter((column) => rest.every((part) => part.has(column)))]);
}

export function overlapWords({ trained, evaluated, mark, shared, count, columns }: Overlap): string {
  const by = columns.map((column) => `\`${column}\``).join(' and ');
  const what = mark === 'test' ? `, which is marked test,` : '';
  return `${shared} of ${count} samples of \`${evaluated}\`${what} also train, in \`${trained}\`: their ${by} ${columns.length === 1 ? 'is' : 'are'} the same. What is measured there is no test of them: take them out of one of the two sets`; // prettier-ignore
}
