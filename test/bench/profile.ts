import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
import type { Peer } from './peer.ts';
import { mean } from './statistics.ts';
import { startEngine } from './step-rows.ts';

/** Where the time of a step goes: milliseconds a step, the largest first. */
export interface Profile {
  readonly stepMs: number;
  readonly kernels: readonly { readonly op: string; readonly calls: number; readonly ms: number }[];
}

/** What allocates and chooses kernels is no part of it. */
const warmingSteps = 2;

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly ts: number;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** Throws for an engine that has no profiler. */
export async function profileProgram(
  program: string,
  engine: BackendName,
  threads: number,
  steps: number,
): Promise<Profile> {
  const profiler = profilers[engine];
  if (profiler === undefined) throw new Error(`${engine} does not say where its time goes`);
  const folder = mkdtempSync(join(tmpdir(), 'clipx-profile-'));
  try {
    const peer = await startEngine(program, engine, threads, [join(folder, 'trace')]);
    if ('unavailable' in peer) throw new Error(peer.unavailable);
    return await profiler(peer, folder, steps, threads);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Profiler = (peer: Peer, folder: string, steps: number, threads: number) => Promise<Profile>;

const profilers: Partial<Record<BackendName, Profiler>> = {
  'onnxruntime-node': profileOnnxruntime,
  tensorflow: profileTensorflow,
};

/** By its own trace of every kernel. */
async function profileOnnxruntime(peer: Peer, folder: string, steps: number): Promise<Profile> {
  await peer.steps(warmingSteps);
  const { ms } = await peer.steps(steps);
  await peer.stop();
  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error('onnxruntime wrote no trace');
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as TraceEvent[];
  return { stepMs: mean(ms), kernels: byOp(events, steps) };
}

/** The same graph and values in Python's TensorFlow, which times every kernel. Kernels run side by side: together they may take longer than the step. */
async function profileTensorflow(peer: Peer, folder: string, steps: number, threads: number): Promise<Profile> {
  await peer.steps(1);
  await peer.stop();
  const python = process.env['CLIPX_TENSORFLOW_PYTHON'];
  if (python === undefined) throw new Error('CLIPX_TENSORFLOW_PYTHON has to name a Python with tensorflow-cpu 2.15.1');
  const script = join(import.meta.dirname, 'profile_tensorflow.py');
  const { status, stdout } = spawnSync(python, [script, join(folder, 'trace'), String(steps), String(threads)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${python} ended with ${status}`);
  return JSON.parse(stdout) as Profile;
}

function byOp(events: readonly TraceEvent[], steps: number): Profile['kernels'] {
  const sums = new Map<string, { calls: number; ms: number }>();
  const runs = events.filter(({ cat, name }) => cat === 'Session' && name === 'model_run');
  const { ts: start } = runs.toSorted((a, b) => a.ts - b.ts)[warmingSteps] ?? { ts: 0 };
  for (const { cat, name, ts, dur, args } of events) {
    if (ts < start || cat !== 'Node' || !name.endsWith('_kernel_time') || args?.op_name === undefined) continue;
    const sum = sums.get(args.op_name) ?? { calls: 0, ms: 0 };
    sums.set(args.op_name, { calls: sum.calls + 1 / steps, ms: sum.ms + dur / 1000 / steps });
  }
  return [...sums].map(([op, sum]) => ({ op, ...sum })).toSorted((a, b) => b.ms - a.ms);
}
