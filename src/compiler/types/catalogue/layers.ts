/** The built-in modules and layers, one a file. */
import { attention } from './layers/attention.ts';
import { attentionPool } from './layers/attention-pool.ts';
import { batchNorm } from './layers/batch-norm.ts';
import { conv } from './layers/conv.ts';
import { convTranspose } from './layers/conv-transpose.ts';
import { crossAttention } from './layers/cross-attention.ts';
import { decoder } from './layers/decoder.ts';
import { dropout } from './layers/dropout.ts';
import { embedding } from './layers/embedding.ts';
import { fpn } from './layers/fpn.ts';
import { groupNorm } from './layers/group-norm.ts';
import { gru } from './layers/gru.ts';
import { layerNorm } from './layers/layer-norm.ts';
import { linear } from './layers/linear.ts';
import { lstm } from './layers/lstm.ts';
import { mlp } from './layers/mlp.ts';
import { patchify } from './layers/patchify.ts';
import { positions } from './layers/positions.ts';
import { temporalConv } from './layers/temporal-conv.ts';
import { temporalShift } from './layers/temporal-shift.ts';
import { transformer } from './layers/transformer.ts';
import { upsample } from './layers/upsample.ts';
import type { LayerSignature } from './layers/layer.ts';

export type { LayerSignature } from './layers/layer.ts';

const signatures = {
  linear,
  mlp,
  conv,
  conv_transpose: convTranspose,
  batch_norm: batchNorm,
  layer_norm: layerNorm,
  group_norm: groupNorm,
  embedding,
  positions,
  dropout,
  attention,
  cross_attention: crossAttention,
  transformer,
  decoder,
  lstm,
  gru,
  attention_pool: attentionPool,
  fpn,
  upsample,
  patchify,
  temporal_conv: temporalConv,
  temporal_shift: temporalShift,
} as const satisfies Readonly<Record<string, LayerSignature>>;

export type LayerName = keyof typeof signatures;

export const layerSignatures: Readonly<Record<LayerName, LayerSignature>> = signatures;

export const layerNames = Object.keys(signatures) as readonly LayerName[];

export const isLayerName = (name: string): name is LayerName => Object.hasOwn(signatures, name);
