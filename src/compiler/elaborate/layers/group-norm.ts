import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { constant } from './initialisations.ts';
import { join } from './path.ts';

/** Normalises groups of channels of `x [n, places, channels]` over all places (Wu and He, 2018). Tensors `scale` and `bias`. */
export function groupNorm(context: LayerContext, path: string, x: NodeId, groups: number, epsilon: number): NodeId {
  const m = new Arithmetic(context.builder);
  const [n = 1, places = 1, channels = 1] = m.shape(x);
  const scale = context.parameter(join(path, 'scale'), [channels], constant(1));
  const bias = context.parameter(join(path, 'bias'), [channels], constant(0));
  const grouped = m.reshape(x, [n, places, groups, channels / groups]);
  const mean = m.op('moment_mean', [grouped], { axes: [1, 3] });
  const rstd = m.op('moment_rstd', [grouped], { axes: [1, 3], epsilon });
  const normed = m.reshape(m.mul(m.sub(grouped, mean), rstd), [n, places, channels]);
  return m.add(m.mul(normed, scale), bias);
}
