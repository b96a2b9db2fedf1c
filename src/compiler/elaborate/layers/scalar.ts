import type { GraphBuilder, NodeId } from '../../ir/graph.ts';

/** A float constant that repeats along every dimension it meets. */
export function scalar(builder: GraphBuilder, value: number): NodeId {
  return builder.add('constant', [], { dtype: 'f32', shape: [], values: [value] });
}
