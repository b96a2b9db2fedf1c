import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { Peer, type Round } from './peer.ts';
import { repository } from './programs.ts';
import { median, minimum } from './statistics.ts';

/** One training step of one program on clipx's engine and on PyTorch. Without PyTorch the last three are null. */
export interface StepRow {
  readonly program: string;
  readonly engine: string;
  readonly ms: number;
  readonly torchMs: number | null;
  readonly ratio: number | null;
  readonly peakMiB: number;
  readonly torchPeakMiB: number | null;
}

export interface StepMeasurement {
  readonly row: StepRow;
  /** Fastest single step of all rounds. */
  readonly bestMs: number;
  readonly bestTorchMs: number | undefined;
  readonly torch: string | undefined;
  readonly parameters: number;
}

export interface StepOptions {
  readonly rounds: number;
  readonly stepsPerRound: number;
  readonly threads: number;
  readonly python: string;
}

/** The interpreter with PyTorch: `CLIPX_BENCH_PYTHON`, else the one that `npm run bench:setup` makes. */
export function benchPython(): string {
  const chosen = process.env['CLIPX_BENCH_PYTHON'] ?? '.venv-bench/bin/python';
  return isAbsolute(chosen) ? chosen : join(repository, chosen);
}

/**
 * Both engines take turns, a few steps each, and change who goes first, so that what else happens on the machine falls on both. The
 * ratio is the median over rounds of the ratio within a round. Either engine is a process of its own: its peak of memory is its own.
 */
export async function measureStep(program: string, options: StepOptions): Promise<StepMeasurement> {
  const threads = String(options.threads);
  const clipx = await Peer.start(
    process.execPath,
    ['--import', 'tsx', join(repository, 'test/bench/clipx-peer.ts'), program, threads],
    repository,
  );
  const torch = await startTorch(program, threads, options.python);
  try {
    if (torch !== undefined && torch.parameters !== clipx.parameters) {
      throw new Error(`${program}: ${clipx.parameters} parameters in clipx, ${torch.parameters} in PyTorch`);
    }
    const [own, other] = await takeTurns([clipx, ...(torch === undefined ? [] : [torch])], options);
    const ours = own ?? [];
    const row = {
      program,
      engine: clipx.engine,
      ms: median(ours.map(({ ms }) => median(ms))),
      torchMs: other === undefined ? null : median(other.map(({ ms }) => median(ms))),
      ratio:
        other === undefined ? null : median(ours.map(({ ms }, round) => median(ms) / median(other[round]?.ms ?? []))),
      peakMiB: Math.max(...ours.map(({ peakMiB }) => peakMiB)),
      torchPeakMiB: other === undefined ? null : Math.max(...other.map(({ peakMiB }) => peakMiB)),
    };
    return {
      row,
      bestMs: minimum(ours.flatMap(({ ms }) => ms)),
      bestTorchMs: other === undefined ? undefined : minimum(other.flatMap(({ ms }) => ms)),
      torch: torch?.engine,
      parameters: clipx.parameters,
    };
  } finally {
    await clipx.stop();
    await torch?.stop();
  }
}

/** Nothing where there is no such interpreter or it has no PyTorch: it says why on standard error. */
async function startTorch(program: string, threads: string, python: string): Promise<Peer | undefined> {
  if (!existsSync(python)) return undefined;
  try {
    return await Peer.start(python, [join(repository, 'test/bench/torch_peer.py'), program, threads], repository);
  } catch {
    return undefined;
  }
}

/** Rounds of each peer. The first two steps of each are thrown away: they allocate and choose kernels. */
async function takeTurns(peers: readonly Peer[], { rounds, stepsPerRound }: StepOptions): Promise<Round[][]> {
  for (const peer of peers) await peer.steps(2);
  const results: Round[][] = peers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = [...peers.keys()];
    if (round % 2 === 1) order.reverse();
    for (const at of order) {
      const peer = peers[at];
      if (peer !== undefined) results[at]?.push(await peer.steps(stepsPerRound));
    }
  }
  return results;
}
