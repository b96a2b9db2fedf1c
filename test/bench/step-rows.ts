import { join } from 'node:path';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
import type { BenchProgram } from './bench-programs.ts';
import { Peer, type Round } from './peer.ts';
import { repository } from './programs.ts';
import { median, minimum } from './statistics.ts';
import { chooseTorch, startTorch, type TorchChoice } from './torch.ts';

/** One program on one of clipx's engines, beside PyTorch in the same rounds. Without PyTorch what compares is null. */
export interface StepRow {
  readonly program: string;
  /** Name and version. */
  readonly engine: string;
  /** Median over rounds of the median step. */
  readonly ms: number;
  readonly torchMs: number | null;
  /** Median over rounds of the ratio within a round. */
  readonly ratio: number | null;
  readonly peakMiB: number;
  readonly torchPeakMiB: number | null;
  /** Fastest single step of all rounds. */
  readonly bestMs: number;
  readonly bestTorchMs: number | null;
  /** Each round's ratio: their spread is the measurement's. */
  readonly ratios: readonly number[];
  /** What the ratio is to stay under. */
  readonly mark: number | null;
  /** How PyTorch ran: its fastest way here. */
  readonly torch: string | null;
}

export interface StepMeasurement {
  readonly rows: readonly StepRow[];
  /** Engines that did not open, and why. */
  readonly missing: readonly { readonly engine: string; readonly why: string }[];
  readonly torch: TorchChoice | undefined;
}

export interface StepOptions {
  readonly engines: readonly BackendName[];
  readonly rounds: number;
  readonly stepsPerRound: number;
  readonly threads: number;
}

/**
 * All engines and PyTorch take turns, a few steps each, and every round another one goes first, so that what else happens on the machine
 * falls on all. Each is a process of its own: its peak of memory is its own.
 */
export async function measureProgram(program: BenchProgram, options: StepOptions): Promise<StepMeasurement> {
  const { threads } = options;
  const choice = chooseTorch(program.name, threads);
  const peers: Peer[] = [];
  const names: BackendName[] = [];
  const missing: { engine: string; why: string }[] = [];
  try {
    for (const engine of options.engines) {
      const peer = await startEngine(program.name, engine, threads);
      if ('unavailable' in peer) missing.push({ engine, why: peer.unavailable });
      else {
        peers.push(peer);
        names.push(engine);
      }
    }
    const torch = choice === undefined ? undefined : await startTorch(program.name, threads, choice.variant);
    if (torch !== undefined) {
      for (const { engine, parameters } of peers) {
        if (parameters === torch.parameters) continue;
        throw new Error(`${program.name}: ${parameters} parameters on ${engine}, ${torch.parameters} in PyTorch`);
      }
      peers.push(torch);
    }
    const rounds = await takeTurns(peers, options);
    const other = torch === undefined ? undefined : rounds.at(-1);
    const rows = names.map((name, at): StepRow => {
      const ours = rounds[at] ?? [];
      const ratios =
        other === undefined ? [] : ours.map(({ ms }, round) => median(ms) / median(other[round]?.ms ?? []));
      return {
        program: program.name,
        engine: peers[at]?.engine ?? name,
        ms: middle(ours),
        torchMs: other === undefined ? null : middle(other),
        ratio: other === undefined ? null : median(ratios),
        peakMiB: peak(ours),
        torchPeakMiB: other === undefined ? null : peak(other),
        bestMs: best(ours),
        bestTorchMs: other === undefined ? null : best(other),
        ratios,
        mark: program.marks[name] ?? null,
        torch: torch === undefined ? null : `${torch.engine}, ${choice?.variant ?? ''}`,
      };
    });
    return { rows, missing, torch: choice };
  } finally {
    for (const peer of peers) await peer.stop();
  }
}

/** A process with the program on one of clipx's engines. */
export function startEngine(
  program: string,
  engine: BackendName,
  threads: number,
  more: readonly string[] = [],
): ReturnType<typeof Peer.start> {
  const script = join(repository, 'test/bench/clipx-peer.ts');
  return Peer.start(
    process.execPath,
    ['--import', 'tsx', script, program, engine, String(threads), ...more],
    repository,
  );
}

/** Rounds of each peer. The first two steps of each are thrown away: they allocate and choose kernels. */
async function takeTurns(peers: readonly Peer[], { rounds, stepsPerRound }: StepOptions): Promise<Round[][]> {
  for (const peer of peers) await peer.steps(2);
  const results: Round[][] = peers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const turn of peers.keys()) {
      const at = (turn + round) % peers.length;
      const peer = peers[at];
      if (peer !== undefined) results[at]?.push(await peer.steps(stepsPerRound));
    }
  }
  return results;
}

const middle = (rounds: readonly Round[]): number => median(rounds.map(({ ms }) => median(ms)));
const best = (rounds: readonly Round[]): number => minimum(rounds.flatMap(({ ms }) => ms));
const peak = (rounds: readonly Round[]): number => Math.max(...rounds.map(({ peakMiB }) => peakMiB));
