import { describe, expect, test } from 'vitest';
import type { EvaluationResult } from '../../../../src/runtime/checkpoint.ts';
import type { RunEvent } from '../../../../src/runtime/events.ts';
import { comparedRun, type ComparedRun } from '../../../../src/runtime/records/comparison/compared-run.ts';
import { metricsOf, sideMetric, sidesOf } from '../../../../src/runtime/records/comparison/sides.ts';
import type { RunRecord } from '../../../../src/runtime/records/run-record.ts';

const record: RunRecord = {
  schema: 'clipx.run/1', state: 'complete', name: 'line', title: '', row: 'full', seed: 1, digests: { semantic: 'a', protocol: 'p' },
  inputs: 'i', created: '', updated: '', process: 1, backend: { name: 'reference', version: '1', device: 'javascript', threads: 1 },
}; // prettier-ignore

const result = (step: number, value: number | null, more: Partial<EvaluationResult> = {}): EvaluationResult =>
  ({ stage: 'main', evaluation: 'val', data: 'val', step, samples: 4, best: false, metrics: [{ name: 'error', value }], ...more }); // prettier-ignore

const evaluated = (of: EvaluationResult): RunEvent => ({
  schema: 'clipx.event/1',
  seq: 0,
  ts: 0,
  event: 'eval',
  ...of,
});

function run(change: Partial<RunRecord> = {}, results: readonly EvaluationResult[] = [], events: readonly EvaluationResult[] = [], clipx = '1'): ComparedRun {
  return comparedRun({ folder: '', record: { ...record, ...change }, dead: false, events: events.map(evaluated), results }, { clipx });
} // prettier-ignore

const labels = (...runs: readonly ComparedRun[]): readonly string[] =>
  sidesOf(runs).map((side) => `${side.label}${side.runs.map(({ record: { seed } }) => seed).join('')}`);

describe('sidesOf', () => {
  test('runs that differ in the seed alone are one side', () => {
    expect(labels(run(), run({ seed: 2 }), run({ row: 'none' }), run({ seed: 3 }))).toEqual(['A123', 'B1']);
  });

  test('a seed that was run twice is no more seeds', () => {
    expect(labels(run(), run(), run({ seed: 2 }))).toEqual(['A12', 'B1']);
  });

  test('another program, engine, input or clipx is another side', () => {
    const other = { name: 'reference', version: '2', device: 'javascript', threads: 1 } as const;
    const changes: readonly Partial<RunRecord>[] = [{ digests: { semantic: 'b', protocol: 'p' } }, { inputs: 'j' }, { backend: other }, { name: 'other' }]; // prettier-ignore
    for (const change of changes) expect(labels(run(), run({ seed: 2, ...change })), JSON.stringify(change)).toEqual(['A1', 'B2']); // prettier-ignore
    expect(labels(run(), run({ seed: 2 }, [], [], '2'))).toEqual(['A1', 'B2']);
    expect(labels(run(), run({ seed: 2, backend: { ...other, version: '1', threads: 8 } }))).toEqual(['A12']);
  });

  test('what is not complete, or on random data, is alone', () => {
    expect(labels(run(), run({ seed: 2, state: 'interrupted' }), run({ seed: 3, state: 'interrupted' }))).toEqual(['A1', 'B2', 'C3']); // prettier-ignore
    expect(labels(run({ random: true }), run({ seed: 2, random: true }))).toEqual(['A1', 'B2']);
  });

  test('the 27th side is AA', () => {
    expect(labels(...Array.from({ length: 28 }, (_, at) => run({ row: `${at}` }))).slice(24)).toEqual(['Y1', 'Z1', 'AA1', 'AB1']); // prettier-ignore
  });
});

describe('what a run measured', () => {
  const values = (of: ComparedRun) => of.metrics.map(({ key, at, value, step }) => [key, at, value, step]);

  test('is its final results, and beside selected ones those of the last step', () => {
    const selected = result(10, 0.5, { best: true });
    const found = run({}, [selected], [result(5, 0.9), selected, result(15, 0.7), result(20, 0.8)]);
    expect(values(found)).toEqual([['val.error', 'end', 0.5, 10], ['val.error', 'last step', 0.8, 20]]); // prettier-ignore
    expect(values(run({}, [result(20, 0.8)], [result(5, 0.9), result(20, 0.8)]))).toEqual([['val.error', 'end', 0.8, 20]]); // prettier-ignore
  });

  test('is what it has come to, of a run that is not through', () => {
    const running = { state: 'running' as const };
    expect(values(run(running, [], [result(5, 0.9), result(10, 0.6)]))).toEqual([['val.error', 'end', 0.6, 10]]);
    expect(values(run(running, [], [result(5, 0.4, { best: true }), result(10, 0.6)]))).toEqual([['val.error', 'end', 0.4, 5], ['val.error', 'last step', 0.6, 10]]); // prettier-ignore
    expect(run(running).metrics).toEqual([]);
  });

  test('has entries of a metric that keeps an axis under their words, 0 and null as they are', () => {
    const metrics = [{ name: 'by', value: null, values: [0, null], entries: ['cat', 'dog'] }, { name: 'none', value: null }]; // prettier-ignore
    const stages = run({}, [result(1, 0, { stage: 'late', metrics })]);
    expect(values(stages)).toEqual([['late/val.by["cat"]', 'end', 0, 1], ['late/val.by["dog"]', 'end', null, 1], ['late/val.none', 'end', null, 1]]); // prettier-ignore
  });

  test('stands side by side; a side without a selection ends with its last step, one without the metric has nothing', () => {
    const selected = result(10, 0.5, { best: true });
    const sides = sidesOf([
      run({}, [selected], [selected, result(20, 0.8)]),
      run({ row: 'plain' }, [result(20, 0.7)]),
      run({ row: 'bare' }, [result(20, 0, { metrics: [] })]),
    ]);
    const found = metricsOf(sides).map((metric) => [metric.key, metric.at, ...sides.map((side) => sideMetric(side, metric).values[0]?.value)]); // prettier-ignore
    expect(found).toEqual([['val.error', 'end', 0.5, 0.7, undefined], ['val.error', 'last step', 0.8, 0.7, undefined]]); // prettier-ignore
  });
});
