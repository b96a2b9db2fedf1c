import type { NodeId } from '../ir/graph.ts';
import { elementCount } from '../types/dtype.ts';
import type { RuleCall, Rules } from './rule.ts';

/** A stack of matrices times one matrix is one larger product: [.., m, k] × [k, n] as [rows, k] × [k, n]. Engines are fastest there. */
export const flattenLinearRules: Rules = { matmul: [flatten] };

function flatten({ a, b, m, look, attributes: { transposeA, transposeB } }: RuleCall<'matmul'>): NodeId | undefined {
  const shape = look.shape(a);
  if (shape.length === 2 || look.shape(b).length !== 2 || transposeA) return undefined;
  const inner = shape.at(-1) ?? 1;
  const rows = m.reshape(a, [elementCount(shape) / inner, inner]);
  const product = m.matmul(rows, b, false, transposeB);
  return m.reshape(product, [...shape.slice(0, -1), m.shape(product)[1] ?? 1]);
}
