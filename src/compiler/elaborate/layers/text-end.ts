import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import type { TextTowerConfig } from '../../types/model-config.ts';

/**
 * The place of each text's end token, `i32 [rows]`, of its ids `i32 [rows, context]`: that of the largest id (OpenAI; transformers where
 * `eos_token_id` is 2), or the first with the id of the end token (transformers elsewhere); the first place where there is none.
 */
export function textEnd(builder: GraphBuilder, ids: NodeId, end: NonNullable<TextTowerConfig['end']>): NodeId {
  const numbers = builder.add('cast', [ids], { dtype: 'f32' });
  if (end === 'largest') return builder.add('argmax', [numbers], { axis: 1 });
  const wanted = builder.add('constant', [], { dtype: 'i32', shape: [], values: [end] });
  const isEnd = builder.add('cast', [builder.add('eq', [ids, wanted], {})], { dtype: 'f32' });
  return builder.add('argmax', [isEnd], { axis: 1 });
}
