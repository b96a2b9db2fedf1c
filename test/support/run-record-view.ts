import type { RunRecordView } from '../../src/runtime/records/report-view.ts';
import type { Study } from '../../src/runtime/records/study.ts';
import { runStream, type StreamOptions } from './run-stream.ts';

const digests = { semantic: '4f1c9a'.repeat(11).slice(0, 64), protocol: '9b02d7'.repeat(11).slice(0, 64) };

/** A study of two rows and three seeds; the second row is of an older version of the file. */
export const study: Study = {
  schema: 'clipx.study/1',
  experiment: 'clip_gaze',
  clipx: '0.1.0',
  engine: 'onnxruntime-node 1.30.0',
  made: '2026-01-14T17:00:00.000Z',
  metrics: [{ key: 'target.error', unit: 'deg', direction: 'min' }],
  rows: [
    {
      row: 'full',
      digests,
      runs: [7.15, 7.32, 7.01].map((error, index) => ({ seed: index + 1, values: { 'target.error': error } })),
    },
    {
      row: 'L_g only',
      digests: { ...digests, semantic: 'e'.repeat(64) },
      runs: [8.4, 8.9, 8.1].map((error, index) => ({ seed: index + 1, values: { 'target.error': error } })),
    },
  ],
  baselines: [{ metric: 'target.error', label: 'predicting the mean direction', value: 14.2 }],
};

/** A finished run as its folder would give it. */
export function runRecordView(options: StreamOptions = {}): RunRecordView {
  const events = runStream(options);
  const status = 'status' in options ? (options.status ?? 'running') : 'complete';
  const last = events.findLast((it) => it.event === 'eval');
  return {
    folder: 'runs/clip_gaze-full-s1-4f1c9a4f',
    record: {
      schema: 'clipx.run/1',
      state: status,
      name: 'clip_gaze',
      title: 'CLIP-Gaze: keep what gaze needs, push away what CLIP says is irrelevant',
      row: 'full',
      seed: 1,
      digests,
      created: '2026-01-15T09:30:00.000Z',
      updated: '2026-01-15T09:31:00.000Z',
      process: 1,
    },
    events,
    results: last === undefined ? [] : [{ ...last, mark: 'test' }],
    groups: [
      { owner: 'clip', state: 'frozen', stages: [], tensors: 149, count: 8_123_904, learningRates: [], decayed: 0, decidedAt: 'clip-gaze.clipx:25' }, // prettier-ignore
      { owner: 'E', state: 'trainable', stages: ['main'], tensors: 62, count: 11_176_512, learningRates: [1e-4], decayed: 0, decidedAt: 'clip-gaze.clipx:26' }, // prettier-ignore
      { owner: 'M', state: 'trainable', stages: ['main'], tensors: 4, count: 395_520, learningRates: [1e-4], decayed: 0, decidedAt: 'clip-gaze.clipx:27' }, // prettier-ignore
      { owner: 'F', state: 'trainable', stages: ['main'], tensors: 2, count: 4_163, learningRates: [1e-4], decayed: 0, decidedAt: 'clip-gaze.clipx:28' }, // prettier-ignore
    ],
    experiment:
      'clipx 1\n\nexperiment clip_gaze "CLIP-Gaze"\n\n# ── what one sample holds\naxis xyz = 3\ninput face : image(64)\nlet close = x < y & "</pre>"\n',
    environment: [
      { name: 'clipx', value: '0.1.0' },
      { name: 'node', value: '20.20.2' },
      { name: 'backend', value: 'onnxruntime-node · 1.30.0 · cpu · 2' },
    ],
    baselines: study.baselines ?? [],
    study: { table: study, path: 'experiments/clip-gaze/study.json', now: { full: digests, 'L_g only': digests } },
    figures: [],
  };
}
