/** Later parts of towers whose blocks were written out one by one, on tokens `[…, token, width]`. */
import type { Instance, Typed } from '../check/typed.ts';
import { invariant } from '../common/invariant.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Axis } from '../types/axis.ts';
import { elementCount } from '../types/dtype.ts';
import type { Elaborator } from './elaborator.ts';
import type { LayerContext } from './layer-context.ts';
import { attention } from './layers/attention.ts';
import { layerNorm } from './layers/layer-norm.ts';
import { join } from './layers/path.ts';
import { project } from './layers/project.ts';
import { without, type Located } from './located.ts';
import { projectTo } from './project-to.ts';

/** Rows `[n, token, width]` of a value with its tokens, and its other axes. */
export interface TokenRows {
  readonly rows: NodeId;
  readonly rest: readonly Axis[];
  readonly over: Axis;
}

/** Those of an operand of a call. */
function tokenRows(elaborator: Elaborator, typed: Typed, operand = 0): TokenRows {
  const axes = typed.op === 'call' ? typed.attributes.axes : undefined;
  const [over, along] = [axes?.['over'], axes?.['along']];
  invariant(over && along, 'tokens with their axes');
  const { aligner } = elaborator;
  const value = elaborator.argument(typed, operand);
  const rest = without(value.axes, over, along);
  const node = aligner.ordered(value, [...rest, over, along]).node;
  const rows = aligner.reshaped(node, [
    elementCount(aligner.extents(rest)),
    aligner.extent(over),
    aligner.extent(along),
  ]);
  return { rows, rest, over };
}

/** Every token normed and in the joint space, of a CLIP tower whose blocks were written out. */
export function finishedTokens(
  elaborator: Elaborator,
  instance: Instance,
  typed: Typed,
  norm: (context: LayerContext, rows: NodeId) => NodeId,
  projection: string,
): Located {
  const { shape } = instance;
  invariant(shape.kind === 'encoder' && shape.config.kind === 'clip', 'a joint space');
  const { aligner } = elaborator;
  const context = elaborator.context(instance.name);
  const { rows, rest, over } = tokenRows(elaborator, typed);
  const normed = norm(context, rows);
  const [n = 1, tokens = 1, width = 1] = elaborator.builder.shape(normed);
  const node = project(context, projection, aligner.reshaped(normed, [n * tokens, width]), shape.config.joint);
  const axes = [...rest, over, shape.joint];
  return { node: aligner.reshaped(node, aligner.extents(axes)), axes };
}

/** What a block of a ViT looks at, of the tokens that come to it. */
export function blockProbabilities(
  elaborator: Elaborator,
  instance: Instance,
  typed: Typed,
  path: string,
  heads: number,
  epsilon: number,
): Located {
  const { aligner } = elaborator;
  const context = elaborator.context(instance.name);
  const { rows, rest } = tokenRows(elaborator, typed);
  const normed = layerNorm(context, join(path, 'norm1'), rows, epsilon);
  const { probabilities } = attention(context, join(path, 'attention'), normed, { heads });
  const own = typed.type.axes.filter((axis) => !rest.some((each) => each.id === axis.id));
  const axes = [...rest, ...own];
  return { node: aligner.reshaped(probabilities, aligner.extents(axes)), axes };
}

/** What `pool` makes of the tokens of a tower whose blocks were written out, an operand of the call, projected. */
export function pooledFeature(
  elaborator: Elaborator,
  instance: Instance,
  typed: Typed,
  operand: number,
  projection: string,
  pool: (tokens: TokenRows) => NodeId,
): Located {
  const { shape } = instance;
  invariant(shape.kind === 'encoder', 'an encoder');
  const { aligner } = elaborator;
  const tokens = tokenRows(elaborator, typed, operand);
  const feature = pool(tokens);
  const { config } = shape;
  const node = config.kind === 'clip' ? project(elaborator.context(instance.name), projection, feature, config.joint) : projectTo(elaborator, instance, feature); // prettier-ignore
  const axes = [...tokens.rest, shape.to ?? shape.joint];
  return { node: aligner.reshaped(node, aligner.extents(axes)), axes };
}
