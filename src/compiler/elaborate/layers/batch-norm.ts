import { invariant } from '../../common/invariant.ts';
import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { constant } from './initialisations.ts';
import { join } from './path.ts';

/** The share of the new batch in the running statistics, and what keeps the root off zero. */
export interface BatchNormOptions {
  readonly momentum: number;
  readonly epsilon: number;
  /** Which rows are real, bool of the leading dimensions: the others count in no statistic. */
  readonly real?: NodeId;
}

/** PyTorch's. */
const defaults: BatchNormOptions = { momentum: 0.1, epsilon: 1e-5 };

/**
 * Normalises each channel of `x [..., channels]` (Ioffe and Szegedy, 2015). Tensors `scale`, `bias` and the buffers `mean`, `variance`.
 * Where the part trains: statistics of the batch, and the running ones move towards them, with the *unbiased* variance as PyTorch does.
 * Elsewhere (frozen, fixed statistics, evaluation): running statistics.
 */
export function batchNorm(context: LayerContext, path: string, x: NodeId, options = defaults): NodeId {
  const { momentum, epsilon } = options;
  const m = new Arithmetic(context.builder);
  const shape = m.shape(x);
  const channels = shape.at(-1);
  invariant(channels, `batch norm ${path} needs an operand with a last dimension`);
  const scale = context.parameter(join(path, 'scale'), [channels], constant(1));
  const bias = context.parameter(join(path, 'bias'), [channels], constant(0));
  const runningMean = context.parameter(join(path, 'mean'), [channels], constant(0), { role: 'buffer' });
  const runningVariance = context.parameter(join(path, 'variance'), [channels], constant(1), { role: 'buffer' });

  if (!context.trains(path)) {
    const rstd = m.div(m.number(1), m.unary('sqrt', m.shift(runningVariance, epsilon)));
    return m.op('batch_norm', [x, runningMean, rstd, scale, bias], {});
  }

  if (options.real !== undefined) return masked(context, path, x, options.real, options);
  const lead = shape.slice(0, -1);
  const axes = lead.map((_, axis) => axis);
  const mean = m.op('moment_mean', [x], { axes });
  const rstd = m.op('moment_rstd', [x], { axes, epsilon });
  const count = lead.reduce((product, extent) => product * extent, 1);
  context.updateBuffer(join(path, 'mean'), [x], () => blend(m, runningMean, mean, momentum));
  context.updateBuffer(join(path, 'variance'), [x], () =>
    blend(m, runningVariance, unbiasedVariance(m, rstd, epsilon, count), momentum),
  );
  return m.op('batch_norm_training', [x, scale, bias], { epsilon });
}

/** The same, of the rows that are real. */
function masked(context: LayerContext, path: string, x: NodeId, real: NodeId, { momentum, epsilon }: BatchNormOptions): NodeId {
  const m = new Arithmetic(context.builder);
  const shape = m.shape(x);
  const channels = shape.at(-1) ?? 1;
  const lead = shape.slice(0, -1);
  const axes = lead.map((_, axis) => axis);
  const there = m.reshape(real, [...lead, 1]);
  const count = m.binary('max', m.sum(m.op('cast', [real], { dtype: 'f32' }), axes, false), m.number(1));
  const mean = m.div(m.sum(m.where(there, x), axes, false), count);
  const centred = m.where(there, m.sub(x, mean));
  const squares = m.sum(m.square(centred), axes, false);
  const rstd = m.div(m.number(1), m.unary('sqrt', m.shift(m.div(squares, count), epsilon)));
  const parameter = (name: string, start: number, role?: 'buffer'): NodeId =>
    context.parameter(join(path, name), [channels], constant(start), role === undefined ? {} : { role });
  const unbiased = m.div(squares, m.binary('max', m.shift(count, -1), m.number(1)));
  context.updateBuffer(join(path, 'mean'), [x, real], () => blend(m, parameter('mean', 0, 'buffer'), mean, momentum));
  context.updateBuffer(join(path, 'variance'), [x, real], () => blend(m, parameter('variance', 1, 'buffer'), unbiased, momentum));
  return m.op('batch_norm', [x, mean, rstd, parameter('scale', 1), parameter('bias', 0)], {});
} // prettier-ignore

/** The variance with n − 1, recovered from 1/√(biased variance + ε). */
function unbiasedVariance(m: Arithmetic, rstd: NodeId, epsilon: number, count: number): NodeId {
  const biased = m.shift(m.div(m.number(1), m.square(rstd)), -epsilon);
  // A batch of one value per channel has no unbiased variance; PyTorch refuses it, here its zero stays zero.
  return m.scale(biased, count / Math.max(1, count - 1));
}

/** (1 − momentum)·running + momentum·batch, outside the gradient. */
function blend(m: Arithmetic, running: NodeId, batch: NodeId, momentum: number): NodeId {
  const flat = m.reshape(m.op('stop', [batch], {}), m.shape(running));
  return m.add(m.scale(running, 1 - momentum), m.scale(flat, momentum));
}
