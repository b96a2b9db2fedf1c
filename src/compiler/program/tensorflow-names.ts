/**
 * Names of nodes in the TensorFlow graphs we write. Names of a graph's inputs and outputs hold spaces, commas and letters of any
 * alphabet; TensorFlow's do not, and a comma separates feeds in the binding. So inputs and outputs are numbered, and compiler
 * and engine derive the names here.
 */

/** The node that takes the input with this number (in node order). `scope` sets functions in one graph apart: `f3/`. */
export function inputNodeName(at: number, scope = ''): string {
  return `${scope}input_${at}`;
}

/** The node that gives the output with this number. */
export function outputNodeName(at: number, scope = ''): string {
  return `${scope}output_${at}`;
}

/** The signature of a file that holds one function. */
export const mainSignature = 'main';
