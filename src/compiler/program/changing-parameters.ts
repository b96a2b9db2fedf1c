import { slotsOf, type SlotName } from './optimiser-slots.ts';
import type { OptimiserGroup } from './optimiser.ts';
import type { ParameterTensor } from './parameter.ts';
import type { Program } from './program.ts';
import type { Stage } from './stage.ts';

/** The tensors that some stage changes, in table order: what a session keeps in place and a checkpoint holds. */
export function changingParameters(program: Program): ParameterTensor[] {
  const changed = new Set<string>();
  for (const stage of program.stages) {
    for (const name of stage.trainable) changed.add(name);
    for (const source of Object.values(stage.step.outputs)) if (source.kind === 'buffer') changed.add(source.name);
  }
  return program.parameters.filter(({ name }) => changed.has(name));
}

/** The optimiser group that updates a tensor in a stage. */
function groupOf(stage: Stage, parameter: string): OptimiserGroup | undefined {
  return stage.trainable.includes(parameter)
    ? stage.groups.find((group) => group.parameters.includes(parameter))
    : undefined;
}

/** The stages that keep a moving average of the tensor. */
export function stagesAveraging({ stages }: Program, parameter: string): Stage[] {
  return stages.filter(({ average, trainable }) => average !== undefined && trainable.includes(parameter));
}

/** The stages that add up gradients of the tensor over several batches. */
export function stagesGathering({ stages }: Program, parameter: string): Stage[] {
  return stages.filter((stage) => batchesOfUpdate(stage) > 1 && stage.trainable.includes(parameter));
}

/** Batches, or chunks of them, whose gradients are averaged before one update. */
export function batchesOfUpdate({ accumulate = 1, chunk }: Stage): number {
  return accumulate * (chunk?.count ?? 1);
}

/** Optimiser slots of a tensor over all stages. */
export function slotsOfParameter(program: Program, parameter: string): SlotName[] {
  const slots = new Set<SlotName>();
  for (const stage of program.stages) {
    const group = groupOf(stage, parameter);
    if (group !== undefined) for (const slot of slotsOf(group.method)) slots.add(slot);
  }
  return [...slots];
}
