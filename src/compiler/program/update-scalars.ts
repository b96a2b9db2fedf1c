/**
 * Optimisers inside a graph take their scalars from outside: what depends on the schedule is computed here, in double precision, and
 * rounded once. Tensors whose scalars are the same share them.
 */
import { biasCorrections } from './bias-corrections.ts';
import { isDecoupled } from './optimiser-slots.ts';
import type { OptimiserGroup } from './optimiser.ts';
import type { ParameterTensor } from './parameter.ts';
import type { Program } from './program.ts';
import type { Stage } from './stage.ts';

/** Tensors of one optimiser group with the same scale of the learning rate and the same decay. */
export interface UpdateClass {
  readonly group: OptimiserGroup;
  readonly learningRateScale: number;
  /** 0 where the group or its tensors do not decay. */
  readonly decay: number;
  readonly parameters: readonly ParameterTensor[];
}

/** Scalars of a class, in this order. */
export const updateScalarNames = ['rate', 'keep', 'decay', 'epsilon'] as const;

export type UpdateScalarName = (typeof updateScalarNames)[number];

/** The classes of a stage, in order of their groups. Their scalars are fed one class after the other. */
export function updateClasses(program: Program, stage: Stage): UpdateClass[] {
  const table = new Map(program.parameters.map((parameter) => [parameter.name, parameter]));
  const trained = new Set(stage.trainable);
  return stage.groups.flatMap((group) => {
    const classes = new Map<string, { learningRateScale: number; decay: number; parameters: ParameterTensor[] }>();
    for (const name of group.parameters) {
      const parameter = table.get(name);
      if (parameter === undefined || !trained.has(name)) continue;
      const { learningRateScale } = parameter;
      const decay = parameter.decay ? group.decay : 0;
      const key = `${learningRateScale} ${decay}`;
      const known = classes.get(key) ?? { learningRateScale, decay, parameters: [] };
      known.parameters.push(parameter);
      classes.set(key, known);
    }
    return [...classes.values()].map((it) => ({ group, ...it }));
  });
}

/**
 * The scalars of every class at an update (1-based) under a rate of the schedule. `rate` multiplies the direction, `keep` the weight
 * where decay is decoupled, `decay` joins the weight to the gradient where it is not. Adam's bias corrections are in its rate and its
 * epsilon: with c = √(1-β₂ᵗ), η c/(1-β₁ᵗ) · m / (√v + ε c) is PyTorch's η/(1-β₁ᵗ) · m / (√v/c + ε).
 */
export function updateScalars(
  classes: readonly UpdateClass[],
  { update, rate }: { readonly update: number; readonly rate: number },
): Float32Array {
  return Float32Array.from(
    classes.flatMap(({ group, learningRateScale, decay }) => {
      const { method } = group;
      const learningRate = group.learningRate * rate * learningRateScale;
      const values: Record<UpdateScalarName, number> = {
        rate: learningRate,
        keep: isDecoupled(method) ? 1 - learningRate * decay : 1,
        decay: isDecoupled(method) ? 0 : decay,
        epsilon: 0,
      };
      if (method.kind === 'rmsprop') values.epsilon = method.epsilon;
      if (method.kind === 'adam' || method.kind === 'adamw') {
        const { meanShare, squareShare } = biasCorrections(method, update);
        const correction = Math.sqrt(squareShare * freshness(method.beta2));
        values.rate = (learningRate * correction) / meanShare;
        values.epsilon = method.epsilon * correction;
      }
      return updateScalarNames.map((name) => values[name]);
    }),
  );
}

/**
 * TensorFlow's kernel weighs a fresh square with 1 - β₂ taken in float32, PyTorch with 1 - β₂ rounded to float32 (for 0.999 they differ by
 * 5e-5); both keep β₂ rounded of the old ones. So the kernel's v is PyTorch's times this.
 */
function freshness(beta2: number): number {
  return (1 - Math.fround(beta2)) / Math.fround(1 - beta2);
}
