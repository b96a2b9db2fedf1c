/**
 * Names of nodes in a TensorFlow graph. Inputs and outputs of our graphs are called as users like (spaces, commas, any letters), nodes
 * must match `[A-Za-z0-9.][A-Za-z0-9_./-]*`; so they go by position, and the emitter and the runtime agree here.
 */

/** The placeholder of a graph's input, counted in the order of `graphInputs`. */
export function inputNodeName(at: number): string {
  return `input_${at}`;
}

/** The node that holds a graph's output, counted in the order of `graph.outputs`. */
export function outputNodeName(at: number): string {
  return `output_${at}`;
}
