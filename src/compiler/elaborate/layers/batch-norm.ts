import { invariant } from '../../common/invariant.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { constant } from './initialisations.ts';
import { join } from './path.ts';
import { scalar } from './scalar.ts';

/** PyTorch's defaults: the share of the new batch in the running statistics, and what keeps the root off zero. */
const momentum = 0.1;
const epsilon = 1e-5;

/**
 * Normalises each channel of `x [..., channels]` (Ioffe and Szegedy, 2015). Tensors `scale`, `bias` and the buffers `mean`, `variance`.
 * Where the part trains: statistics of the batch, and the running ones move towards them, with the *unbiased* variance as PyTorch does.
 * Elsewhere (frozen, fixed statistics, evaluation): running statistics.
 */
export function batchNorm(context: LayerContext, path: string, x: NodeId): NodeId {
  const { builder } = context;
  const shape = builder.shape(x);
  const channels = shape.at(-1);
  invariant(channels, `batch norm ${path} needs an operand with a last dimension`);
  const scale = context.parameter(join(path, 'scale'), [channels], constant(1));
  const bias = context.parameter(join(path, 'bias'), [channels], constant(0));
  const runningMean = context.parameter(join(path, 'mean'), [channels], constant(0), { role: 'buffer' });
  const runningVariance = context.parameter(join(path, 'variance'), [channels], constant(1), { role: 'buffer' });

  if (!context.trains(path)) {
    const root = builder.add('sqrt', [builder.add('add', [runningVariance, scalar(builder, epsilon)], {})], {});
    const rstd = builder.add('div', [scalar(builder, 1), root], {});
    return builder.add('batch_norm', [x, runningMean, rstd, scale, bias], {});
  }

  const axes = shape.slice(0, -1).map((_, axis) => axis);
  const mean = builder.add('moment_mean', [x], { axes });
  const rstd = builder.add('moment_rstd', [x], { axes, epsilon });
  const count = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  context.updateBuffer(join(path, 'mean'), blend(builder, runningMean, mean));
  context.updateBuffer(join(path, 'variance'), blend(builder, runningVariance, unbiased(builder, rstd, count)));
  return builder.add('batch_norm', [x, mean, rstd, scale, bias], {});
}

/** The variance with n − 1, recovered from 1/√(biased variance + ε). */
function unbiased(builder: GraphBuilder, rstd: NodeId, count: number): NodeId {
  const square = builder.add('mul', [rstd, rstd], {});
  const shifted = builder.add('div', [scalar(builder, 1), square], {});
  const biased = builder.add('sub', [shifted, scalar(builder, epsilon)], {});
  // A batch of one value per channel has no unbiased variance; PyTorch refuses it, here its zero stays zero.
  return builder.add('mul', [biased, scalar(builder, count / Math.max(1, count - 1))], {});
}

/** (1 − momentum)·running + momentum·batch, outside the gradient. */
function blend(builder: GraphBuilder, running: NodeId, batch: NodeId): NodeId {
  const flat = builder.add('reshape', [builder.add('stop', [batch], {})], { shape: builder.shape(running) });
  const kept = builder.add('mul', [running, scalar(builder, 1 - momentum)], {});
  return builder.add('add', [kept, builder.add('mul', [flat, scalar(builder, momentum)], {})], {});
}
