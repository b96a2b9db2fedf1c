/** Names of the nodes in the TensorFlow graph of a whole program: what compiler and session agree on, besides `tensorflow-names.ts`. */
import type { SlotName } from './optimiser-slots.ts';

/** The key of the whole program among a session's artefacts. */
export const programArtefact = 'program';

/** The nodes of a function, by its place among `functionsOf(program)`. */
export function functionScope(at: number): string {
  return `f${at}/`;
}

/** What holds a tensor between runs. */
export interface VariableNodes {
  readonly handle: string;
  /** Fetched: the value. */
  readonly read: string;
  /** Fed: a new value. */
  readonly value: string;
  /** Fetched with `value` fed: the new value is stored. */
  readonly assigned: string;
}

/** Nodes of a parameter, by its place in the table, or of one of its optimiser slots. */
export function variableNodes(parameter: number, slot?: SlotName): VariableNodes {
  const scope = slot === undefined ? `p${parameter}` : `p${parameter}/${slot}`;
  return {
    handle: `${scope}/variable`,
    read: `${scope}/read`,
    value: `${scope}/value`,
    assigned: `${scope}/assigned`,
  };
}

/** Fetched: all optimiser slots are zero. */
export const slotsCleared = 'slots_cleared';

/** Nodes of a training step besides those of its function. */
export interface StepNodes {
  /** Fed: `updateScalars`. */
  readonly scalars: string;
  /** f32: the global norm of the gradients before clipping. Infinite also where only its square overflows; it can be fed then. */
  readonly norm: string;
  /** bool: norm and losses are finite. Can be fed. */
  readonly finite: string;
  /** Fetched: bool, whether everything was updated; else nothing was. */
  readonly updated: string;
  /** bool [trainable]: the tensor's gradient is finite. */
  readonly gradientsFinite: string;
  /** f32 [trainable]: norms of the gradients, of each finite one without overflow on the way. */
  readonly gradientNorms: string;
}

/** Nodes of a stage's step, by the stage's place. */
export function stepNodes(stage: number): StepNodes {
  const scope = `s${stage}/`;
  return {
    scalars: `${scope}scalars`,
    norm: `${scope}norm`,
    finite: `${scope}finite`,
    updated: `${scope}updated`,
    gradientsFinite: `${scope}gradients_finite`,
    gradientNorms: `${scope}gradient_norms`,
  };
}
