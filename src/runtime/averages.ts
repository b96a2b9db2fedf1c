/** Moving averages of what trains: evaluations read them, updates do not. */
import type { Session } from './backends/backend.ts';

/** What a checkpoint calls the average of a tensor among its slots. */
const slot = '/average';

/** average ← decay · average + (1 − decay) · parameter, after each update, from the parameters at the start of the stage on. */
export class Averages {
  readonly #session: Session;
  readonly #names: readonly string[];
  readonly #decay: number;
  #values = new Map<string, Float32Array>();

  constructor(session: Session, names: readonly string[], decay: number) {
    this.#session = session;
    this.#names = names;
    this.#decay = decay;
  }

  /** Begins with the parameters as they are, or goes on with those of a checkpoint. */
  async start(slots: ReadonlyMap<string, Float32Array> | undefined): Promise<void> {
    const now = await this.#session.readParameters(this.#names);
    this.#values = new Map([...now].map(([name, value]) => [name, slots?.get(`${name}${slot}`) ?? value]));
  }

  async update(): Promise<void> {
    const now = await this.#session.readParameters(this.#names);
    const decay = this.#decay;
    for (const [name, value] of now) {
      const average = this.#values.get(name);
      if (average === undefined) continue;
      for (let at = 0; at < average.length; at++)
        average[at] = decay * (average[at] ?? 0) + (1 - decay) * (value[at] ?? 0);
    }
  }

  /** `work` sees the averages in the place of the parameters, which come back whatever happens. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const own = await this.#session.readParameters(this.#names);
    await this.settle();
    try {
      return await work();
    } finally {
      await this.#session.writeParameters(own);
    }
  }

  /** The averages become the parameters: the stage is over. */
  async settle(): Promise<void> {
    await this.#session.writeParameters(this.#values);
  }

  /** For a checkpoint, beside the slots of the optimiser. */
  slots(): ReadonlyMap<string, Float32Array> {
    return new Map([...this.#values].map(([name, value]) => [`${name}${slot}`, value]));
  }
}

/** The slots of the optimiser alone, of those of a checkpoint. */
export function withoutAverages(slots: ReadonlyMap<string, Float32Array>): ReadonlyMap<string, Float32Array> {
  return new Map([...slots].filter(([path]) => !path.endsWith(slot)));
}
