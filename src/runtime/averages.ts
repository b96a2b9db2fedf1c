/** Moving averages of what trains: evaluations read them, updates do not. */
import { invariant } from '../compiler/common/invariant.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { ResidentAverages, Session } from './backends/backend.ts';

/** What a checkpoint calls the average of a tensor among its slots. */
const slot = '/average';

/** average ← decay · average + (1 − decay) · parameter, after each update, from the parameters at the start of the stage on. */
export class Averages {
  /** Where they live: in the session, or here. */
  readonly #kept: ResidentAverages;
  readonly #names: readonly string[];
  readonly #follow: () => Promise<void>;

  constructor(session: Session, { name, trainable, average: decay }: Stage) {
    invariant(decay !== undefined, `the stage ${name} has no averages`);
    this.#names = trainable;
    const resident = session.averages?.(name);
    if (resident !== undefined) {
      this.#kept = resident;
      this.#follow = async () => undefined;
      return;
    }
    const here = new AveragesHere(session, trainable, decay);
    this.#kept = here;
    this.#follow = () => here.update();
  }

  /** Begins with the parameters as they are, or goes on with those of a checkpoint. */
  async start(slots: ReadonlyMap<string, Float32Array> | undefined): Promise<void> {
    const known = this.#names.flatMap((name): [string, Float32Array][] => {
      const value = slots?.get(`${name}${slot}`);
      return value === undefined ? [] : [[name, value]];
    });
    await this.#kept.start(new Map(known));
  }

  /** After each step. */
  async update(): Promise<void> {
    await this.#follow();
  }

  /** `work` sees the averages in the place of the parameters, which come back whatever happens. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#kept.swap();
    try {
      return await work();
    } finally {
      await this.#kept.swap();
    }
  }

  /** The averages become the parameters: the stage is over. */
  async settle(): Promise<void> {
    await this.#kept.settle();
  }

  /** For a checkpoint, beside the slots of the optimiser. */
  async slots(): Promise<ReadonlyMap<string, Float32Array>> {
    return new Map([...(await this.#kept.read())].map(([name, value]) => [`${name}${slot}`, value]));
  }
}

/** The slots of the optimiser alone, of those of a checkpoint. */
export function withoutAverages(slots: ReadonlyMap<string, Float32Array>): ReadonlyMap<string, Float32Array> {
  return new Map([...slots].filter(([path]) => !path.endsWith(slot)));
}

/** Averages of parameters that a session gives and takes. */
class AveragesHere implements ResidentAverages {
  readonly #session: Session;
  readonly #names: readonly string[];
  readonly #decay: number;
  #values = new Map<string, Float32Array>();

  constructor(session: Session, names: readonly string[], decay: number) {
    this.#session = session;
    this.#names = names;
    this.#decay = decay;
  }

  async start(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    const now = await this.#session.readParameters(this.#names);
    this.#values = new Map([...now].map(([name, value]) => [name, Float32Array.from(values.get(name) ?? value)]));
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

  async swap(): Promise<void> {
    const own = await this.#session.readParameters(this.#names);
    await this.settle();
    this.#values = own;
  }

  async settle(): Promise<void> {
    await this.#session.writeParameters(this.#values);
  }

  async read(): Promise<ReadonlyMap<string, Float32Array>> {
    return new Map([...this.#values].map(([name, value]) => [name, Float32Array.from(value)]));
  }
}
