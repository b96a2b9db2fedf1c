import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** What a peer did in one round. */
export interface Round {
  readonly ms: readonly number[];
  readonly peakMiB: number;
}

/** A process that trains one program step by step, when asked to: one line in, one line of JSON out. */
export class Peer {
  /** Name and version of its engine. */
  readonly engine: string;
  readonly parameters: number;
  readonly #child: Child;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: Child, lines: AsyncIterator<string>, ready: { ready: string; parameters: number }) {
    this.#child = child;
    this.#lines = lines;
    this.engine = ready.ready;
    this.parameters = ready.parameters;
  }

  /** Waits until it is ready. Throws where it ends before. */
  static async start(command: string, args: readonly string[], folder: string): Promise<Peer> {
    const child = spawn(command, args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ready = await Promise.race([nextOf(lines, args), failed]);
    return new Peer(child, lines, ready as { ready: string; parameters: number });
  }

  async steps(count: number): Promise<Round> {
    this.#child.stdin.write(`${count}\n`);
    return (await nextOf(this.#lines, this.#child.spawnargs)) as Round;
  }

  /** Lets it end by itself. */
  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.stdin.end();
    await ended;
  }
}

async function nextOf(lines: AsyncIterator<string>, args: readonly string[]): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error(`${args.join(' ')} ended without an answer`);
  return JSON.parse(value);
}
