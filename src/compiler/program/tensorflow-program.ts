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

/** What may be kept of a tensor: optimiser slots, its moving average, the sum of its gradients over batches of one update. */
export type KeptName = SlotName | 'average' | 'sum';

/** Nodes of a parameter, by its place in the table, or of what is kept of it. */
export function variableNodes(parameter: number, kept?: KeptName): VariableNodes {
  const scope = kept === undefined ? `p${parameter}` : `p${parameter}/${kept}`;
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
  /** Where gradients are accumulated. */
  readonly gather: GatherNodes;
  /** Where there are moving averages. */
  readonly averages: AverageNodes;
}

/** Fetched for every batch of an update but the last: its gradients are kept, its buffers stored. */
export interface GatherNodes {
  /** In the place of what was kept. */
  readonly first: string;
  /** Added to it. */
  readonly next: string;
}

/** Fetched: it is done, for every trainable tensor of the stage. */
export interface AverageNodes {
  /** The average is the parameter. */
  readonly started: string;
  /** Average and parameter have changed places. */
  readonly swapped: string;
  /** The parameter is the average. */
  readonly settled: string;
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
    gather: { first: `${scope}gather_first`, next: `${scope}gather_next` },
    averages: {
      started: `${scope}averages_started`,
      swapped: `${scope}averages_swapped`,
      settled: `${scope}averages_settled`,
    },
  };
}
