import { invariant } from '../../common/invariant.ts';
import type { Activation } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/program.ts';
import type { LayerContext } from '../layer-context.ts';
import { activate } from './activate.ts';
import { attention } from './attention.ts';
import { constant, normal } from './initialisations.ts';
import { layerNorm } from './layer-norm.ts';
import { linear, type LinearOptions } from './linear.ts';
import { join } from './path.ts';

/** How the matrices of a block start. Absent: the framework's defaults, also for the biases. */
export interface BlockInitialisation {
  readonly attentionIn: Initialisation;
  readonly attentionOut: Initialisation;
  readonly mlpIn: Initialisation;
  readonly mlpOut: Initialisation;
}

export interface BlockOptions {
  readonly heads: number;
  readonly activation: Activation;
  readonly mask?: NodeId;
  readonly init?: BlockInitialisation;
}

export interface TransformerOptions extends BlockOptions {
  readonly layers: number;
}

export interface BlockResult {
  /** `[n, tokens, width]` */
  readonly value: NodeId;
  /** `[n, head, query, key]` */
  readonly probabilities: NodeId;
}

/** The start of CLIP's text blocks: branches that end in the residual stream shrink with depth; biases 0. */
export function clipTextInitialisation(width: number, layers: number): BlockInitialisation {
  const intoStream = normal(width ** -0.5 * (2 * layers) ** -0.5);
  return {
    attentionIn: normal(width ** -0.5),
    attentionOut: intoStream,
    mlpIn: normal((2 * width) ** -0.5),
    mlpOut: intoStream,
  };
}

/**
 * One pre-norm residual block on `x [n, tokens, width]`: x += attention(norm1 x); x += mlp(norm2 x), the MLP four times as wide inside.
 * Parts `norm1`, `attention.{in,out}`, `norm2`, `mlp.{in,out}`.
 */
export function transformerBlock(context: LayerContext, path: string, x: NodeId, options: BlockOptions): BlockResult {
  const { builder } = context;
  const { heads, activation, mask, init } = options;
  const width = builder.shape(x).at(-1);
  invariant(width, `block ${path} needs tokens [n, tokens, width]`);

  const attended = attention(context, join(path, 'attention'), layerNorm(context, join(path, 'norm1'), x), {
    heads,
    ...(mask === undefined ? {} : { mask }),
    ...(init ? { inInit: init.attentionIn, outInit: init.attentionOut } : {}),
  });
  const middle = builder.add('add', [x, attended.value], {});

  const normed = layerNorm(context, join(path, 'norm2'), middle);
  const inner = linear(context, join(path, 'mlp.in'), normed, { output: 4 * width, ...startAt(init?.mlpIn) });
  const active = activate(builder, inner, activation);
  const outer = linear(context, join(path, 'mlp.out'), active, { output: width, ...startAt(init?.mlpOut) });
  return { value: builder.add('add', [middle, outer], {}), probabilities: attended.probabilities };
}

function startAt(weightInit: Initialisation | undefined): Pick<LinearOptions, 'weightInit' | 'biasInit'> {
  return weightInit ? { weightInit, biasInit: constant(0) } : {};
}

/**
 * Blocks `blocks.0` … in a row. Taps them as `blocks.<i>` (their result) and `blocks.<i>.attention` (their probabilities).
 */
export function transformer(
  context: LayerContext,
  path: string,
  x: NodeId,
  options: TransformerOptions,
  taps: Map<string, NodeId>,
): NodeId {
  let value = x;
  for (let index = 0; index < options.layers; index++) {
    const block = transformerBlock(context, join(path, `blocks.${index}`), value, options);
    value = block.value;
    taps.set(`blocks.${index}`, value);
    taps.set(`blocks.${index}.attention`, block.probabilities);
  }
  return value;
}
