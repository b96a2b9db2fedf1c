import { spawnSync } from 'node:child_process';

/**
 * Does a work with every thread of this process, and every process that it starts, on one core; then on all that they had. `isPinned` tells
 * whether the system could do it (Linux, `taskset`).
 */
export async function onOneCore<Result>(work: (isPinned: boolean) => Promise<Result>): Promise<Result> {
  const before = spawnSync('taskset', ['-pc', String(process.pid)], { encoding: 'utf8' });
  const cores = /: ([\d,-]+)\s*$/.exec(before.stdout ?? '')?.[1];
  const first = cores === undefined ? undefined : /^\d+/.exec(cores)?.[0];
  if (cores === undefined || first === undefined || !pin(first)) return work(false);
  try {
    return await work(true);
  } finally {
    pin(cores);
  }
}

/** All threads: affinity is a thread's own, and each that is begun later has that of the one that begins it. */
function pin(cores: string): boolean {
  return spawnSync('taskset', ['-apc', cores, String(process.pid)]).status === 0;
}
