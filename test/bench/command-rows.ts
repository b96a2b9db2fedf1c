import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './programs.ts';
import { median, minimum } from './statistics.ts';

export interface CommandRow {
  readonly command: string;
  readonly ms: number;
  readonly bestMs: number;
  /** Median over rounds of the ratio to `node -e 0` in the same round. */
  readonly ratio: number;
  /** Of the fastest of each. */
  readonly bestRatio: number;
  /** What is promised. */
  readonly limit: string;
}

const commands: readonly { readonly command: string; readonly args: readonly string[]; readonly limit: string }[] = [
  { command: 'node -e 0', args: ['-e', '0'], limit: '' },
  { command: 'clipx --version', args: ['bin/clipx.js', '--version'], limit: 'at most 2' },
  {
    command: 'clipx check clip-gaze',
    args: ['bin/clipx.js', 'check', 'experiments/clip-gaze/clip-gaze.clipx'],
    limit: 'at most 6',
  },
];

/** Starts each command anew in every round. Throws where `dist/` is not built or a command fails. */
export function measureCommands(rounds: number): CommandRow[] {
  if (!existsSync(join(repository, 'dist/main.js'))) throw new Error('dist/ is not built: npm run build');
  const times = commands.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, { args }] of commands.entries()) times[at]?.push(timeOf(args));
  }
  const base = times[0] ?? [];
  return commands.flatMap(({ command, limit }, at) => {
    const own = times[at] ?? [];
    const ratio = median(own.map((ms, round) => ms / (base[round] ?? Number.NaN)));
    return { command, limit, ms: median(own), bestMs: minimum(own), ratio, bestRatio: minimum(own) / minimum(base) };
  });
}

/** Milliseconds of `node …args`. Throws where it fails. */
export function timeOf(args: readonly string[], folder = repository): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr.toString()}`);
  return performance.now() - start;
}
