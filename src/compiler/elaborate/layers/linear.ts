import { invariant } from '../../common/invariant.ts';
import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/parameter.ts';
import type { LayerContext } from '../layer-context.ts';
import { frameworkDefault } from './initialisations.ts';
import { join } from './path.ts';

export interface LinearOptions {
  readonly output: number;
  /** Default: true. */
  readonly bias?: boolean;
  /** Defaults: PyTorch's, uniform ±1/√inputs for both. */
  readonly weightInit?: Initialisation;
  readonly biasInit?: Initialisation;
}

/**
 * `x [..., inputs] → [..., output]`: x·Wᵀ + b. Tensors `weight [output, inputs]` (PyTorch's layout) and `bias [output]`.
 * The product is one of two matrices whatever the rank of x: engines run that fastest.
 */
export function linear(context: LayerContext, path: string, x: NodeId, options: LinearOptions): NodeId {
  const m = new Arithmetic(context.builder);
  const { output, bias = true } = options;
  const shape = m.shape(x);
  const input = shape.at(-1);
  invariant(input, `linear layer ${path} needs an operand with a last dimension`);
  const initial = frameworkDefault(input);
  const lead = shape.slice(0, -1);
  const rows = lead.reduce((product, extent) => product * extent, 1);

  const weight = context.parameter(join(path, 'weight'), [output, input], options.weightInit ?? initial);
  const product = m.matmul(m.reshape(x, [rows, input]), weight, false, true);
  if (!bias) return m.reshape(product, [...lead, output]);
  const offset = context.parameter(join(path, 'bias'), [output], options.biasInit ?? initial);
  return m.reshape(m.add(product, offset), [...lead, output]);
}
