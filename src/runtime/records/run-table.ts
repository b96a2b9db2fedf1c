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
  for (const event of events) {
    if (event.event === 'plan') for (const { name } of event.terms) columns.add(`loss.${name}`);
    const line = eventLine(event);
    if (line === undefined) continue;
    if (event.event === 'step')
      for (const { name, count } of event.terms) if (count !== undefined) counts.add(`count.${name}`);
    if (event.event === 'eval') for (const column of line.asked) metrics.add(column);
    const key = `${line.stage}\n${line.step}`;
    const known = lines.get(key);
    if (known === undefined || event.event === 'step') lines.set(key, { ...line, values: new Map(line.values) });
    else for (const [column, value] of line.values) known.values.set(column, value);
  }
  return { columns: [...columns, 'learning_rate', 'gradient_norm', ...counts, ...metrics], lines: [...lines.values()].map(({ stage, step, epoch, ts, values }) => ({ stage, step, epoch, ts, values })) }; // prettier-ignore
}

/** What one event adds to the table; nothing where it is neither a step nor an evaluation. `asked`: its columns, also of what has no value. */
export function eventLine(event: RunEvent): (RunLine & { readonly asked: readonly string[] }) | undefined {
  const values = new Map<string, number>();
  const asked: string[] = [];
  const put = (column: string, value: number | null | undefined): void => {
    asked.push(column);
    if (typeof value === 'number' && Number.isFinite(value)) values.set(column, value);
  };
  if (event.event === 'step') {
    const { stage, step, epoch, ts } = event;
    put('loss', event.total);
    for (const { name, raw, count } of event.terms) {
      put(`loss.${name}`, raw);
      put(`count.${name}`, count);
    }
    put('learning_rate', event.learningRate);
    put('gradient_norm', event.gradientNorm);
    return { stage, step, epoch, ts, values, asked };
  }
  if (event.event !== 'eval') return undefined;
  const { stage, step, ts } = event;
  for (const { name, value, values: table = [], entries } of event.metrics) {
    const key = metricKey({ ...event, name });
    if (value !== null) put(key, value);
    else for (const [index, each] of table.entries()) put(`${key}["${entries?.[index] ?? index}"]`, each);
  }
  return { stage, step, epoch: undefined, ts, values, asked };
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
