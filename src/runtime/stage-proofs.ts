/** What one stage proves at its end: what trains moved, and nothing else did. */
import type { Stage } from '../compiler/program/stage.ts';
import { digestParameters, listNames, verifyFrozen } from './proofs.ts';
import { changedBy } from './stage-plan.ts';
import type { TrainRequest } from './trainer.ts';

export class StageProofs {
  readonly #request: TrainRequest;
  readonly #stage: Stage;
  /** Digests of every changing tensor when the stage began. */
  started: ReadonlyMap<string, string>;

  constructor(request: TrainRequest, stage: Stage, started: Readonly<Record<string, string>>) {
    this.#request = request;
    this.#stage = stage;
    this.started = new Map(Object.entries(started));
  }

  /** Takes the digests where a checkpoint did not bring them. */
  async begin(changing: readonly string[]): Promise<void> {
    if (this.started.size === 0) this.started = await digestParameters(this.#request.session, changing);
  }

  /** Digests of all that this stage must not change: what never trains, and what other stages train. */
  frozen(): ReadonlyMap<string, string> {
    const changed = changedBy(this.#stage);
    return new Map([...this.#request.frozenDigests, ...[...this.started].filter(([name]) => !changed.has(name))]);
  }

  /** Trainable tensors that differ from what they started from. */
  async moved(from = this.started): Promise<readonly string[]> {
    const { trainable } = this.#stage;
    const now = await digestParameters(this.#request.session, trainable);
    return trainable.filter((name) => now.get(name) !== from.get(name));
  }

  /** One that never moved is worth a warning: its gradient was always zero. */
  async certify(moved: ReadonlySet<string>): Promise<void> {
    const { session, emit } = this.#request;
    const { trainable, search } = this.#stage;
    const still = trainable.filter((name) => !moved.has(name));
    // the best candidate of a search may be what was there
    if (still.length > 0 && search === undefined)
      emit({ event: 'warning', code: 'CX8232', message: `trainable, but never moved: ${listNames(still)}` });
    const expected = this.frozen();
    const verified = await verifyFrozen(session, expected);
    emit({ event: 'certificate', frozen: expected.size, verified, trained: trainable.length, moved: trainable.length - still.length }); // prettier-ignore
  }
}
