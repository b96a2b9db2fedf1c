import type { RunEvent } from '../events.ts';
import { csvText } from './csv-text.ts';
import { metricKey } from './metric-key.ts';

/** The courses of a run as one table: a line for each step, with what was evaluated after it. */
export interface RunTable {
  readonly columns: readonly string[];
  readonly lines: readonly RunLine[];
}

export interface RunLine {
  readonly stage: string;
  readonly step: number;
  readonly epoch: number | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly ts: number;
  /** By column; what is not finite or was not measured is absent. */
  readonly values: ReadonlyMap<string, number>;
}

/**
 * Columns: `loss`, each term as `loss.<term>`, `learning_rate`, `gradient_norm`, of terms whose elements masks decide how many there were as `count.<term>`,
 * then the metrics as tables name them, an entry of a metric that keeps an axis as `key["entry"]`. A step that was made twice, for the run was killed and resumed, is there once, as it was made last.
 */
export function runTable(events: readonly RunEvent[]): RunTable {
  const columns = new Set<string>(['loss']);
  const counts = new Set<string>();
  const metrics = new Set<string>();
  const lines = new Map<string, RunLine & { readonly values: Map<string, number> }>();
  const lineOf = (stage: string, step: number, ts: number, epoch: number | undefined, isNew: boolean) => {
    const key = `${stage}\n${step}`;
    const known = lines.get(key);
    if (known !== undefined && !isNew) return known;
    const line = { stage, step, epoch, ts, values: new Map<string, number>() };
    lines.set(key, line);
    return line;
  };
  for (const event of events) {
    if (event.event === 'plan') for (const { name } of event.terms) columns.add(`loss.${name}`);
    if (event.event === 'step') {
      const { values } = lineOf(event.stage, event.step, event.ts, event.epoch, true);
      const put = (column: string, value: number | null): void => {
        if (value !== null) values.set(column, value);
      };
      put('loss', event.total);
      for (const { name, raw, count } of event.terms) {
        put(`loss.${name}`, raw);
        if (count === undefined) continue;
        counts.add(`count.${name}`);
        put(`count.${name}`, count);
      }
      put('learning_rate', event.learningRate);
      put('gradient_norm', event.gradientNorm);
    }
    if (event.event === 'eval') {
      const { values } = lineOf(event.stage, event.step, event.ts, undefined, false);
      for (const { name, value, values: table = [], entries } of event.metrics) {
        const key = metricKey({ ...event, name });
        const found = value === null ? table.map((each, index) => [`${key}["${entries?.[index] ?? index}"]`, each] as const) : [[key, value] as const]; // prettier-ignore
        for (const [column, each] of found) {
          metrics.add(column);
          if (each !== null) values.set(column, each);
        }
      }
    }
  }
  return { columns: [...columns, 'learning_rate', 'gradient_norm', ...counts, ...metrics], lines: [...lines.values()] };
}

export function runTableCsv({ columns, lines }: RunTable): string {
  const heads = ['stage', 'step', 'epoch', 'seconds', ...columns];
  const [first] = lines;
  const rows = lines.map(({ stage, step, epoch = '', ts, values }) => [
    stage,
    step,
    epoch,
    (ts - (first?.ts ?? ts)) / 1000,
    ...columns.map((column) => values.get(column) ?? ''),
  ]);
  return csvText([heads, ...rows]);
}
