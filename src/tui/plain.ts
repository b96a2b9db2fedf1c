import type { RunEvent, TermValue } from '../runtime/events.ts';
import {
  formatBytes,
  formatCount,
  formatEpochs,
  formatDuration,
  formatElements,
  formatMetric,
  formatNumber,
  formatRate,
  formatShare,
  formatSpeed,
} from '../runtime/records/report-format.ts';
import type { RunObserver } from './observer.ts';
import { emptyRunView, reduce, sampleWords, scalarOf, stepsDone, timeLeft, type RunView } from './run-view.ts';

/** A line at least every ten seconds while something happens, and at most one a second. */
const longestSilence = 10_000;
const shortestGap = 1_000;
/** Lines a stage is told in when it goes fast. */
const linesPerStage = 40;

/**
 * Lines for logs, pipes and CI: no escape codes, nothing drawn twice.
 * Which lines appear depends on the events alone, so a watched run reads as it did when it ran.
 */
export function plainRenderer(write: (text: string) => void): RunObserver {
  let view: RunView = emptyRunView;
  let lastStepLine = 0;
  let lastTaskLine = 0;
  const line = (text: string) => write(`${text}\n`);

  function step(event: Extract<RunEvent, { event: 'step' }>, before: RunView): void {
    const stage = view.stage;
    const steps = stage?.plan.steps ?? event.step;
    const every = Math.max(1, Math.ceil(steps / linesPerStage));
    const gap = event.ts - lastStepLine;
    const due = event.step % every === 0 || event.step === steps;
    const first = before.stage?.step === 0;
    const broken = event.total === null;
    if (!(first || broken || gap >= longestSilence || (due && gap >= shortestGap) || event.step === steps)) return;
    lastStepLine = event.ts;
    const left = timeLeft(view);
    const { done, total } = stage === undefined ? { done: event.step, total: steps } : stepsDone(stage);
    const parts = [
      ...(stage?.sample === undefined ? [] : [sampleWords(stage.sample)]),
      `step ${formatCount(done)}/${formatCount(total)}`,
      ...(stage?.sample === undefined
        ? [`epoch ${event.epoch}${stage === undefined ? '' : `/${Math.ceil(stage.plan.epochs)}`}`]
        : []),
      `loss ${formatNumber(event.total)}`,
      ...event.terms.map((term) => termWords(term, event.terms.length > 1)),
      `lr ${formatRate(event.learningRate)}`,
      ...(event.gradientNorm === null ? [] : [`|g| ${formatNumber(event.gradientNorm)}`]),
      formatSpeed(stage?.millisecondsPerStep ?? event.ms),
      ...(left === undefined || event.step === steps ? [] : [`${formatDuration(left)} left`]),
      ...(event.nonfinite === undefined ? [] : [`NOT FINITE: ${event.nonfinite.join(', ')}`]),
    ];
    line(parts.join('  '));
  }

  function progress(event: Extract<RunEvent, { event: 'progress' }>): void {
    const finished = event.done >= event.total;
    if (finished) {
      const told = view.history.at(-1);
      if (told?.kind === 'task') line(told.text);
      lastTaskLine = event.ts;
      return;
    }
    if (lastTaskLine !== 0 && event.ts - lastTaskLine < longestSilence) return;
    lastTaskLine = event.ts;
    const percent = event.total === 0 ? 0 : Math.floor((100 * event.done) / event.total);
    line(`${event.task} ${formatCount(event.done)}/${formatCount(event.total)} (${percent} %)`);
  }

  function event(event: RunEvent): void {
    const before = view;
    view = reduce(view, event);
    if (event.event === 'step') return step(event, before);
    if (event.event === 'progress') {
      // A task that was told before says nothing when it ends again.
      if (before.history.length === view.history.length && event.done >= event.total) return;
      return progress(event);
    }
    for (const text of plainLines(event, view)) line(text);
  }

  return { event, preparing: event, note: line, close: () => Promise.resolve() };
}

/** The lines of an event that is always told. */
function plainLines(event: Exclude<RunEvent, { event: 'step' | 'progress' }>, view: RunView): readonly string[] {
  switch (event.event) {
    case 'run.start': {
      const { backend } = event;
      return [
        `${event.name}: ${event.title}`,
        `row ${event.row}, seed ${event.seed}${event.resumedAt === undefined ? '' : `, resumed at step ${formatCount(event.resumedAt)}`}`,
        `engine ${backend.name} ${backend.version} on ${backend.device}, ${backend.threads} ${plural(backend.threads, 'thread')}`,
        `run folder ${event.folder}`,
      ];
    }
    case 'plan':
      return [
        `stage ${event.stage}: ${formatCount(event.steps)} steps, ${formatEpochs(event.epochs)} ${plural(event.epochs, 'epoch')} of ${formatCount(event.stepsPerEpoch)}, batch ${event.batch}`,
        `trainable ${formatCount(event.trainable.count)} numbers in ${event.trainable.tensors} tensors, frozen ${formatCount(event.frozen.count)} in ${event.frozen.tensors}`,
        ...(event.constants.length === 0 ? [] : [`computed once: ${event.constants.join(', ')}`]),
        ...(event.cached.length === 0 ? [] : [`cached per sample: ${event.cached.join(', ')}`]),
        ...event.terms.map(
          (term) =>
            `loss term ${term.name} × ${formatRate(term.weight)} = ${term.formula}${formatElements(term.count)}`,
        ),
      ];
    case 'sample':
    case 'epoch':
      return [view.history.at(-1)?.text ?? ''];
    case 'eval': {
      const place = event.evaluation === event.data ? event.data : `${event.evaluation} on ${event.data}`;
      const lines = event.metrics.map(
        (it) =>
          `eval ${place} at step ${formatCount(event.step)}: ${it.name} ${formatMetric(scalarOf(it), it.unit)}${formatElements(it.count, event.samples)}`,
      );
      return event.best ? lines.map((it) => `${it} (best)`) : lines;
    }
    case 'checkpoint':
      return event.reason === 'interval'
        ? []
        : [
            `checkpoint (${event.reason}) at step ${formatCount(event.step)}: ${event.path}, ${formatBytes(event.bytes)}`,
          ];
    case 'cache':
      return [
        `feature cache: ${formatCount(event.hits)} reused, ${formatCount(event.misses)} computed, ${formatBytes(event.bytes)}`,
      ];
    case 'reuse':
      return [
        `stage ${event.stage}: its ${formatCount(event.steps)} steps were done before, for another variant or run; their end is reused`,
      ];
    case 'certificate':
      return [`frozen: verified ${event.verified}/${event.frozen}`, `trained: moved ${event.moved}/${event.trained}`];
    case 'warning':
      return [`warning[${event.code}]: ${event.message}`];
    case 'run.end':
      return [
        `${event.status} after ${formatCount(event.steps)} steps in ${formatDuration(event.ms)}, peak ${formatCount(event.peakMiB)} MiB`,
        ...(event.message === undefined
          ? []
          : [`${event.code === undefined ? '' : `[${event.code}] `}${event.message}`]),
        ...(event.resume === undefined ? [] : [`resume: ${event.resume}`]),
      ];
  }
}

function termWords(term: TermValue, several: boolean): string {
  return `${term.name} ${formatNumber(term.raw)}${several ? ` (${formatShare(term.share)})` : ''}${term.count === undefined ? '' : ` over ${formatCount(term.count)}`}`;
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}
