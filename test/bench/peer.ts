import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** What a peer did in one round. */
export interface Round {
  readonly ms: readonly number[];
  readonly peakMiB: number;
}

interface Ready {
  readonly ready: string;
  readonly parameters: number;
}

/** The first line of a peer that cannot run here. */
interface Unavailable {
  readonly unavailable: string;
}

/** A process that runs one program step by step, when asked to: one line in, one line of JSON out. */
export class Peer {
  /** Name and version of its engine. */
  readonly engine: string;
  readonly parameters: number;
  readonly #child: Child;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: Child, lines: AsyncIterator<string>, { ready, parameters }: Ready) {
    this.#child = child;
    this.#lines = lines;
    this.engine = ready;
    this.parameters = parameters;
  }

  /** Waits until it is ready, or says why it is not to be had. Throws where it ends before. */
  static async start(command: string, args: readonly string[], folder: string): Promise<Peer | Unavailable> {
    const child = spawn(command, args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = (await Promise.race([nextOf(lines, args), failed])) as Ready | Unavailable;
    return 'unavailable' in first ? first : new Peer(child, lines, first);
  }

  async steps(count: number): Promise<Round> {
    this.#child.stdin.write(`${count}\n`);
    return (await nextOf(this.#lines, this.#child.spawnargs)) as Round;
  }

  /** Lets it end by itself. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
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
