import type { CodeEntry } from './codes.ts';

/** Codes of formulas that are legal and mostly not meant, and of masks under windows. */
export const axisCodes = {
  CX3016: {
    title: 'computed numbers compared for equality',
    law: 'Equality is asked of whole numbers, indices and truth values.',
    explanation: 'Two computed numbers are hardly ever equal to the last bit, and whether they are may differ between machines. Compare with a distance: `abs(a - b) < 1e-3`. Numbers that are whole by construction are cast by `round(x)`.',
  },
  CX3017: {
    title: 'average over entries of one side',
    law: 'A comparison is averaged over axes that both sides have, unless the axes are named.',
    explanation: 'One side has an axis that the other lacks, so each of its entries is compared with one and the same thing. Mostly an axis was forgotten in an `argmax` or `mean` before. Where it is meant, naming the axes with `over:` says so.',
  },
  CX3018: {
    title: 'window over masked entries',
    law: 'A function that looks at neighbours says what stands where nothing is.',
    explanation: 'Convolutions, pooling, resizing and spectra mix an entry with those beside it, so padding would leak into what is real. `fill(x, 0)` puts a number there.',
  },
  CX3020: {
    title: 'text that can not be found word by word',
    law: 'What is generated is proved causal: the scores at a place depend on words up to that place, and on one sample.',
    explanation: 'A text is found from its first word on, so the scores of a word may read only the words before it. The proof follows each operation along the axis of words; the message names the one where a later word comes in: attention without `causal: on`, a mean over the words, or scores that were not moved against their words.',
  },
  CX3019: {
    title: 'division, logarithm or root of a possible zero',
    law: 'What must not be zero is guarded.',
    explanation: 'The bounds of the value, followed through the formulas, include zero. A guard is `max(x, ε)`, `clamp`, adding ε to what is never negative, or the `where:` of the reduction around it. `where(c, a / b, 0)` is none: both branches are computed, and the gradient of the unused one is still not a number.',
  },
} as const satisfies Record<string, CodeEntry>; // prettier-ignore
