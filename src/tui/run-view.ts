import type { MetricValue, RunEvent, TermValue } from '../runtime/events.ts';
import { formatCount, formatDuration, formatMetric, formatNumber } from '../runtime/records/report-format.ts';
import { append, emptySeries, type Series } from './series.ts';

/** What a screen shows: a pure function of the events so far, so that any prefix of the stream is a picture. */
export interface RunView {
  readonly header: Of<'run.start'> | undefined;
  readonly stage: StageView | undefined;
  /** Work outside training that is under way. */
  readonly tasks: readonly TaskView[];
  /** In the order of first appearance. */
  readonly metrics: readonly MetricView[];
  readonly warnings: readonly WarningView[];
  readonly cache: Of<'cache'> | undefined;
  readonly checkpoint: Of<'checkpoint'> | undefined;
  readonly certificate: Of<'certificate'> | undefined;
  readonly end: Of<'run.end'> | undefined;
  /** What scrolls by above the live frame; only ever grows. */
  readonly history: readonly HistoryLine[];
  /** `ts` of the first and of the latest event. */
  readonly startedAt: number | undefined;
  readonly latestAt: number;
  /** Tasks that have left their line in the history. */
  readonly toldTasks: readonly string[];
}

type Of<E extends RunEvent['event']> = Extract<RunEvent, { readonly event: E }>;

export interface StageView {
  readonly plan: Of<'plan'>;
  /** The one at hand, where each is optimised by itself. */
  readonly sample: Of<'sample'> | undefined;
  /** 1-based; 0 before the first step. */
  readonly step: number;
  readonly epoch: number;
  readonly total: { readonly value: number | null; readonly series: Series };
  readonly terms: readonly TermView[];
  readonly learningRate: number | undefined;
  readonly gradientNorm: number | null;
  /** Names of what was not finite in the latest step. */
  readonly nonfinite: readonly string[];
  /** Running mean, for the rate. */
  readonly millisecondsPerStep: number;
  /** Where this process took the stage up: the base of the time left. */
  readonly since: { readonly step: number; readonly ts: number } | undefined;
  /** Of the epoch under way, for its line in the history. */
  readonly epochTotal: { readonly sum: number; readonly count: number };
}

export interface TermView {
  readonly name: string;
  readonly formula: string;
  readonly weight: number;
  readonly raw: number | null;
  readonly weighted: number | null;
  readonly share: number | null;
  /** How many elements it averages. */
  readonly count?: number;
  readonly series: Series;
}

export interface TaskView {
  readonly task: string;
  readonly done: number;
  readonly total: number;
  readonly startedAt: number;
}

export interface MetricView {
  readonly stage: string;
  readonly evaluation: string;
  readonly data: string;
  readonly name: string;
  readonly unit: string | undefined;
  readonly value: number | null;
  readonly step: number;
  /** Its value where the evaluation was last the best. */
  readonly best: { readonly value: number | null; readonly step: number } | undefined;
  /** How many entries the value is the mean of, where the metric keeps an axis. */
  readonly entries: number | undefined;
  readonly series: Series;
}

interface WarningView {
  readonly code: string;
  readonly message: string;
  readonly count: number;
}

export interface HistoryLine {
  readonly id: number;
  readonly kind: 'start' | 'task' | 'stage' | 'epoch' | 'evaluation' | 'best' | 'checkpoint' | 'warning' | 'note';
  /** Milliseconds since the first event. */
  readonly at: number;
  readonly text: string;
}

export const emptyRunView: RunView = {
  header: undefined,
  stage: undefined,
  tasks: [],
  metrics: [],
  warnings: [],
  cache: undefined,
  checkpoint: undefined,
  certificate: undefined,
  end: undefined,
  history: [],
  startedAt: undefined,
  latestAt: 0,
  toldTasks: [],
};

/** The view after one more event. */
export function reduce(before: RunView, event: RunEvent): RunView {
  const view: RunView = { ...before, startedAt: before.startedAt ?? event.ts, latestAt: event.ts };
  switch (event.event) {
    case 'run.start':
      return started(view, event);
    case 'plan':
      return planned(view, event);
    case 'progress':
      return progressed(view, event);
    case 'sample':
      return sampleBegun(view, event);
    case 'step':
      return stepped(view, event);
    case 'epoch':
      return epochEnded(view, event);
    case 'eval':
      return evaluated(view, event);
    case 'checkpoint':
      return checkpointed(view, event);
    case 'cache':
      return { ...view, cache: event };
    case 'reuse':
      return reused(view, event);
    case 'certificate':
      return { ...view, certificate: event };
    case 'warning':
      return warned(view, event);
    case 'run.end':
      return { ...view, end: event, tasks: [] };
  }
}

function started(before: RunView, event: Of<'run.start'>): RunView {
  // The next run of a study begins anew, under the history of those before.
  const another = before.header !== undefined && before.header.folder !== event.folder;
  const view: RunView = another
    ? { ...emptyRunView, history: before.history, startedAt: event.ts, latestAt: event.ts }
    : before;
  const seed = `${event.row} · seed ${event.seed}`;
  const text =
    event.resumedAt === undefined ? `${event.name} ${seed}` : `${event.name} ${seed} resumed at step ${formatCount(event.resumedAt)}`; // prettier-ignore
  // A resumed run goes on in the same stream: what ended it before has not ended it.
  return tell({ ...view, header: event, end: undefined, certificate: undefined, tasks: [] }, 'start', text);
}

function planned(view: RunView, event: Of<'plan'>): RunView {
  const stage: StageView = {
    plan: event,
    sample: undefined,
    step: 0,
    epoch: 0,
    total: { value: null, series: emptySeries },
    terms: event.terms.map((term) => ({
      ...term,
      raw: null,
      weighted: null,
      share: null,
      series: emptySeries,
    })),
    learningRate: undefined,
    gradientNorm: null,
    nonfinite: [],
    millisecondsPerStep: 0,
    since: undefined,
    epochTotal: { sum: 0, count: 0 },
  };
  const text = `stage ${event.stage}: ${formatCount(event.steps)} steps, batch ${event.batch}`;
  return event.stage === 'main' ? { ...view, stage } : tell({ ...view, stage }, 'stage', text);
}

function sampleBegun(view: RunView, event: Of<'sample'>): RunView {
  const { stage } = view;
  return stage === undefined ? view : tell({ ...view, stage: { ...stage, sample: event } }, 'stage', sampleWords(event)); // prettier-ignore
}

/** `sample 3/12 (cat)` */
export const sampleWords = ({ at, of, name }: Of<'sample'>): string => `sample ${formatCount(at)}/${formatCount(of)} (${name})`; // prettier-ignore

/** How far the stage is, or the sample at hand where each is optimised by itself. */
export function stepsDone({ plan, sample, step }: StageView): { readonly done: number; readonly total: number } {
  return sample === undefined ? { done: step, total: plan.steps } : { done: Math.max(0, step - sample.begunAt), total: sample.steps }; // prettier-ignore
}

/** The stage counts as done. */
function reused(view: RunView, event: Of<'reuse'>): RunView {
  const stage = view.stage === undefined ? undefined : { ...view.stage, step: event.steps };
  const text = `stage ${event.stage}: done before, its end is reused`;
  return tell({ ...view, ...(stage === undefined ? {} : { stage }) }, 'stage', text);
}

function progressed(view: RunView, event: Of<'progress'>): RunView {
  const known = view.tasks.find((it) => it.task === event.task);
  const task: TaskView = {
    task: event.task,
    done: event.done,
    total: event.total,
    startedAt: known?.startedAt ?? event.ts,
  };
  const others = view.tasks.filter((it) => it.task !== event.task);
  if (event.done < event.total) return { ...view, tasks: [...others, task] };
  const finished: RunView = { ...view, tasks: others };
  // Work that returns with every evaluation leaves its line once, and work that was over at once none.
  if (known === undefined || view.toldTasks.includes(event.task)) return finished;
  const duration = formatDuration(event.ts - task.startedAt, true);
  const text = `${event.task}: ${formatCount(event.total)} in ${duration}`;
  return tell({ ...finished, toldTasks: [...view.toldTasks, event.task] }, 'task', text);
}

function stepped(view: RunView, event: Of<'step'>): RunView {
  const stage = view.stage;
  if (stage === undefined) return view;
  const next: StageView = {
    ...stage,
    step: event.step,
    epoch: event.epoch,
    total: { value: event.total, series: append(stage.total.series, event.total) },
    terms: mergeTerms(stage.terms, event.terms),
    learningRate: event.learningRate,
    gradientNorm: event.gradientNorm,
    nonfinite: event.nonfinite ?? [],
    millisecondsPerStep:
      stage.millisecondsPerStep === 0 ? event.ms : stage.millisecondsPerStep * 0.95 + event.ms * 0.05,
    since: stage.since ?? { step: event.step - 1, ts: event.ts - event.ms },
    epochTotal:
      event.total === null
        ? stage.epochTotal
        : { sum: stage.epochTotal.sum + event.total, count: stage.epochTotal.count + 1 },
  };
  return { ...view, stage: next };
}

function mergeTerms(before: readonly TermView[], values: readonly TermValue[]): readonly TermView[] {
  const merged = before.map((term) => {
    const value = values.find((it) => it.name === term.name);
    return value === undefined ? term : { ...term, ...value, series: append(term.series, value.raw) };
  });
  const unplanned = values.filter((value) => before.every((term) => term.name !== value.name));
  return [
    ...merged,
    ...unplanned.map((value) => ({ ...value, formula: '', weight: 1, series: append(emptySeries, value.raw) })),
  ];
}

function epochEnded(view: RunView, event: Of<'epoch'>): RunView {
  const stage = view.stage;
  if (stage === undefined) return view;
  const { sum, count } = stage.epochTotal;
  const mean = count === 0 ? '' : `  loss ${formatNumber(sum / count)}`;
  const text = `epoch ${event.epoch}/${Math.ceil(stage.plan.epochs)}${mean}  ${formatDuration(event.ms, true)}`;
  return tell({ ...view, stage: { ...stage, epochTotal: { sum: 0, count: 0 } } }, 'epoch', text);
}

function evaluated(view: RunView, event: Of<'eval'>): RunView {
  const metrics = [...view.metrics];
  for (const metric of event.metrics) {
    const same = (it: MetricView) =>
      it.stage === event.stage &&
      it.evaluation === event.evaluation &&
      it.data === event.data &&
      it.name === metric.name;
    const index = metrics.findIndex(same);
    const known = metrics[index];
    const value = scalarOf(metric);
    const updated: MetricView = {
      stage: event.stage,
      evaluation: event.evaluation,
      data: event.data,
      name: metric.name,
      unit: metric.unit,
      value,
      step: event.step,
      best: event.best ? { value, step: event.step } : known?.best,
      entries: metric.value === null ? metric.values?.length : undefined,
      series: append(known?.series ?? emptySeries, value),
    };
    if (known === undefined) metrics.push(updated);
    else metrics[index] = updated;
  }
  const place = event.evaluation === event.data ? event.data : `${event.evaluation} on ${event.data}`;
  const words = event.metrics.map((it) => `${it.name} ${formatMetric(scalarOf(it), it.unit)}`).join('  ');
  return tell(
    { ...view, metrics },
    event.best ? 'best' : 'evaluation',
    `${place}: ${words}${event.best ? '  best' : ''}`,
  );
}

/** One number for a metric; of one that keeps an axis, the mean of its entries. */
export function scalarOf(metric: MetricValue): number | null {
  if (metric.value !== null) return metric.value;
  const values = (metric.values ?? []).filter((it) => it !== null);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function checkpointed(view: RunView, event: Of<'checkpoint'>): RunView {
  const next: RunView = { ...view, checkpoint: event };
  if (event.reason !== 'interrupt') return next;
  return tell(next, 'checkpoint', `checkpoint at step ${formatCount(event.step)}: ${event.path}`);
}

function warned(view: RunView, event: Of<'warning'>): RunView {
  const index = view.warnings.findIndex((it) => it.code === event.code && it.message === event.message);
  const known = view.warnings[index];
  if (known !== undefined)
    return { ...view, warnings: view.warnings.with(index, { ...known, count: known.count + 1 }) };
  const warnings = [...view.warnings, { code: event.code, message: event.message, count: 1 }];
  return tell({ ...view, warnings }, 'warning', `warning[${event.code}]: ${event.message}`);
}

/** The view with a sentence from outside the run in its history. */
export function withNote(view: RunView, text: string): RunView {
  return tell(view, 'note', text);
}

function tell(view: RunView, kind: HistoryLine['kind'], text: string): RunView {
  const at = view.latestAt - (view.startedAt ?? view.latestAt);
  return { ...view, history: [...view.history, { id: view.history.length, kind, at, text }] };
}

/** Milliseconds that the stage still needs at its pace so far (evaluations included), or nothing before there is a pace. */
export function timeLeft(view: RunView): number | undefined {
  const stage = view.stage;
  if (stage?.since === undefined) return undefined;
  const done = stage.step - stage.since.step;
  if (done < 2) return undefined;
  return ((view.latestAt - stage.since.ts) / done) * (stage.plan.steps - stage.step);
}
