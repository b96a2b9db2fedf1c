import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { conv, type ConvOptions } from './conv.ts';

/** 0 where `real [n, steps]` is false, so that what is no frame is no neighbour either. */
function silenced(m: Arithmetic, x: NodeId, real: NodeId | undefined): NodeId {
  if (real === undefined) return x;
  const [n = 1, steps = 1] = m.shape(x);
  return m.where(m.reshape(real, [n, steps, 1]), x);
}

/** A convolution along the steps of `x [n, steps, channels]`. Tensors `weight [1, kernel, channels/groups, output]` and `bias`. */
export function temporalConv(
  context: LayerContext,
  path: string,
  x: NodeId,
  { kernel, ...options }: Omit<ConvOptions, 'kernel' | 'stride'> & { readonly kernel: number },
  real?: NodeId,
): NodeId {
  const m = new Arithmetic(context.builder);
  const [n = 1, steps = 1, channels = 1] = m.shape(x);
  const picture = m.reshape(silenced(m, x, real), [n, 1, steps, channels]);
  const given = conv(context, path, picture, { ...options, kernel: [1, kernel], stride: [1, 1] });
  return m.reshape(given, [n, steps, options.output]);
}

/**
 * Temporal shift (Lin et al., 2019) of `x [n, steps, channels]`: the first `part` of the channels comes from the next step, the second from
 * the one before, zeros at the ends; the rest stays.
 */
export function temporalShift(context: LayerContext, x: NodeId, part: number, real?: NodeId): NodeId {
  const m = new Arithmetic(context.builder);
  const [n = 1, steps = 1, channels = 1] = m.shape(x);
  const fold = Math.floor(part * channels);
  if (fold === 0 || steps === 1) return x;
  const quiet = silenced(m, x, real);
  const columns = (source: NodeId, from: number, size: number, start: number, rows: number): NodeId =>
    m.op('slice', [source], { starts: [0, start, from], sizes: [n, rows, size] });
  const padded = (value: NodeId, before: number): NodeId =>
    m.op('pad', [value], { before: [0, before, 0], after: [0, 1 - before, 0], value: 0 });
  const next = padded(columns(quiet, 0, fold, 1, steps - 1), 0);
  const last = padded(columns(quiet, fold, fold, 0, steps - 1), 1);
  const rest = columns(x, 2 * fold, channels - 2 * fold, 0, steps);
  return m.op('concat', channels > 2 * fold ? [next, last, rest] : [next, last], { axis: 2 });
}
