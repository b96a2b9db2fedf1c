import { invariant } from '../../common/invariant.ts';
import type { Activation } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/parameter.ts';
import type { LayerContext } from '../layer-context.ts';
import { activate } from './activate.ts';
import { attention } from './attention.ts';
import { dropout } from './dropout.ts';
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
  /** Which keys are real, as `keyMask` makes it. */
  readonly keys?: NodeId;
  /** Where the norms stand: before each branch (default), or behind each sum as in the first transformers and BERT. */
  readonly norm?: 'pre' | 'post';
  /** Inner width of the MLP; default four times the width. */
  readonly hidden?: number;
  /** Share of the probabilities and of what each branch gives that is left out. */
  readonly dropout?: number;
  readonly epsilon?: number;
  /** Share of samples whose branches are left out, whole (Huang et al., 2016). */
  readonly leaves?: number;
  readonly init?: BlockInitialisation;
}

export interface TransformerOptions extends BlockOptions {
  readonly layers: number;
  /** Number of the first block in its path. */
  readonly first?: number;
  /** Stochastic depth: the share of the last of so many blocks; it grows evenly from 0 at the first. */
  readonly depth?: { readonly share: number; readonly blocks: number };
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
 * One residual block on `x [n, tokens, width]`: x += attention(norm1 x); x += mlp(norm2 x); with `norm: post`
 * x = norm1(x + attention x); x = norm2(x + mlp x). Parts `norm1`, `attention.{in,out}`, `norm2`, `mlp.{in,out}`.
 */
function transformerBlock(context: LayerContext, path: string, x: NodeId, options: BlockOptions): BlockResult {
  const { heads, mask, keys, init, norm = 'pre', dropout: share = 0, epsilon, leaves = 0 } = options;
  let probabilities = x;
  const attend = (value: NodeId): NodeId => {
    const attended = attention(context, join(path, 'attention'), value, {
      heads,
      dropout: share,
      ...(mask === undefined ? {} : { mask }),
      ...(keys === undefined ? {} : { keys }),
      ...(init ? { inInit: init.attentionIn, outInit: init.attentionOut } : {}),
    });
    ({ probabilities } = attended);
    return attended.value;
  };
  const middle = branch(context, path, 'norm1', x, attend, { norm, share, epsilon, leaves });
  const value = branch(context, path, 'norm2', middle, (each) => blockMlp(context, path, each, options), { norm, share, epsilon, leaves }); // prettier-ignore
  return { value, probabilities };
}

/** The last word of the path of a draw that leaves out whole branches: `dropout:` in the braces of an encoder does not reach it. */
export const depthPart = 'depth';

/** x + f(norm x), or norm(x + f(x)). */
export function branch(
  context: LayerContext,
  path: string,
  name: string,
  x: NodeId,
  inner: (x: NodeId) => NodeId,
  { norm, share, epsilon, leaves = 0 }: { readonly norm: 'pre' | 'post'; readonly share: number; readonly epsilon: number | undefined; readonly leaves?: number },
): NodeId {
  const { builder } = context;
  const normed = (value: NodeId): NodeId => layerNorm(context, join(path, name), value, epsilon);
  const full = dropout(context, join(path, name), inner(norm === 'pre' ? normed(x) : x), share);
  const [n = 1] = builder.shape(x);
  const given = leaves === 0 ? full : dropout(context, join(path, `${name}.${depthPart}`), full, leaves, [n, 1, 1]);
  const sum = builder.add('add', [x, given], {});
  return norm === 'pre' ? sum : normed(sum);
} // prettier-ignore

/** Two linear layers with the activation between them: parts `mlp.in` and `mlp.out`. */
export function blockMlp(context: LayerContext, path: string, x: NodeId, options: BlockOptions): NodeId {
  const { activation, init, hidden } = options;
  const width = context.builder.shape(x).at(-1);
  invariant(width, `block ${path} needs tokens [n, tokens, width]`);
  const inner = linear(context, join(path, 'mlp.in'), x, { output: hidden ?? 4 * width, ...startAt(init?.mlpIn) });
  const active = activate(context.builder, inner, activation);
  return linear(context, join(path, 'mlp.out'), active, { output: width, ...startAt(init?.mlpOut) });
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
  const first = options.first ?? 0;
  for (let index = first; index < first + options.layers; index++) {
    const { share = 0, blocks = 1 } = options.depth ?? {};
    const leaves = (share * index) / Math.max(1, blocks - 1);
    const block = transformerBlock(context, join(path, `blocks.${index}`), value, { ...options, leaves });
    value = block.value;
    taps.set(`blocks.${index}`, value);
    taps.set(`blocks.${index}.attention`, block.probabilities);
  }
  return value;
}
