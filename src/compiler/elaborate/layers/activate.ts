import type { Activation } from '../../types/model-config.ts';
import { Arithmetic } from '../../ir/arithmetic.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';

/** `gelu` is exact (erf); `quick_gelu` is x·sigmoid(1.702 x), which all of OpenAI's CLIP weights expect. */
export function activate(builder: GraphBuilder, x: NodeId, activation: Activation): NodeId {
  const m = new Arithmetic(builder);
  switch (activation) {
    case 'relu':
      return m.unary('relu', x);
    case 'gelu':
      return m.unary('gelu', x);
    case 'quick_gelu':
      return m.mul(x, m.unary('sigmoid', m.scale(x, 1.702)));
  }
}
