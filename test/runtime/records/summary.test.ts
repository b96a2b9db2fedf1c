import { expect, test } from 'vitest';
import { renderSummary } from '../../../src/runtime/records/summary.ts';
import { runRecordView, study } from '../../support/run-record-view.ts';

const view = runRecordView();

test('the summary of a finished run looks as agreed', async () => {
  const text = renderSummary({
    name: 'clip_gaze',
    row: 'full',
    seed: 1,
    status: 'complete',
    steps: 310,
    ms: 151_000,
    results: view.results,
    baselines: view.baselines,
    certificate: { frozen: 149, verified: 149, trained: 67, moved: 67 },
    study: view.study ?? { table: study, path: 'study.json' },
    folder: view.folder,
    report: `${view.folder}/report.html`,
    figures: `${view.folder}/figures`,
  });
  await expect(text).toMatchFileSnapshot('../../golden/report/summary-complete.txt');
});

test('a failed run says why and where it lies, and shows no result it has not', () => {
  const text = renderSummary({
    name: 'clip_gaze',
    row: 'full',
    seed: 2,
    status: 'failed',
    steps: 12,
    results: [],
    baselines: [],
    folder: 'runs/x',
    error: { code: 'CX8221', message: 'L_ir is not finite at step 12', help: 'lower the learning rate' },
  });
  expect(text).toBe(
    [
      'clip_gaze, row full, seed 2: failed after 12 steps',
      '',
      'error[CX8221]: L_ir is not finite at step 12',
      '  help: lower the learning rate',
      'run folder  runs/x',
      '',
    ].join('\n'),
  );
});

test('what a metric averaged is said where it is not the samples', () => {
  const [result] = view.results;
  if (result === undefined) throw new Error('no result');
  const lines = (count: number): string =>
    renderSummary({
      name: 'clip_gaze',
      row: 'full',
      seed: 1,
      status: 'complete',
      steps: 310,
      results: [{ ...result, metrics: result.metrics.map((it) => ({ ...it, count })) }],
      baselines: [],
    });
  expect(lines(9)).toContain('1,024 samples over 9 elements');
  expect(lines(1024)).not.toContain('elements');
});
