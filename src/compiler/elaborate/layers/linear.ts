import { invariant } from '../../common/invariant.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/program.ts';
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
  const { builder } = context;
  const { output, bias = true } = options;
  const shape = builder.shape(x);
  const input = shape.at(-1);
  invariant(input, `linear layer ${path} needs an operand with a last dimension`);
  const initial = frameworkDefault(input);

  const weight = context.parameter(join(path, 'weight'), [output, input], options.weightInit ?? initial);
  const rows = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const matrix = shape.length === 2 ? x : builder.add('reshape', [x], { shape: [rows, input] });
  let result = builder.add('matmul', [matrix, weight], { transposeA: false, transposeB: true });
  if (bias) {
    const offset = context.parameter(join(path, 'bias'), [output], options.biasInit ?? initial);
    result = builder.add('add', [result, offset], {});
  }
  return shape.length === 2 ? result : builder.add('reshape', [result], { shape: [...shape.slice(0, -1), output] });
}
