import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { timeOf } from './command-rows.ts';
import { generatedProject, stagedProject } from './generated-files.ts';
import { repository } from './programs.ts';
import { median, minimum } from './statistics.ts';

/** The first is as short as they get: what it takes is not for its lines. */
const sizes = [0, 100, 300, 1000, 3000, 10_000] as const;
/** Milliseconds that are promised. */
const limits: Readonly<Record<number, number>> = { 1000: 1000, 10_000: 5000 };

/** Equations that four stages share. */
const stagedEquations = 900;
const stagedLimit = 1000;

export interface CheckRow {
  readonly what: string;
  readonly lines: number;
  readonly ms: number;
  readonly bestMs: number;
  /** Milliseconds for each 1,000 lines beyond the shortest file: the same in every row where growth is linear. */
  readonly perThousand: number | undefined;
  readonly limit: number | undefined;
}

/** `clipx check` of generated files, a process each time. Throws where `dist/` is not built or a file has faults. */
export function measureChecks(rounds: number): CheckRow[] {
  const folder = mkdtempSync(join(tmpdir(), 'clipx-check-bench-'));
  try {
    const files = [
      ...sizes.map((size) => ({ what: 'ten imports', limit: limits[size], ...write(join(folder, String(size)), generatedProject(size)) })),
      { what: `four stages, ${stagedEquations} equations`, limit: stagedLimit, ...write(join(folder, 'staged'), stagedProject(stagedEquations)) },
    ]; // prettier-ignore
    const times = files.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [at, { project }] of files.entries()) {
        times[at]?.push(timeOf([join(repository, 'bin/clipx.js'), 'check', 'experiment.clipx'], project));
      }
    }
    const shortest = { lines: files[0]?.lines ?? 0, ms: median(times[0] ?? []) };
    return files.map(({ what, lines, limit }, at): CheckRow => {
      const ms = median(times[at] ?? []);
      const beyond = lines - shortest.lines;
      const perThousand = beyond === 0 ? undefined : ((ms - shortest.ms) * 1000) / beyond;
      return { what, lines, ms, bestMs: minimum(times[at] ?? []), perThousand, limit };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function write(
  project: string,
  files: ReadonlyMap<string, string>,
): { readonly project: string; readonly lines: number } {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  return { project, lines: (files.get('experiment.clipx') ?? '').split('\n').length - 1 };
}
