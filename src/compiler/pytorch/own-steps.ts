/** A chain of alike steps that are classes, as `repeat(6, block(…))` makes it: a loop over them. */
import type { Typed } from '../check/typed.ts';
import type { Body } from './body.ts';
import { itemsOf, type OwnCall } from './own-call.ts';
import type { ValueKeys } from './value-keys.ts';

interface Chain {
  /** The owner of the chain, and where it stands there. */
  readonly owner: string;
  readonly path: string;
  readonly keys: ValueKeys;
  readonly isGiven: (typed: Typed) => boolean;
  /** The step that a value is the result of. */
  readonly inside: (typed: Typed) => OwnCall | undefined;
}

/** The steps from what is given to the result, all of them made by one definition and given the same besides; undefined for other modules. */
export function stepsOf(result: Typed, { path, keys, isGiven, inside }: Chain): readonly OwnCall[] | undefined {
  const steps: OwnCall[] = [];
  for (let typed = result; steps.length === 0 || !isGiven(typed);) {
    const call = inside(typed);
    const [flowing] = call?.forward.inputs ?? [];
    if (call?.forward.results.length !== 1 || flowing === undefined || flowing.named) return undefined;
    steps.unshift(call);
    typed = flowing.typed;
  }
  const signature = ({ module, forward }: OwnCall): string =>
    JSON.stringify([
      module.definition ?? module.made,
      module.forward.drops,
      forward.inputs.map(({ name, typed, named }, at) => [name, named, at === 0 ? '' : keys.of(typed)]),
    ]);
  const start = path === '' ? '' : `${path}.`;
  const isChain = steps.every((step, at) => step.module.path === `${start}${at}` && signature(step) === signature(steps[0] ?? step)); // prettier-ignore
  return isChain && steps.length > 1 ? steps : undefined;
}

/** Writes the loop; what it returns. */
export function writeSteps(body: Body, steps: readonly OwnCall[], { owner, path }: Pick<Chain, 'owner' | 'path'>, indent: string): string | undefined {
  const { within } = body.surroundings;
  const [first] = steps;
  const [flowing, ...rest] = first?.forward.inputs ?? [];
  if (first === undefined || flowing === undefined || within === undefined) return undefined;
  const [x = '', ...items] = itemsOf(body, [flowing, ...rest]);
  const named = steps.map(({ module, forward }, at) => ({ module, draws: forward.draws, name: [owner, path, String(at)].filter((word) => word !== '').join('.') }));
  const drops = named.some(({ name, draws }) => draws.length > 0 || within.drops(name));
  for (const { module, name, draws } of named) {
    within.calls.add(module);
    if (drops) within.leavesOut(name, draws);
  }
  body.lines.push(
    `${indent}for ${drops ? 'place, step in self.items()' : 'step in self.values()'}:`,
    `${indent}    ${x} = step(${[x, ...items, ...(drops ? ['dropout=dropout.below(place)'] : [])].join(', ')})`,
  );
  return x;
} // prettier-ignore
