import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment, OutputStream, Signal } from '../../src/cli/environment.ts';
import type { ExitCode } from '../../src/cli/exit-codes.ts';
import { main } from '../../src/cli/main.ts';

export interface Called {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly cwd?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Called with a function that sends a signal, once the command listens. */
  readonly onListen?: (send: (signal: Signal) => void) => void;
}

/** Runs a command line as a pipe would, and gives back what it said. */
export async function clipx(words: readonly string[], options: CallOptions = {}): Promise<Called> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const environment: Environment = {
    stdout,
    stderr,
    stdin: { isTTY: false, text: () => Promise.resolve(options.stdin ?? '') },
    cwd: options.cwd ?? process.cwd(),
    variables: options.variables ?? {},
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    onSignal: (listener) => {
      options.onListen?.(listener);
      return () => undefined;
    },
    exit: () => undefined,
  };
  const code = await main(words, environment);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Collected implements OutputStream {
  readonly isTTY = false;
  text = '';

  write(content: string | Uint8Array): void {
    this.text += typeof content === 'string' ? content : Buffer.from(content).toString('latin1');
  }
}

/** A new folder that is a project. */
export function newFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `clipx-${name}-`));
}
