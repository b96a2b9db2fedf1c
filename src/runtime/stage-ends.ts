/** Ends of stages that variants and runs share: one that was trained before, in just this way, is not trained again. */
import type { Stage } from '../compiler/program/stage.ts';
import type { BestCheckpoint, EvaluationResult, NamedTensor } from './checkpoint.ts';
import type { StageStart } from './stage-checkpoints.ts';
import { contentsOf, findStage, keepStage, stageKey } from './stage-store.ts';
import type { StageValues } from './stage-values.ts';
import type { TrainRequest } from './trainer.ts';

export interface StageEndsRequest {
  readonly request: TrainRequest;
  readonly stage: Stage;
  readonly start: StageStart;
  readonly values: StageValues;
  readonly readChanging: () => Promise<NamedTensor[]>;
}

/** What another training of the stage left besides its parameters. */
export interface TakenEnd {
  readonly steps: number;
  readonly counted: number;
  readonly best?: BestCheckpoint;
  readonly selected?: EvaluationResult;
}

export class StageEnds {
  readonly #of: StageEndsRequest;
  /** Under which the end of this stage is kept for others. */
  #key: string | undefined;

  constructor(of: StageEndsRequest) {
    this.#of = of;
  }

  /**
   * Writes the parameters that another variant, or an earlier run, left at the end of this very stage. Undefined where there are none. The
   * last stage is never taken: it is what was asked for.
   */
  async take(
    started: ReadonlyMap<string, string>,
    frozen: ReadonlyMap<string, string>,
    runStep: number,
  ): Promise<TakenEnd | undefined> {
    const { request, stage, start, values } = this.#of;
    const { session, emit, program, seed, stageFolder } = request;
    const { digest, name } = stage;
    const isLast = program.stages.at(-1) === stage;
    // what changes nothing leaves nothing to take
    const changes = stage.trainable.length > 0;
    if (digest === undefined || isLast || !changes || stageFolder === undefined || start.resume !== undefined)
      return undefined;
    this.#key = stageKey({
      digest,
      seed,
      engine: `${session.info.name} ${session.info.version}`,
      started: new Map([...frozen, ...started]),
      contents: await contentsOf(stage, (set) => values.open(set)),
      runStep,
    });
    const found = findStage(stageFolder, this.#key);
    if (found === undefined) return undefined;
    await session.writeParameters(found.parameters);
    this.#key = undefined;
    emit({ event: 'reuse', stage: name, steps: found.kept.steps });
    return found.kept;
  }

  /** Keeps the end of the stage for others. A cache that can not be written is none. */
  async keep(
    steps: number,
    counter: number,
    evaluations:
      { readonly best: BestCheckpoint | undefined; readonly selected: EvaluationResult | undefined } | undefined,
  ): Promise<void> {
    const { request, stage, start, readChanging } = this.#of;
    const { stageFolder, emit } = request;
    if (stageFolder === undefined || this.#key === undefined) return;
    const { best, selected } = evaluations ?? {};
    const kept = {
      stage: stage.name,
      steps,
      counted: counter - start.counter,
      ...(best === undefined ? {} : { best }),
      ...(selected === undefined ? {} : { selected }),
    };
    try {
      keepStage(stageFolder, this.#key, kept, await readChanging());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      emit({ event: 'warning', code: 'CX8271', message: `the end of the stage ${stage.name} could not be kept: ${why}` }); // prettier-ignore
    }
  }
}
