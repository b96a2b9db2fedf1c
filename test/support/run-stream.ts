import type { RunEvent, RunEventBody } from '../../src/runtime/events.ts';

export interface StreamOptions {
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  readonly millisecondsPerStep?: number;
  /** How the run ends; `undefined` where it is still under way. */
  readonly status?: 'complete' | 'interrupted' | 'failed' | undefined;
}

const start = Date.UTC(2026, 0, 15, 9, 30);

/** A run as it might have gone: the four terms of clip-gaze, falling losses, an evaluation after each epoch, two warnings. */
export function runStream(options: StreamOptions = {}): readonly RunEvent[] {
  const { epochs = 10, stepsPerEpoch = 31, millisecondsPerStep = 62 } = options;
  const status = 'status' in options ? options.status : 'complete';
  const steps = epochs * stepsPerEpoch;
  const events: RunEvent[] = [];
  let ts = start;
  const say = (body: RunEventBody, ms = 0) => {
    ts += ms;
    events.push({ schema: 'clipx.event/1', seq: events.length, ts, ...body });
  };
  say({
    event: 'run.start',
    name: 'clip_gaze',
    title: 'CLIP-Gaze: keep what gaze needs, push away what CLIP says is irrelevant',
    row: 'full',
    seed: 1,
    folder: 'runs/clip_gaze-full-1-20260115-093000',
    digests: { semantic: '4f1c9a'.repeat(11).slice(0, 64), protocol: '9b02d7'.repeat(11).slice(0, 64) },
    backend: { name: 'onnxruntime-node', version: '1.30.0', device: 'cpu', threads: 2 },
  });
  for (let done = 0; done <= 4000; done += 500)
    say({ event: 'progress', task: 'render faces', done, total: 4000 }, 900);
  for (let done = 0; done <= 31; done++) say({ event: 'progress', task: 'features', done, total: 31 }, 180);
  say({ event: 'cache', hits: 1200, misses: 2800, bytes: 5_734_400 });
  say({
    event: 'plan',
    stage: 'main',
    steps,
    epochs,
    stepsPerEpoch,
    batch: 128,
    trainable: { tensors: 67, count: 11_576_195 },
    frozen: { tensors: 149, count: 8_123_904 },
    constants: ['clip.text(irrelevant)'],
    cached: ['clip.image(face)'],
    terms: [
      { name: 'L_g', formula: 'angular_error(ĝ, gaze)', weight: 1 },
      { name: 'L_d', formula: 'cosine_distance(f, f_v)', weight: 1 },
      { name: 'L_ir', formula: 'mean(sum(w * cos(f_re, f_ir), over: factor))', weight: 1 },
      { name: 'L_re', formula: 'rank_loss(f_re, gaze)', weight: 1 },
    ],
  });
  for (let step = 1; step <= steps; step++) {
    const epoch = Math.ceil(step / stepsPerEpoch);
    say(stepEvent(step, epoch, steps, stepsPerEpoch, millisecondsPerStep), millisecondsPerStep);
    if (step === 12)
      say({ event: 'warning', code: 'CX7003', message: 'L_re acts on 0.4 % of the loss; its weight may be too small' });
    if (step % stepsPerEpoch !== 0) continue;
    say({ event: 'epoch', stage: 'main', epoch, ms: stepsPerEpoch * millisecondsPerStep });
    const error = 7.1 + 9 * Math.exp(-step / (steps / 4)) + 0.35 * wave(step, 5);
    say({ event: 'progress', task: 'evaluate target', done: 4, total: 4 }, 300);
    say({
      event: 'eval',
      stage: 'main',
      evaluation: 'target',
      data: 'target',
      step,
      samples: 1024,
      metrics: [
        { name: 'error', value: error, unit: 'deg' },
        { name: 'by_yaw', value: null, unit: 'deg', values: [error - 1, error + 1.2], entries: ['left', 'right'] },
      ],
      best: epoch % 3 !== 0,
    });
    say({ event: 'checkpoint', step, path: `checkpoints/step-${step}`, bytes: 139_000_000, reason: 'interval' });
  }
  if (status === 'failed') {
    say({ event: 'warning', code: 'CX8105', message: 'the gradient norm grew tenfold within twenty steps' });
    say({
      event: 'run.end',
      status,
      ms: ts - start,
      steps,
      peakMiB: 812,
      code: 'CX8106',
      message: 'L_ir is not finite at step 310: cos(f_re, f_ir) divides by a norm of 0',
    });
  } else if (status === 'interrupted') {
    say({ event: 'checkpoint', step: steps, path: 'checkpoints/step-310', bytes: 139_000_000, reason: 'interrupt' });
    say({
      event: 'run.end',
      status,
      ms: ts - start,
      steps,
      peakMiB: 812,
      resume: 'clipx resume runs/clip_gaze-full-1-20260115-093000',
    });
  } else if (status === 'complete') {
    say({ event: 'checkpoint', step: steps, path: 'checkpoints/step-310', bytes: 139_000_000, reason: 'end' });
    say({ event: 'certificate', frozen: 149, verified: 149, trained: 67, moved: 67 });
    say({ event: 'run.end', status, ms: ts - start, steps, peakMiB: 812 });
  }
  return events;
}

function stepEvent(step: number, epoch: number, steps: number, perEpoch: number, ms: number): RunEventBody {
  const fall = (from: number, to: number, pace: number) => to + (from - to) * Math.exp((-pace * step) / steps);
  const values = [
    { name: 'L_g', raw: fall(0.81, 0.11, 4) * (1 + 0.08 * wave(step, 1)) },
    { name: 'L_d', raw: fall(1.02, 0.31, 3) * (1 + 0.03 * wave(step, 2)) },
    { name: 'L_ir', raw: fall(0.24, 0.07, 6) * (1 + 0.05 * wave(step, 3)) },
    { name: 'L_re', raw: fall(0.011, 0.004, 2) * (1 + 0.2 * wave(step, 4)) },
  ];
  const sum = values.reduce((total, it) => total + it.raw, 0);
  const warmed = Math.min(1, step / perEpoch);
  return {
    event: 'step',
    stage: 'main',
    step,
    epoch,
    total: sum,
    terms: values.map((it) => ({ ...it, weighted: it.raw, share: it.raw / sum })),
    learningRate: 1e-4 * warmed * 0.5 * (1 + Math.cos((Math.PI * step) / steps)),
    gradientNorm: fall(4.2, 0.9, 3) * (1 + 0.1 * wave(step, 6)),
    ms: ms + Math.round(4 * wave(step, 7)),
  };
}

/** The same run where L_g averages 128 elements, a mask leaves L_ir as many as the step says, and the error is over 2,048. */
export function countedStream(options: StreamOptions = {}): readonly RunEvent[] {
  return runStream(options).map((event): RunEvent => {
    if (event.event === 'plan')
      return { ...event, terms: event.terms.map((it) => (it.name === 'L_g' ? { ...it, count: 128 } : it)) };
    if (event.event === 'step')
      return { ...event, terms: event.terms.map((it) => (it.name === 'L_ir' ? { ...it, count: event.step } : it)) };
    if (event.event !== 'eval') return event;
    return { ...event, metrics: event.metrics.map((it) => ({ ...it, count: it.name === 'error' ? 2048 : 1024 })) };
  });
}

/** A jitter in −1..1 that depends on nothing but its arguments. */
function wave(step: number, key: number): number {
  return Math.sin(step * (1.7 + key * 0.31) + key) * Math.cos(step * (0.13 + key * 0.07));
}
