import { field, type WideFields } from '../construct.ts';
import { number, word } from '../option.ts';

const share = (otherwise?: number) => number(otherwise, 0, 1);

/** What every schedule takes: warm-up before it, a floor under it. */
export const shared = {
  warmup: field(
    'the rate first rises for so long, linearly, and reaches its whole in the last step of it',
    { kind: 'time', share: true, otherwise: { value: 0, unit: 'step' } },
    { source: 'open_clip' },
  ),
  from: field('the rate with which the warm-up begins', share(), {
    unit: 'of the rate',
    follows: 'rises from nothing',
  }),
  floor: field('what is left at the end', share(0), { unit: 'of the rate' }),
  by: field('whether the rate changes with each step or with each epoch', word(['step', 'epoch'], 'step')),
} satisfies WideFields;

export const factor = field('what is left of the rate each time', share(), { required: true });
