import { invariant } from '../../common/invariant.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { constant } from './initialisations.ts';
import { join } from './path.ts';

/** Normalises the last dimension (Ba et al., 2016). Tensors `scale` and `bias`; epsilon 1e-5, PyTorch's default and CLIP's. */
export function layerNorm(context: LayerContext, path: string, x: NodeId, epsilon = 1e-5): NodeId {
  const width = context.builder.shape(x).at(-1);
  invariant(width, `layer norm ${path} needs an operand with a last dimension`);
  const scale = context.parameter(join(path, 'scale'), [width], constant(1));
  const bias = context.parameter(join(path, 'bias'), [width], constant(0));
  return context.builder.add('layer_norm', [x, scale, bias], { epsilon });
}
