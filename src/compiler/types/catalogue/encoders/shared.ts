import { field, type Fields } from '../construct.ts';
import { activations, axis, word } from '../option.ts';
import { pixels } from './image-fields.ts';

/** What every encoder takes beside its sizes. */
export const commonOptions: Fields = {
  to: field('an axis that a last linear map projects the feature to (all but `clip`)', axis),
  init: field('`random` takes the sizes of a weights folder and not its tensors', word(['random'], 'random')),
};

/** What may be said of an encoder whose sizes a weights folder or another encoder states. */
export const pretrainedOptions: Fields = {
  ...pixels,
  activation: field(
    'between the two maps of a block, where no file says it: a state of open_clip looks the same with `gelu` as with `quick_gelu`',
    word(activations),
    { follows: 'of the weights' },
  ),
  tower: field('keeps one half of a CLIP', word(['both', 'image', 'text'], 'both')),
  init: field('whether its tensors are read', word(['pretrained', 'random'], 'pretrained')),
};
