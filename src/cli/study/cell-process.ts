/**
 * A cell in a process of its own: clipx again, told one row and one seed (`--cell`). It says its events on stdout, a line each, and at the end how it
 * ended. It stops with a checkpoint where its stdin ends: so it does too where this process is killed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { RunEvent } from '../../runtime/events.ts';
import { packageRoot } from '../../runtime/package-root.ts';
import type { Cell, CellEnd } from './cell.ts';

/** The last line of a cell's process. */
export interface CellReport extends CellEnd {
  readonly schema: 'clipx.cell/1';
}

export interface ProcessRequest {
  /** As the person typed it, and from where. */
  readonly file: string;
  readonly cwd: string;
  readonly allowed: readonly string[];
  readonly backend: string;
  readonly threads: number;
  readonly runsFolder: string;
  readonly cacheFolder: string;
}

const living = new Set<ChildProcess>();
let isWatched = false;

/** Where this process leaves at once (a second signal), its cells do as well. */
function watchExit(): void {
  if (isWatched) return;
  isWatched = true;
  process.once('exit', () => {
    for (const child of living) child.kill('SIGKILL');
  });
}

export function runInProcess(
  cell: Cell,
  resume: string | undefined,
  request: ProcessRequest,
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<CellEnd> {
  watchExit();
  const words = [
    'run', request.file, '--variants', cell.row, '--seeds', String(cell.seed), '--cell', resume ?? 'new',
    '--cwd', request.cwd, '--backend', request.backend, '--threads', String(request.threads),
    ...request.allowed.flatMap((folder) => ['--allow-path', folder]),
  ]; // prettier-ignore
  const child = spawn(process.execPath, [...starting(), ...words], {
    // a group of its own: Ctrl-C reaches this process alone, which then asks each cell once
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, CLIPX_RUNS: request.runsFolder, CLIPX_CACHE: request.cacheFolder },
  });
  living.add(child);
  const stop = (): void => void child.stdin.end();
  child.stdin.on('error', () => undefined);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return new Promise((resolve) => {
    let folder = resume;
    let report: CellReport | undefined;
    let said = '';
    const lines = createInterface({ input: child.stdout });
    const read = new Promise<void>((whole) => void lines.once('close', whole));
    lines.on('line', (line) => {
      const message = parse(line);
      if (message === undefined) return;
      if (message.schema === 'clipx.cell/1') report = message;
      else {
        if (message.event === 'run.start') folder = message.folder;
        onEvent(message);
      }
    });
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => (said = (said + text).slice(-8000)));
    const finish = async (error: string | undefined): Promise<void> => {
      await read;
      living.delete(child);
      signal.removeEventListener('abort', stop);
      if (report !== undefined) resolve(report);
      else resolve({ status: 'failed', ...(folder !== undefined && { folder }), error: { message: error ?? 'its process ended' } }); // prettier-ignore
    };
    child.once('error', (error) => {
      lines.close();
      void finish(`its process could not be started: ${error.message}`);
    });
    child.once('exit', (code, killed) => {
      const words = said.trim().replace(/^error(\[\w+\])?: /, '');
      const how = killed === null ? `status ${code}` : killed;
      void finish(words === '' ? `its process ended with ${how}` : words);
    });
  });
}

/** What stands before the words of a command: the bundle, or from the sources a loader of TypeScript. */
function starting(): readonly string[] {
  if (!import.meta.url.endsWith('.ts')) return [join(packageRoot(), 'bin', 'clipx.js')];
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const entry = new URL('../main.ts', import.meta.url).href;
  return ['--import', loader, '--input-type=module', '-e', `(await import(${JSON.stringify(entry)})).start()`, 'clipx'];
}

function parse(line: string): RunEvent | CellReport | undefined {
  try {
    const value = JSON.parse(line) as { readonly schema?: unknown };
    return value.schema === 'clipx.event/1' || value.schema === 'clipx.cell/1' ? (value as RunEvent | CellReport) : undefined; // prettier-ignore
  } catch {
    return undefined;
  }
}
