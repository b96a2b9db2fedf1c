import type { ProgramFunction } from '../../compiler/program/program-function.ts';
import type { Engine, Executable, TensorValue } from './backend.ts';

/**
 * The functions of a program that an engine has made ready. An engine keeps a pool of memory with each, as large as its largest moment: what a
 * step calls stays, of all else only the function called last, so that prompts computed once do not weigh on every step.
 */
export class LoadedFunctions {
  readonly #engine: Engine;
  readonly #artefacts: ReadonlyMap<string, Uint8Array>;
  readonly #isKept: (id: string) => boolean;
  readonly #loaded = new Map<string, Promise<Executable>>();
  /** Calls that have not come back. */
  readonly #running = new Map<string, number>();

  constructor(engine: Engine, artefacts: ReadonlyMap<string, Uint8Array>, isKept: (id: string) => boolean) {
    this.#engine = engine;
    this.#artefacts = artefacts;
    this.#isKept = isKept;
  }

  async run(fn: ProgramFunction, feeds: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>> {
    const { id } = fn;
    this.#running.set(id, (this.#running.get(id) ?? 0) + 1);
    try {
      if (!this.#loaded.has(id)) await this.#makeRoom();
      const loading = this.#loaded.get(id) ?? this.#engine.load(fn, this.#artefacts.get(id));
      this.#loaded.set(id, loading);
      return await (await loading).run(feeds);
    } finally {
      this.#running.set(id, (this.#running.get(id) ?? 1) - 1);
    }
  }

  async dispose(): Promise<void> {
    await this.#drop([...this.#loaded.keys()]);
  }

  async #makeRoom(): Promise<void> {
    await this.#drop([...this.#loaded.keys()].filter((id) => !this.#isKept(id) && (this.#running.get(id) ?? 0) === 0));
  }

  async #drop(ids: readonly string[]): Promise<void> {
    const gone = ids.map((id) => this.#loaded.get(id));
    for (const id of ids) this.#loaded.delete(id);
    for (const executable of gone) await (await executable)?.dispose();
  }
}
