import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { timeOf } from './command-rows.ts';
import { generatedProject } from './generated-files.ts';
import { repository } from './programs.ts';
import { median, minimum } from './statistics.ts';

/** The first is as short as they get: what it takes is not for its lines. */
const sizes = [0, 100, 300, 1000, 3000, 10_000] as const;
/** Milliseconds that are promised. */
const limits: Readonly<Record<number, number>> = { 1000: 1000, 10_000: 5000 };

export interface CheckRow {
  readonly lines: number;
  readonly ms: number;
  readonly bestMs: number;
  /** Milliseconds for each 1,000 lines beyond the shortest file: the same in every row where growth is linear. */
  readonly perThousand: number | undefined;
  readonly limit: number | undefined;
}

/** `clipx check` of generated files with ten imports, a process each time. Throws where `dist/` is not built or a file has faults. */
export function measureChecks(rounds: number): CheckRow[] {
  const folder = mkdtempSync(join(tmpdir(), 'clipx-check-bench-'));
  try {
    const files = sizes.map((size) => writeProject(join(folder, String(size)), size));
    const times = files.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [at, { project }] of files.entries()) {
        times[at]?.push(timeOf([join(repository, 'bin/clipx.js'), 'check', 'experiment.clipx'], project));
      }
    }
    const shortest = { lines: files[0]?.lines ?? 0, ms: median(times[0] ?? []) };
    return files.map(({ lines }, at): CheckRow => {
      const ms = median(times[at] ?? []);
      const beyond = lines - shortest.lines;
      return {
        lines,
        ms,
        bestMs: minimum(times[at] ?? []),
        perThousand: beyond === 0 ? undefined : ((ms - shortest.ms) * 1000) / beyond,
        limit: limits[sizes[at] ?? 0],
      };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeProject(project: string, size: number): { readonly project: string; readonly lines: number } {
  const files = generatedProject(size);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  return { project, lines: (files.get('experiment.clipx') ?? '').split('\n').length - 1 };
}
