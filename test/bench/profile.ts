import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
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

/** Traces every kernel of `steps` steps by onnxruntime's own profiler. Throws for an engine that has none. */
export async function profileProgram(
  program: string,
  engine: BackendName,
  threads: number,
  steps: number,
): Promise<Profile> {
  if (engine !== 'onnxruntime-node') throw new Error(`${engine} does not say where its time goes`);
  const folder = mkdtempSync(join(tmpdir(), 'clipx-profile-'));
  try {
    const peer = await startEngine(program, engine, threads, [join(folder, 'trace')]);
    if ('unavailable' in peer) throw new Error(peer.unavailable);
    await peer.steps(warmingSteps);
    const { ms } = await peer.steps(steps);
    await peer.stop();
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error('onnxruntime wrote no trace');
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as TraceEvent[];
    return { stepMs: mean(ms), kernels: byOp(events, steps) };
  } finally {
    rmSync(folder, { recursive: true });
  }
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
