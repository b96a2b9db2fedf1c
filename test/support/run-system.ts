import type { CompilerHost } from '../../src/compiler/resolve/modules.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, type Compilation } from '../../src/compiler/compile.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import { gatherFacts } from '../../src/runtime/data/gather-facts.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { executeRun, type RunHost, type RunOutcome } from '../../src/runtime/execute-run.ts';
import { threadHost } from '../../src/runtime/thread-host.ts';
import { repositoryHost, repositoryText } from './repository-host.ts';

/** A system compiled small, with what its made-up samples tell. `edit`: of every file that it reads; `batch`: samples of each. */
export async function compileOnRandomData(
  name: string,
  row?: string,
  edit = (text: string): string => text,
  batch?: number,
): Promise<Compilation> {
  const path = `test/fixtures/systems/${name}.clipx`;
  const host: CompilerHost = {
    readText: (file) => {
      const text = repositoryHost.readText(file);
      return text === undefined ? undefined : edit(text);
    },
  };
  const request = { path, text: edit(repositoryText(path)), host, random: { steps: 2 }, ...(row === undefined ? {} : { row }), ...(batch === undefined ? {} : { batch }) } as const; // prettier-ignore
  const nominal = compile(request);
  if (nominal.program === undefined) return nominal;
  // no folder of that name: whatever reads a file fails
  const facts = await gatherFacts(nominal.program, { projectFolder: nowhere, seed: 0 });
  return compile({ ...request, facts });
}

export interface SystemRun {
  readonly outcome: RunOutcome;
  readonly events: readonly RunEvent[];
}

/** Runs a program in this thread, in a run folder that is taken away again. */
export async function runSmall(program: Program, host: Pick<RunHost, 'openEngine'> & Partial<RunHost>): Promise<SystemRun> {
  const runsFolder = mkdtempSync(join(tmpdir(), 'clipx-systems-'));
  const events: RunEvent[] = [];
  try {
    const usual = threadHost(new SharedArrayBuffer(4), (event) => void events.push(event), () => new Map());
    const request = { program, experimentText: '', seed: 1, backend: 'reference', threads: 2, projectRoot: nowhere, runsFolder, clipxVersion: '0' } as const;
    return { outcome: await executeRun(request, { ...usual, ...host }), events };
  } finally {
    rmSync(runsFolder, { recursive: true });
  }
} // prettier-ignore

const nowhere = join(tmpdir(), 'clipx-no-such-folder');
