import type { ChoiceStep, ViewStep } from '../../../compiler/program/view.ts';
import type { Dice } from './dice.ts';

/** Does a chain of operations, those that are chosen in their place. Without dice nothing may be drawn: `evaluationSteps` sees to it. */
export function throughChain<Value>(
  value: Value,
  steps: readonly ViewStep[],
  dice: Dice,
  does: (value: Value, step: Exclude<ViewStep, ChoiceStep>) => Value,
): Value {
  let result = value;
  for (const step of steps) {
    if (step.kind === 'maybe') {
      if (dice.happens(step.chance)) result = throughChain(result, step.of, dice, does);
    } else if (step.kind === 'choose') {
      const { of, count, replace } = step;
      const order = replace ? Array.from({ length: count }, () => dice.whole(of.length)) : dice.order(of.length).slice(0, count); // prettier-ignore
      for (const at of order) result = throughChain(result, of[at] ?? [], dice, does);
    } else result = does(result, step);
  }
  return result;
}
