import { Arithmetic } from '../../ir/arithmetic.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';

/** `bool [n, keys]` as what is added to scores `[n, head, query, key]`: 0 where real, hugely negative elsewhere. */
export function keyMask(builder: GraphBuilder, real: NodeId): NodeId {
  const m = new Arithmetic(builder);
  const [n = 1, keys = 1] = m.shape(real);
  const added = m.op('select', [real, m.number(0), m.number(-1e9)], {});
  return m.reshape(added, [n, 1, 1, keys]);
}
