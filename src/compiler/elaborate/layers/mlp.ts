import type { Activation } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { activate } from './activate.ts';
import { linear } from './linear.ts';
import { join } from './path.ts';

export interface MlpOptions {
  /** Widths of the hidden layers, first to last. */
  readonly hidden: readonly number[];
  readonly output: number;
  /** Default: relu. */
  readonly activation?: Activation;
}

/** `x [..., inputs] → [..., output]`: linear layers `layers.0`, `layers.1` … with the activation between them, none after the last. */
export function mlp(context: LayerContext, path: string, x: NodeId, options: MlpOptions): NodeId {
  const { hidden, output, activation = 'relu' } = options;
  let value = x;
  for (const [index, width] of [...hidden, output].entries()) {
    if (index > 0) value = activate(context.builder, value, activation);
    value = linear(context, join(path, `layers.${index}`), value, { output: width });
  }
  return value;
}
