import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/runtime/events.ts';
import { emptyRunView, reduce, timeLeft, type RunView } from '../../src/tui/run-view.ts';
import { runStream } from '../support/run-stream.ts';

const viewOf = (events: readonly RunEvent[]): RunView => events.reduce(reduce, emptyRunView);

test('the best of a metric is its value where the evaluation was last called the best', () => {
  const stream = runStream();
  const evaluations = stream.filter((it) => it.event === 'eval');
  const best = evaluations.findLast((it) => it.best);
  const error = viewOf(stream).metrics.find((it) => it.name === 'error');
  expect(error?.best).toEqual({ value: best?.metrics[0]?.value, step: best?.step });
  expect(error?.value).toBe(evaluations.at(-1)?.metrics[0]?.value);
});

test('a metric that keeps an axis is shown as the mean of its entries', () => {
  const metric = viewOf(runStream()).metrics.find((it) => it.name === 'by_yaw');
  const last = runStream().findLast((it) => it.event === 'eval');
  const values = last?.metrics[1]?.values ?? [];
  expect(metric?.entries).toBe(2);
  expect(metric?.value).toBeCloseTo(((values[0] ?? 0) + (values[1] ?? 0)) / 2, 12);
});

test('the time left follows from the pace so far, evaluations included', () => {
  const stream = runStream({ epochs: 4, stepsPerEpoch: 50, millisecondsPerStep: 100 });
  const half = stream.findIndex((it) => it.event === 'step' && it.step === 100);
  const view = viewOf(stream.slice(0, half + 1));
  const first = stream.find((it) => it.event === 'step');
  const spent = (stream[half]?.ts ?? 0) - (first?.ts ?? 0);
  expect(timeLeft(view)).toBeGreaterThan(spent * 0.95);
  expect(timeLeft(view)).toBeLessThan(spent * 1.05);
});

test('a resumed run counts its pace from where it was taken up', () => {
  const stream = runStream({ epochs: 2, stepsPerEpoch: 100, millisecondsPerStep: 100 });
  const plan = stream.findIndex((it) => it.event === 'plan');
  const later = stream.findIndex((it) => it.event === 'step' && it.step === 101);
  const view = viewOf([...stream.slice(0, plan + 1), ...stream.slice(later, later + 50)]);
  expect(timeLeft(view)).toBeGreaterThan(4_500);
  expect(timeLeft(view)).toBeLessThan(5_500);
});

test('a warning that returns is counted, and told once', () => {
  const warning: RunEvent = {
    schema: 'clipx.event/1',
    seq: 0,
    ts: 0,
    event: 'warning',
    code: 'CX7001',
    message: 'again',
  };
  const view = viewOf([warning, warning, warning]);
  expect(view.warnings).toEqual([{ code: 'CX7001', message: 'again', count: 3 }]);
  expect(view.history.length).toBe(1);
});

test('the history only grows, so that what has scrolled away stays true', () => {
  let view = emptyRunView;
  for (const event of runStream()) {
    const next = reduce(view, event);
    expect(next.history.slice(0, view.history.length)).toEqual(view.history);
    expect(next.history.map((it) => it.id)).toEqual(next.history.map((_, index) => index));
    view = next;
  }
});
