/** What a comparison takes of one run: how far it came, how it ran, and what it measured. */
import type { EvaluationResult } from '../../checkpoint.ts';
import type { MetricValue, RunEvent } from '../../events.ts';
import { metricKey } from '../metric-key.ts';
import type { ReadRun } from '../run-folder.ts';
import type { RunRecord, RunState } from '../run-record.ts';

export interface ComparedRun {
  /** Absolute. */
  readonly folder: string;
  readonly record: RunRecord;
  /** `killed`: it says that it runs, and its process is gone. */
  readonly state: RunState | 'killed';
  readonly metrics: readonly Measured[];
  /** `environment.json`: what the numbers were made with; empty where the run never came so far. */
  readonly environment: Readonly<Record<string, unknown>>;
}

/** One number of a run. */
export interface Measured {
  /** `val.error`; an entry of a metric that keeps an axis is `val.error["speech"]`. */
  readonly key: string;
  /** The metric by itself, `error`. */
  readonly name: string;
  /** What the run ends with, on the parameters that were selected where an evaluation selects; or, beside that, those of the last step. */
  readonly at: 'end' | 'last step';
  readonly unit?: string;
  /** Null where it is no finite number, or averages nothing. */
  readonly value: number | null;
  readonly step: number;
  /** On selected parameters. */
  readonly best: boolean;
}

export function comparedRun(run: ReadRun, environment: ComparedRun['environment']): ComparedRun {
  const { folder, record, dead } = run;
  return { folder, record, state: dead ? 'killed' : record.state, metrics: measured(run), environment };
}

/** The final results, of a run that is not through those that it has come to; and of evaluations that select also the last. */
function measured({ results, events }: Pick<ReadRun, 'results' | 'events'>): readonly Measured[] {
  const evaluations = events.filter((event) => event.event === 'eval');
  const last = new Map<string, EvaluationResult>();
  const best = new Map<string, EvaluationResult>();
  for (const event of evaluations) {
    const place = placeOf(event);
    if (event.step >= (last.get(place)?.step ?? 0)) last.set(place, event);
    if (event.best) best.set(place, event);
  }
  const ends = results.length > 0 ? results : [...last].map(([place, result]) => best.get(place) ?? result);
  return [
    ...ends.flatMap((result) => numbersOf(result, 'end')),
    ...ends.flatMap((result) => {
      const later = last.get(placeOf(result));
      return later !== undefined && later.step > result.step ? numbersOf(later, 'last step') : [];
    }),
  ];
}

const placeOf = ({ stage, evaluation, data }: Pick<Extract<RunEvent, { event: 'eval' }>, 'stage' | 'evaluation' | 'data'>): string =>
  `${stage}\n${evaluation}\n${data}`; // prettier-ignore

function numbersOf(result: EvaluationResult, at: Measured['at']): Measured[] {
  return result.metrics.flatMap((metric) => {
    const key = metricKey({ ...result, name: metric.name });
    const shared = { name: metric.name, at, step: result.step, best: result.best, ...(metric.unit !== undefined && { unit: metric.unit }) }; // prettier-ignore
    return valuesOf(metric).map(({ entry, value }) => ({ key: `${key}${entry}`, value, ...shared }));
  });
}

function valuesOf({ value, values, entries }: MetricValue): readonly { readonly entry: string; readonly value: number | null }[] {
  if (values === undefined) return [{ entry: '', value }];
  return values.map((each, index) => ({ entry: `["${entries?.[index] ?? index}"]`, value: each }));
} // prettier-ignore
