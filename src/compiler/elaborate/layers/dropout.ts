import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Shape } from '../../types/dtype.ts';
import type { LayerContext } from '../layer-context.ts';

/**
 * Leaves out a share of the numbers of `x` and scales up the others (Srivastava et al., 2014), in training steps of a part that trains.
 * `drawn`: the shape of the draw where whole slices go together, of extent 1 along what is alike.
 */
export function dropout(context: LayerContext, path: string, x: NodeId, share: number, drawn?: Shape): NodeId {
  const m = new Arithmetic(context.builder);
  const kept = context.kept(path, share, drawn ?? m.shape(x));
  return kept === undefined ? x : m.scale(m.mul(x, kept.mask), 1 / (1 - kept.share));
}
