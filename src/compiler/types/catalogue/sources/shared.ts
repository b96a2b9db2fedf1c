import { field } from '../construct.ts';
import { word } from '../option.ts';

/** The first one is the default. */
export const onBadWords = ['error', 'skip'] as const;

export const onBad = field(
  'whether a file that cannot be read ends the run or is left out',
  word(onBadWords, onBadWords[0]),
);
