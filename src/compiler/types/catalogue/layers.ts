/** Signatures of the built-in modules and layers: what stands before the options, the options, and what a call takes. */
import { activations, axis, count, extent, number, share, start, toggle, word, type Options } from './option.ts';

/** What a constructor takes without a name. */
export type LayerForm =
  /** `a -> b`; `hidden(n)` between the ends where `inner`; `optional`: without one the axis stays. */
  | { readonly kind: 'chain'; readonly inner: boolean; readonly optional?: boolean }
  /** The feature axis it acts on; without one it acts on the feature axis of what it is given. */
  | { readonly kind: 'axis' }
  /** How many channels it puts out, or an axis that they become; without, as many as came in. */
  | { readonly kind: 'channels' }
  /** The value of the option of this name. */
  | { readonly kind: 'first'; readonly option: string; readonly required: boolean }
  | { readonly kind: 'nothing' };

export interface LayerSignature {
  readonly form: LayerForm;
  readonly options: Options;
  /** How many values a call takes, and which names. */
  readonly values: readonly [least: number, most: number];
  readonly labels: readonly string[];
  /** One call of its constructor, for messages. */
  readonly example: string;
}

const one = [1, 1] as const;
const normOptions: Options = { eps: number(1e-5, 0, 1) };
const attentionOptions: Options = {
  heads: count(8, 1024), over: axis, bias: word(['on', 'off', 'out'], 'on'), dropout: share(0),
}; // prettier-ignore
/** Vaswani et al., 2017; `norm: pre` is what all of CLIP uses. `hidden` is four times the width. */
const blockOptions: Options = {
  layers: count(1, 1000), heads: count(8, 1024), hidden: count(), norm: word(['pre', 'post'], 'pre'), activation: word(activations, 'gelu'),
  dropout: share(0), eps: number(1e-5, 0, 1), over: axis,
}; // prettier-ignore

const signatures = {
  linear: { form: { kind: 'chain', inner: false }, options: { bias: toggle(true), init: start }, values: one, labels: [], example: 'linear(clip.joint -> class)' },
  mlp: { form: { kind: 'chain', inner: true }, options: { activation: word(activations, 'relu'), dropout: share(0) }, values: one, labels: [], example: 'mlp(clip.joint -> hidden(512) -> class)' },
  conv: {
    form: { kind: 'channels' }, values: one, labels: [], example: 'conv(64, kernel: 3)',
    options: { kernel: extent([3, 3]), stride: extent([1, 1]), dilation: count(1), groups: count(1), bias: toggle(true), init: start },
  },
  conv_transpose: {
    form: { kind: 'channels' }, values: one, labels: [], example: 'conv_transpose(64, kernel: 2, stride: 2)',
    options: { kernel: extent([2, 2]), stride: extent([2, 2]), bias: toggle(true), init: start },
  },
  batch_norm: { form: { kind: 'axis' }, options: { momentum: number(0.1, 0, 1), ...normOptions }, values: one, labels: [], example: 'batch_norm' },
  layer_norm: { form: { kind: 'axis' }, options: normOptions, values: one, labels: [], example: 'layer_norm(clip.joint)' },
  group_norm: { form: { kind: 'first', option: 'groups', required: true }, options: { groups: count(32), ...normOptions }, values: one, labels: [], example: 'group_norm(32)' },
  embedding: { form: { kind: 'chain', inner: false }, options: { init: start }, values: one, labels: [], example: 'embedding(word -> width)' },
  positions: { form: { kind: 'nothing' }, options: { max: count(77, 100_000), init: start, over: axis }, values: one, labels: ['over'], example: 'positions(max: 77)' },
  dropout: { form: { kind: 'first', option: 'share', required: true }, options: { share: share(0.1), along: axis }, values: one, labels: [], example: 'dropout(0.1)' },
  attention: { form: { kind: 'axis' }, options: { ...attentionOptions, causal: toggle(false) }, values: one, labels: ['over', 'where'], example: 'attention(clip.joint, heads: 8)' },
  cross_attention: { form: { kind: 'axis' }, options: attentionOptions, values: [1, 2], labels: ['memory', 'over', 'where'], example: 'cross_attention(clip.joint, heads: 8)' },
  transformer: { form: { kind: 'nothing' }, options: { ...blockOptions, causal: toggle(false) }, values: one, labels: ['over', 'where'], example: 'transformer(layers: 4, heads: 8)' },
  decoder: { form: { kind: 'nothing' }, options: { ...blockOptions, causal: toggle(true) }, values: [1, 2], labels: ['memory', 'over', 'where'], example: 'decoder(layers: 3, heads: 8)' },
  lstm: { form: { kind: 'chain', inner: false }, options: { over: axis }, values: one, labels: ['over'], example: 'lstm(clip.joint -> clip.joint)' },
  gru: { form: { kind: 'chain', inner: false }, options: { over: axis }, values: one, labels: ['over'], example: 'gru(clip.joint -> clip.joint)' },
  attention_pool: { form: { kind: 'chain', inner: false }, options: { heads: count(8, 1024), positions: toggle(true) }, values: one, labels: ['over'], example: 'attention_pool(width -> clip.joint, heads: 8)' },
  fpn: { form: { kind: 'first', option: 'channels', required: true }, options: { channels: count(256), init: start }, values: [2, 8], labels: [], example: 'fpn(256)' },
  upsample: { form: { kind: 'first', option: 'by', required: true }, options: { by: count(2, 64), method: word(['linear', 'nearest'], 'linear') }, values: one, labels: [], example: 'upsample(2)' },
  patchify: {
    form: { kind: 'first', option: 'over', required: false }, values: one, labels: [], example: 'patchify(2d, patch: 16, width: 768)',
    options: { over: word(['2d', '3d'], '2d'), patch: count(16), width: count(768), time: count(1), inflate: word(['centre', 'mean'], 'centre'), bias: toggle(false) },
  },
  temporal_conv: {
    form: { kind: 'chain', inner: false, optional: true }, values: one, labels: ['over'], example: 'temporal_conv(clip.joint -> clip.joint, kernel: 3)',
    options: { kernel: count(3), dilation: count(1), groups: count(1), bias: toggle(true), init: start, over: axis },
  },
  temporal_shift: { form: { kind: 'nothing' }, options: { part: number(0.125, 0, 0.5), over: axis }, values: one, labels: ['over'], example: 'temporal_shift(part: 1/8)' },
} as const satisfies Readonly<Record<string, LayerSignature>>; // prettier-ignore

export type LayerName = keyof typeof signatures;

export const layerSignatures: Readonly<Record<LayerName, LayerSignature>> = signatures;

export const layerNames = Object.keys(signatures) as readonly LayerName[];

export const isLayerName = (name: string): name is LayerName => Object.hasOwn(signatures, name);
