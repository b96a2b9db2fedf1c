import { field } from '../construct.ts';
import { number } from '../option.ts';

/** A rate, an epsilon, a decay: any number of at least 0. */
const atLeastZero = (otherwise?: number) => number(otherwise, 0, Number.POSITIVE_INFINITY);

export const lr = field('the rate that the schedule multiplies', atLeastZero(), { required: true });

/** `joins`: the decay is that of PyTorch's `weight_decay`, a part of the gradient. */
export const decay = (share: number, how: 'joins' | 'shrinks') =>
  field(
    how === 'joins'
      ? 'share of the weight that joins its gradient'
      : 'share of the weight that goes at each step, times the rate',
    atLeastZero(share),
  );

export const momentum = field('share of the last step that goes on', atLeastZero(0));

export const eps = field('beside the root', atLeastZero(1e-8));

export const beta1 = field('what the mean of gradients keeps', atLeastZero(0.9));

export const beta2 = (share: number) => field('what the mean of squares keeps', atLeastZero(share));

export const biasCorrection = {
  bias_correction: field('divides the means by 1 − βᵗ; `off` is the Adam of BERT', {
    kind: 'switch',
    otherwise: true,
  } as const),
};
