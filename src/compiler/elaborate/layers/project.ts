import { invariant } from '../../common/invariant.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/parameter.ts';
import type { LayerContext } from '../layer-context.ts';
import { normal } from './initialisations.ts';

/**
 * `x [n, width] → [n, output]` by the bare matrix at `path`, stored `[width, output]` as CLIP stores its two projections
 * into the joint space. Default start: N(0, width^-½).
 */
export function project(context: LayerContext, path: string, x: NodeId, output: number, init?: Initialisation): NodeId {
  const width = context.builder.shape(x).at(-1);
  invariant(width, `projection ${path} needs an operand with a last dimension`);
  const matrix = context.parameter(path, [width, output], init ?? normal(width ** -0.5));
  return context.builder.add('matmul', [x, matrix], { transposeA: false, transposeB: false });
}
