import { spreadOf, type Spread } from '../study.ts';
import type { ComparedRun, Measured } from './compared-run.ts';

/** Runs that differ in the seed alone: one row of a comparison. */
export interface Side {
  /** `A`, `B` … in the order in which the runs were named; `A` is what the others are held against. */
  readonly label: string;
  /** At least one. A run that is not complete, or on random data, is alone. */
  readonly runs: readonly ComparedRun[];
}

/** One number of a side, over its seeds. */
export interface SideMetric {
  readonly spread: Spread | undefined;
  /** Undefined: the run does not measure it. */
  readonly values: readonly { readonly seed: number; readonly value: number | null | undefined }[];
}

/** Puts runs of the same experiment, of equal inputs, on the same engine together. A seed that was run twice is not one more seed. */
export function sidesOf(runs: readonly ComparedRun[]): readonly Side[] {
  const found: { readonly key: string; readonly runs: ComparedRun[] }[] = [];
  for (const run of runs) {
    const key = keyOf(run);
    const same = found.find((side) => side.key === key && side.runs.every((it) => it.record.seed !== run.record.seed));
    if (same === undefined || run.state !== 'complete' || run.record.random === true) found.push({ key, runs: [run] });
    else same.runs.push(run);
  }
  return found.map(({ runs: own }, index) => ({ label: labelOf(index), runs: own }));
}

/** All that may differ but the seed. */
function keyOf({ record, state, environment }: ComparedRun): string {
  const { name, row, digests, inputs, random, weights, backend } = record;
  const engine = backend && [backend.name, backend.version, backend.device];
  const started = weights?.map(({ sha256 }) => sha256);
  return JSON.stringify([name, row, digests, inputs, random, started, engine, environment['clipx'], state === 'complete']);
} // prettier-ignore

/** A … Z, then AA …, as columns of spreadsheets are. */
function labelOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${labelOf(Math.floor(index / 26) - 1)}${letter}`;
}

export interface MetricId {
  readonly key: string;
  readonly at: Measured['at'];
  readonly name: string;
  readonly unit?: string;
}

/** What any of them measures, in the order in which they do: first what they end with. */
export function metricsOf(sides: readonly Side[]): readonly MetricId[] {
  const found = new Map<string, MetricId>();
  for (const at of ['end', 'last step'] as const) {
    for (const { key, name, unit, at: own } of sides.flatMap(({ runs }) => runs.flatMap(({ metrics }) => metrics))) {
      const id = `${at} ${key}`;
      if (own === at && !found.has(id)) found.set(id, { key, at, name, ...(unit !== undefined && { unit }) });
    }
  }
  return [...found.values()];
}

export function sideMetric({ runs }: Side, { key, at }: MetricId): SideMetric {
  const values = runs.map(({ record, metrics }) => ({ seed: record.seed, value: valueOf(metrics, key, at) }));
  return { values, spread: spreadOf(values.map(({ value }) => value)) };
}

/** A run that selects nothing ends with what the last step gave. */
function valueOf(metrics: readonly Measured[], key: string, at: Measured['at']): number | null | undefined {
  const find = (wanted: Measured['at']): Measured | undefined => metrics.find((it) => it.key === key && it.at === wanted); // prettier-ignore
  const found = find(at);
  if (found !== undefined || at === 'end') return found?.value;
  const end = find('end');
  return end?.value;
}
