import type { NodeId } from '../../ir/graph.ts';
import type { AstConfig } from '../../types/model-config.ts';
import type { LayerContext } from '../layer-context.ts';
import { convolution } from './convolution.ts';
import { filterBank } from './filter-bank.ts';
import { constant, normal } from './initialisations.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import { join } from './path.ts';
import { transformer, type BlockInitialisation } from './transformer.ts';

/** Under the roots of DeiT's norms, where its weights say nothing else. */
const published = 1e-6;

/** DeiT's matrices start so (Touvron et al., 2021). */
const start = normal(0.02);
const init: BlockInitialisation = { attentionIn: start, attentionOut: start, mlpIn: start, mlpOut: start };

/** Patches along an extent, of which neighbours overlap. */
const overlapping = (extent: number, { patch, stride }: AstConfig): number => Math.floor((extent - patch) / stride) + 1;

/**
 * Audio spectrogram transformer (Gong et al., 2021) on sounds `[n, time]` of `rate` samples a second: log-mel picture, overlapping patches (a
 * band's row after the other), class and distillation token, positions, pre-norm blocks. Tokens `[n, 2 + patches, width]` as the last block
 * leaves them. Tensors `patches.{weight, bias}`, `class`, `distillation`, `positions`, `blocks.<i>`.
 */
export function astTokens(
  context: LayerContext,
  path: string,
  wave: NodeId,
  config: AstConfig,
  { rate, real }: { readonly rate: number; readonly real: NodeId | undefined },
): NodeId {
  const { builder } = context;
  const { mels, frames, mean, deviation } = config;
  const bank = filterBank(builder, wave, { rate, bands: mels, frames }, real);
  const scalar = (value: number): NodeId => builder.add('constant', [], { dtype: 'f32', shape: [], values: [value] });
  const scaled = builder.add('div', [builder.add('sub', [bank, scalar(mean)], {}), scalar(2 * deviation)], {});
  return astPictureTokens(context, path, scaled, config);
}

/** The same of log-mel values that are scaled already, `[n, frames, mels]`. */
export function astPictureTokens(context: LayerContext, path: string, scaled: NodeId, config: AstConfig): NodeId {
  const { builder } = context;
  const { mels, frames, patch, stride, width, layers, heads, activation, epsilon = published } = config;
  const [n = 1] = builder.shape(scaled);
  const bandsFirst = builder.add('transpose', [scaled], { permutation: [0, 2, 1] });
  const picture = builder.add('reshape', [bandsFirst], { shape: [n, mels, frames, 1] });
  const count = overlapping(mels, config) * overlapping(frames, config);
  const map = convolution(context, join(path, 'patches'), picture, { output: width, kernel: patch, stride, padding: 0, bias: true }); // prettier-ignore
  const patches = builder.add('reshape', [map], { shape: [n, count, width] });
  const token = (name: string): NodeId =>
    builder.add('broadcast', [context.parameter(join(path, name), [width], start)], { shape: [n, 1, width] });
  const sequence = builder.add('concat', [token('class'), token('distillation'), patches], { axis: 1 });
  const table = context.parameter(join(path, 'positions'), [2 + count, width], start);
  const placed = builder.add('add', [sequence, table], {});
  return transformer(context, path, placed, { layers, heads, activation, epsilon, init }, new Map());
}

/** The mean of the first two tokens, normed: `[n, width]`. Tensor `norm_post`. */
export function astPool(
  context: LayerContext,
  path: string,
  tokens: NodeId,
  { epsilon = published }: Pick<AstConfig, 'epsilon'>,
): NodeId {
  const { builder } = context;
  const [n = 1, , width = 1] = builder.shape(tokens);
  const two = builder.add('slice', [tokens], { starts: [0, 0, 0], sizes: [n, 2, width] });
  const normed = layerNorm(context, join(path, 'norm_post'), two, epsilon);
  const mean = builder.add('moment_mean', [normed], { axes: [1] });
  return builder.add('reshape', [mean], { shape: [n, width] });
}

/** The published head: a norm of its own and a linear layer. Tensors `norm_head` and `projection`. */
export function astHead(
  context: LayerContext,
  path: string,
  feature: NodeId,
  output: number,
  { epsilon }: Pick<AstConfig, 'epsilon'>,
): NodeId {
  const normed = layerNorm(context, join(path, 'norm_head'), feature, epsilon);
  return linear(context, join(path, 'projection'), normed, { output, bias: true, weightInit: start, biasInit: constant(0) });
} // prettier-ignore
