import { field, type Construct, type Fields } from '../construct.ts';
import { activations, axis, count, number, share, start, word } from '../option.ts';

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

/** A built-in module or layer: what stands before the options, the options, and what a call takes. */
export interface LayerSignature extends Construct<Fields> {
  readonly form: LayerForm;
  /** How many values a call takes, and which names. */
  readonly values: readonly [least: number, most: number];
  readonly labels: readonly string[];
  /** How a call of it reads: `m(x, over: frame)`. */
  readonly called: string;
}

export const one = [1, 1] as const;

export const pytorch = 'PyTorch';

export const init = field('how its weights start', start, { follows: 'the start of the layer in PyTorch' });
const eps = field('under the root', number(1e-5, 0, 1));
export const place = field('the axis of places it looks along', axis, {
  follows: 'the one position axis of what is given',
});

export const normOptions: Fields = { eps };

export const attentionOptions: Fields = {
  heads: field('attention heads', count(8, 1024)),
  over: place,
  bias: field('of all maps, of none, or of the last alone', word(['on', 'off', 'out'], 'on')),
  dropout: field('share of the looks that training leaves out', share(0)),
};

/** Vaswani et al. 2017; `norm: pre` is what all of CLIP uses. */
export const blockOptions: Fields = {
  layers: field('blocks in a row', count(1, 1000)),
  heads: field('attention heads of a block', count(8, 1024)),
  hidden: field('width between the two maps of a block', count(), { follows: '4 * width' }),
  norm: field('whether a block norms what comes or what it gives', word(['pre', 'post'], 'pre')),
  activation: field('between the two maps of a block', word(activations, 'gelu')),
  dropout: field('share that training leaves out', share(0)),
  eps,
  over: place,
};
