import type { RunEvent } from '../../events.ts';
import type { Point } from './thin.ts';

/** The events of a run put in order for drawing: one course per quantity. */
export interface RunSeries {
  readonly stages: readonly StageSeries[];
  readonly metrics: readonly MetricSeries[];
}

export interface StageSeries {
  readonly stage: string;
  readonly total: readonly Point[];
  readonly terms: readonly TermSeries[];
  readonly learningRate: readonly Point[];
  readonly gradientNorm: readonly Point[];
}

export interface TermSeries {
  readonly name: string;
  readonly formula: string;
  readonly weight: number;
  readonly raw: readonly Point[];
  readonly share: readonly Point[];
}

export interface MetricSeries {
  readonly stage: string;
  readonly evaluation: string;
  readonly data: string;
  readonly name: string;
  readonly unit: string | undefined;
  /** x is the step of the stage; y the value, or the mean of its entries. */
  readonly points: readonly Point[];
  /** Step of the evaluation that was last called the best. */
  readonly bestAt: number | undefined;
  /** Of the last evaluation, where the metric keeps an axis. */
  readonly entries: readonly { readonly name: string; readonly value: number | null }[] | undefined;
}

type StepEvent = Extract<RunEvent, { readonly event: 'step' }>;
type PlanEvent = Extract<RunEvent, { readonly event: 'plan' }>;
type EvalEvent = Extract<RunEvent, { readonly event: 'eval' }>;

/**
 * Gathers the courses. A run that was killed and resumed has made some steps twice: the later ones count,
 * because the weights that came of them are the ones that were kept.
 */
export function runSeries(events: readonly RunEvent[]): RunSeries {
  const plans = new Map<string, PlanEvent>();
  const steps = new Map<string, Map<number, StepEvent>>();
  const evaluations = new Map<string, EvalEvent>();
  for (const event of events) {
    if (event.event === 'plan') plans.set(event.stage, event);
    if (event.event === 'step') {
      const stage = steps.get(event.stage) ?? new Map<number, StepEvent>();
      steps.set(event.stage, stage.set(event.step, event));
    }
    if (event.event === 'eval') {
      evaluations.set(`${event.stage}\n${event.evaluation}\n${event.data}\n${event.step}`, event);
    }
  }
  return {
    stages: [...plans.values()].map((plan) => stageSeries(plan, inOrder([...(steps.get(plan.stage)?.values() ?? [])]))),
    metrics: metricSeries(inOrder([...evaluations.values()])),
  };
}

function inOrder<E extends { readonly step: number }>(events: readonly E[]): readonly E[] {
  return events.toSorted((a, b) => a.step - b.step);
}

function stageSeries(plan: PlanEvent, steps: readonly StepEvent[]): StageSeries {
  const course = (pick: (step: StepEvent) => number | null | undefined): readonly Point[] =>
    steps.flatMap((step) => {
      const y = pick(step);
      return y === null || y === undefined ? [] : [{ x: step.step, y }];
    });
  return {
    stage: plan.stage,
    total: course((step) => step.total),
    learningRate: course((step) => step.learningRate),
    gradientNorm: course((step) => step.gradientNorm),
    terms: plan.terms.map((term) => ({
      ...term,
      raw: course((step) => step.terms.find((it) => it.name === term.name)?.raw),
      share: course((step) => step.terms.find((it) => it.name === term.name)?.share),
    })),
  };
}

function metricSeries(evaluations: readonly EvalEvent[]): readonly MetricSeries[] {
  const found = new Map<string, MetricSeries>();
  for (const event of evaluations) {
    for (const metric of event.metrics) {
      const key = [event.stage, event.evaluation, event.data, metric.name].join('\n');
      const known = found.get(key);
      const values = (metric.values ?? []).filter((it) => it !== null);
      const mean = values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
      const y = metric.value ?? mean;
      found.set(key, {
        stage: event.stage,
        evaluation: event.evaluation,
        data: event.data,
        name: metric.name,
        unit: metric.unit,
        points: [...(known?.points ?? []), ...(y === null ? [] : [{ x: event.step, y }])],
        bestAt: event.best ? event.step : known?.bestAt,
        entries: metric.values?.map((value, index) => ({ name: metric.entries?.[index] ?? String(index), value })),
      });
    }
  }
  return [...found.values()];
}
