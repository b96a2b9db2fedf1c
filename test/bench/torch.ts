import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { TorchBuild } from './machine.ts';
import { Peer } from './peer.ts';
import { repository } from './programs.ts';

const script = join(repository, 'test/bench/torch_peer.py');

/** How PyTorch runs a program fastest here: memory layout and optimiser. */
export interface TorchChoice {
  readonly variant: string;
  /** Milliseconds of each way that was tried. */
  readonly variants: Readonly<Record<string, number>>;
  readonly torch: TorchBuild;
}

/** The interpreter with PyTorch: `CLIPX_BENCH_PYTHON`, else the one that `npm run bench:setup` makes. */
export function benchPython(): string {
  const chosen = process.env['CLIPX_BENCH_PYTHON'] ?? '.venv-bench/bin/python';
  return isAbsolute(chosen) ? chosen : join(repository, chosen);
}

/** Nothing where there is no such interpreter or it has no PyTorch. Every way to run the program takes its turns in one process. */
export function chooseTorch(program: string, threads: number): TorchChoice | undefined {
  const python = benchPython();
  if (!existsSync(python)) return undefined;
  const { status, stdout } = spawnSync(python, [script, program, String(threads)], {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) return undefined;
  const { variants, torch } = JSON.parse(stdout) as Pick<TorchChoice, 'variants' | 'torch'>;
  const [fastest] = Object.entries(variants).toSorted(([, a], [, b]) => a - b);
  return fastest === undefined ? undefined : { variant: fastest[0], variants, torch };
}

/** Throws where it ends before it is ready. */
export async function startTorch(program: string, threads: number, variant: string): Promise<Peer> {
  const peer = await Peer.start(benchPython(), [script, program, String(threads), variant], repository);
  if ('unavailable' in peer) throw new Error(`PyTorch: ${peer.unavailable}`);
  return peer;
}
