/** How many elements a loss term averaged, or took the extreme of; of several means the fewest. */
import { invariant } from '../compiler/common/invariant.ts';
import type { LossTerm } from '../compiler/program/stage.ts';
import type { StepResult } from './backends/backend.ts';

/** Of an update of so many batches; undefined where the term is no mean, and where masks decide it. */
export function plannedCount({ counted = [] }: LossTerm, batches: number): number | undefined {
  if (counted.length === 0 || counted.some(({ left }) => left !== undefined)) return undefined;
  return Math.min(...counted.map(({ elements, perBatch }) => (perBatch === true ? elements * batches : elements)));
}

/** Where masks decide it: of the batches of an update together. */
export function maskedCount({ name, counted = [] }: LossTerm, results: readonly StepResult[]): number | undefined {
  if (counted.every(({ left }) => left === undefined)) return undefined;
  const counts = counted.map(({ elements, left, perBatch }) => {
    const batches = perBatch === true ? results : results.slice(-1);
    return batches.reduce((sum, { outputs }) => {
      if (left === undefined) return sum + elements;
      const count = outputs[left]?.data[0];
      invariant(count !== undefined, `nothing counts ${name}`);
      return sum + elements * Math.round(count);
    }, 0);
  });
  return Math.min(...counts);
}
