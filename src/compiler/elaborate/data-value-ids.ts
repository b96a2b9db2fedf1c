import type { CheckedExperiment } from '../check/checked.ts';
import { dataValuesOf, rootsOf } from '../check/reachability.ts';
import { narrowingWords } from '../program/vocabulary.ts';
import type { Typed } from '../check/typed.ts';

/** By which each value over a whole data set is fed: its set and its place among them, the same in every function of a stage. */
export function dataValueIds(checked: CheckedExperiment): ReadonlyMap<Typed, string> {
  const { narrowing } = checked;
  const part = narrowing === undefined ? '' : ` over ${narrowingWords(narrowing)}`;
  return new Map(
    dataValuesOf(rootsOf(checked)).map((whole, at) => [whole, `on ${whole.attributes.data} ${at}${part}`]),
  );
}
