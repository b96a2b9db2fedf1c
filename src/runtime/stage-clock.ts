import { stepFunctions } from '../compiler/program/functions.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { CheckpointState } from './checkpoint.ts';
import { rampsIn } from './feeds.ts';
import { rateAt, weightAt } from './schedule.ts';
import type { StageLength } from './stage-plan.ts';

/** How far a stage is: in steps of its own, of the sample at hand and of the restart at hand; and what is scheduled by them. */
export class StageClock {
  readonly #stage: Stage;
  length: StageLength = { steps: 0, stepsPerEpoch: 1, perRestart: 0, samples: 1 };
  /** Steps of the stage that are done. */
  step: number;
  /** Step at which the sample at hand began; 0 where samples are not apart. */
  begunAt: number;
  /** The present restart, and the step at which it began. */
  restart: number;
  restartedAt: number;

  constructor(stage: Stage, state: CheckpointState | undefined) {
    this.#stage = stage;
    this.step = state?.step ?? 0;
    this.begunAt = state?.turn?.begunAt ?? 0;
    this.restart = state?.turn?.restart ?? 0;
    this.restartedAt = state?.turn?.restartedAt ?? 0;
  }

  /** Steps of the sample at hand, or of the stage. */
  get sampleStep(): number {
    return this.step - this.begunAt;
  }

  /** Steps of the present restart. */
  get localStep(): number {
    return this.step - this.restartedAt;
  }

  get isRestartOver(): boolean {
    return this.localStep >= this.length.perRestart;
  }

  get isLastRestart(): boolean {
    return this.restart + 1 >= (this.#stage.restarts ?? 1);
  }

  /** Batches of one update. */
  get accumulate(): number {
    return this.#stage.accumulate ?? 1;
  }

  /** Batches of the sample or the stage that are done. */
  get batch(): number {
    return this.sampleStep * this.accumulate;
  }

  /** A sample begins here, or a checkpoint left it in one of its restarts. */
  beginSample(begunAt = this.step, restart = 0): void {
    this.begunAt = begunAt;
    this.restart = restart;
    if (begunAt === this.step) this.restartedAt = this.step;
  }

  /** Multiplies every group's learning rate. */
  rate(): number {
    const { perRestart, stepsPerEpoch } = this.length;
    return rateAt(this.#stage.schedule, this.localStep, perRestart, stepsPerEpoch);
  }

  /** Values of weights, by name, and of ramps that formulas read. */
  weights(): Record<string, number> {
    const { terms, evaluations } = this.#stage;
    const { stepsPerEpoch } = this.length;
    const entries = terms.flatMap(({ weight }) =>
      weight.name === undefined ? [] : [[weight.name, weightAt(weight, this.localStep, stepsPerEpoch)] as const],
    );
    const functions = [...stepFunctions(this.#stage), ...evaluations.flatMap(({ samples, metrics }) => [samples ?? [], metrics].flat())]; // prettier-ignore
    const inside = functions.flatMap(rampsIn).map(([key, ramp]) => [key, weightAt(ramp, this.localStep, stepsPerEpoch)] as const); // prettier-ignore
    return Object.fromEntries([...entries, ...inside]);
  }
}
