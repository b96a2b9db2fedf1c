import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { constant } from './initialisations.ts';
import { join } from './path.ts';

export interface GroupNormOptions {
  readonly groups: number;
  readonly epsilon: number;
  /** Which places are real, `bool [n, places]`: the others count in no statistic. */
  readonly real?: NodeId;
}

/** Normalises groups of channels of `x [n, places, channels]` over all places (Wu and He, 2018). Tensors `scale` and `bias`. */
export function groupNorm(
  context: LayerContext,
  path: string,
  x: NodeId,
  { groups, epsilon, real }: GroupNormOptions,
): NodeId {
  const m = new Arithmetic(context.builder);
  const [n = 1, places = 1, channels = 1] = m.shape(x);
  const scale = context.parameter(join(path, 'scale'), [channels], constant(1));
  const bias = context.parameter(join(path, 'bias'), [channels], constant(0));
  const grouped = m.reshape(x, [n, places, groups, channels / groups]);
  const [mean, rstd] = real === undefined ? whole(m, grouped, epsilon) : ofReal(m, grouped, real, epsilon);
  const normed = m.reshape(m.mul(m.sub(grouped, mean), rstd), [n, places, channels]);
  return m.add(m.mul(normed, scale), bias);
}

const axes = [1, 3];

const whole = (m: Arithmetic, grouped: NodeId, epsilon: number): readonly [NodeId, NodeId] => [
  m.op('moment_mean', [grouped], { axes }),
  m.op('moment_rstd', [grouped], { axes, epsilon }),
];

/** Mean and 1 / √(variance + ε) of the real places; 0 and 1 / √ε where there is none. */
function ofReal(m: Arithmetic, grouped: NodeId, real: NodeId, epsilon: number): readonly [NodeId, NodeId] {
  const [n = 1, places = 1, , size = 1] = m.shape(grouped);
  const where = m.reshape(real, [n, places, 1, 1]);
  const count = m.sum(m.op('cast', [where], { dtype: 'f32' }), [1], true);
  const numbers = m.scale(m.binary('max', count, m.number(1)), size);
  const mean = m.div(m.sum(m.where(where, grouped), axes, true), numbers);
  const variance = m.div(m.sum(m.square(m.where(where, m.sub(grouped, mean))), axes, true), numbers);
  return [mean, m.div(m.number(1), m.unary('sqrt', m.shift(variance, epsilon)))];
}
