import type { Duration } from '../compiler/program/schedule.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { BestCheckpoint, Checkpoint, EvaluationResult, NamedTensor, SampleResult, TurnState, UnplacedState } from './checkpoint.ts'; // prettier-ignore
import type { PatienceState } from './patience.ts';
import { durationInSteps } from './schedule.ts';
import type { CheckpointReason, TrainRequest } from './trainer.ts';

/** Checkpoints by time: at least this long apart, and never more than a twentieth of the time goes into them. */
const checkpointInterval = 20_000;
const checkpointShare = 20;

/** Where a stage begins: at its first step, or where a checkpoint left it. */
export interface StageStart {
  readonly runStep: number;
  /** Of the random streams: it runs ahead of the steps where gradients are accumulated. */
  readonly counter: number;
  readonly earlier: readonly EvaluationResult[];
  readonly resume: Checkpoint | undefined;
}

/** Where the stage stands. */
export interface StagePosition {
  readonly step: number;
  readonly steps: number;
  readonly runStep: number;
  readonly counter: number;
  readonly started: ReadonlyMap<string, string>;
  /** Last results of its evaluations, without final ones that were left halfway. */
  readonly results: readonly EvaluationResult[];
  /** All that it leaves to the stages after it. */
  readonly after: readonly EvaluationResult[];
  readonly best: BestCheckpoint | undefined;
  readonly selected: EvaluationResult | undefined;
  readonly patience: PatienceState | undefined;
  readonly averages: ReadonlyMap<string, Float32Array> | undefined;
  readonly turn?: TurnState;
  readonly samples?: readonly SampleResult[];
}

export interface StageCheckpointsRequest {
  readonly request: TrainRequest;
  readonly stage: Stage;
  readonly start: StageStart;
  readonly readChanging: () => Promise<NamedTensor[]>;
}

/** When a stage is written down, and what of it. */
export class StageCheckpoints {
  readonly #of: StageCheckpointsRequest;
  #last: number;
  #cost = 0;

  constructor(of: StageCheckpointsRequest) {
    this.#of = of;
    this.#last = of.request.clock();
  }

  isDue(step: number, stepsPerEpoch: number): boolean {
    const { clock, checkpointEvery } = this.#of.request;
    const inSteps = (every: Duration): number => Math.max(1, durationInSteps(every, stepsPerEpoch));
    const { checkpoint } = this.#of.stage;
    for (const every of [checkpointEvery, checkpoint === undefined ? undefined : inSteps(checkpoint)])
      if (every !== undefined && step > 0 && step % every === 0) return true;
    return clock() - this.#last >= Math.max(checkpointInterval, checkpointShare * this.#cost);
  }

  async write(reason: CheckpointReason, at: StagePosition): Promise<void> {
    const { request, stage, readChanging } = this.#of;
    const { program, session, seed, store, clock, frozenDigests } = request;
    const started = clock();
    const state = {
      semantic: program.digests.semantic,
      seed,
      backend: `${session.info.name} ${session.info.version}`,
      runStep: at.runStep,
      ...(at.counter === at.runStep ? {} : { counter: at.counter }),
      frozen: Object.fromEntries(frozenDigests),
      ...this.#place(reason, at),
    };
    const slots = new Map([...(await session.readSlots()), ...(at.averages ?? [])]);
    await store.saveCheckpoint(state, await readChanging(), slots, reason);
    await store.progress(stage.name, at.step, at.steps, at.best);
    this.#last = clock();
    this.#cost = this.#last - started;
  }

  /** The end of a stage is the beginning of the next; that of the last one is the end of the run. */
  #place(
    reason: CheckpointReason,
    { step, steps, started, results, after, best, selected, patience, turn, samples }: StagePosition,
  ): Omit<UnplacedState, 'semantic' | 'seed' | 'backend' | 'runStep' | 'counter' | 'frozen'> {
    const { request, stage, start } = this.#of;
    const { stages } = request.program;
    const { earlier } = start;
    const next = stages[stages.indexOf(stage) + 1];
    if (reason === 'end' && next !== undefined)
      return { stage: next.name, step: 0, steps: 0, started: {}, results: [], earlier: [...earlier, ...after] };
    return {
      stage: stage.name,
      step,
      steps,
      started: Object.fromEntries(started),
      results,
      earlier,
      ...(best === undefined ? {} : { best }),
      ...(selected === undefined ? {} : { selected }),
      ...(patience === undefined ? {} : { patience }),
      ...(turn === undefined ? {} : { turn }),
      ...(samples === undefined ? {} : { samples }),
      ...(reason === 'end' ? { finished: true } : {}),
    };
  }
}
