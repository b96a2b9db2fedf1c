/**
 * Copies of which some tensors are those of what they copy: what is frozen in both, in every stage, is one tensor (as `Elaborator` has it),
 * and the program lists it once.
 */
import type { CheckedExperiment } from '../check/checked.ts';
import type { Instance } from '../check/typed.ts';
import { stateOf } from '../elaborate/state.ts';
import type { Program } from '../program/program.ts';

type Tensor = Program['parameters'][number];

/** The tensor of the program that a part reads at a path: its own, or that of what it copies. Undefined where nothing reads one. */
export function tensorAt(checked: CheckedExperiment, program: Program, owner: string, path: string): Tensor | undefined {
  const own = program.parameters.find(({ name }) => name === `${owner}.${path}`);
  if (own !== undefined) return own;
  const origin = copied(checked, owner);
  if (origin === undefined) return undefined;
  const seen = [checked, ...checked.stages];
  const frozen = [owner, origin].every((part) => seen.every((each) => stateOf(each, part, path).flag === 'frozen'));
  return frozen ? tensorAt(checked, program, origin, path) : undefined;
} // prettier-ignore

export interface SharedTensor {
  readonly path: string;
  /** Of another part, which it is. */
  readonly tensor: Tensor;
}

/** Tensors of a copy that are another part's. */
export function sharedTensors(checked: CheckedExperiment, program: Program, { name, shape }: Instance): SharedTensor[] {
  const tower = shape.kind === 'encoder' && shape.tower !== undefined ? `${shape.tower}.` : '';
  const paths = new Set<string>();
  for (let origin = copied(checked, name); origin !== undefined; origin = copied(checked, origin))
    for (const { owner, name: tensor } of program.parameters)
      if (owner === origin && tensor.startsWith(`${owner}.${tower}`)) paths.add(tensor.slice(owner.length + 1));
  return [...paths].flatMap((path) => {
    const tensor = tensorAt(checked, program, name, path);
    return tensor === undefined || tensor.owner === name ? [] : [{ path, tensor }];
  });
}

/** What a part is a copy of, as a whole. */
export function copied({ instances }: Pick<CheckedExperiment, 'instances'>, owner: string): string | undefined {
  const { origin } = instances.find(({ name }) => name === owner) ?? {};
  return origin?.kind === 'part' && origin.path === '' ? origin.owner : undefined;
}
