import type { Activation } from '../../catalogue/model-config.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import { scalar } from './scalar.ts';

/** `gelu` is exact (erf); `quick_gelu` is x·sigmoid(1.702 x), which all of OpenAI's CLIP weights expect. */
export function activate(builder: GraphBuilder, x: NodeId, activation: Activation): NodeId {
  switch (activation) {
    case 'relu':
      return builder.add('relu', [x], {});
    case 'gelu':
      return builder.add('gelu', [x], {});
    case 'quick_gelu': {
      const steep = builder.add('mul', [x, scalar(builder, 1.702)], {});
      return builder.add('mul', [x, builder.add('sigmoid', [steep], {})], {});
    }
  }
}
