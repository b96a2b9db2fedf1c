import type { StopRule } from '../compiler/program/stage.ts';
import type { EvaluationResult } from './checkpoint.ts';
import { durationInSteps } from './schedule.ts';

/** What a rule of stopping has seen: a checkpoint keeps it. */
export interface PatienceState {
  readonly value: number;
  /** Step of the stage after which it stood. */
  readonly step: number;
}

/** Waits for a metric to become better, and says when it has waited long enough. */
export class Patience {
  readonly #rule: StopRule;
  readonly #steps: number;
  state: PatienceState | undefined;

  constructor(rule: StopRule, stepsPerEpoch: number, state: PatienceState | undefined) {
    this.#rule = rule;
    this.#steps = Math.max(1, durationInSteps(rule.patience, stepsPerEpoch));
    this.state = state;
  }

  /** Whether the stage ends after `step` steps; `results` are the last of each evaluation. */
  isOver(step: number, results: readonly EvaluationResult[]): boolean {
    const { evaluation, metric, direction, change } = this.#rule;
    const result = results.find((each) => each.evaluation === evaluation && each.step === step);
    const value = result?.metrics.find((each) => each.name === metric)?.value;
    if (value !== undefined && value !== null) {
      const before = this.state?.value;
      const gain =
        before === undefined ? Number.POSITIVE_INFINITY : direction === 'max' ? value - before : before - value;
      if (gain > change) this.state = { value, step };
    }
    return this.state !== undefined && step - this.state.step >= this.#steps;
  }
}
