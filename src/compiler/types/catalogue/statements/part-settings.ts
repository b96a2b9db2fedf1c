import { field, value, type WideFields } from '../construct.ts';
import { word } from '../option.ts';

/** What stands in the braces after a part: for all of it, or behind a path for some of it. */
export const partSettings = {
  lr: field('the rate of its tensors, or a share of that of the optimiser', value('number, or %')),
  lr_scale: field('times the rate of the optimiser', value('number')),
  decay: field('the decay of its tensors; 0: none', value('number')),
  clamp: field('what its numbers are held in after each step', value('range')),
  statistics: field('the averages of batch norms stay as they are while it trains', word(['fixed'])),
  dropout: field('in the place of what its layers have', value('number, 0..1')),
} satisfies WideFields;

/** Where its tensors start. */
export const startsFrom = field(
  'where its tensors start: another part, a weights folder, a run or a repository',
  value('part, path, run(…) or "hf:…"'),
);
