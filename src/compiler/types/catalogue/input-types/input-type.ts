import { field, type Construct } from '../construct.ts';
import { word } from '../option.ts';

/** What an input holds: how many values without a name it takes, which words, and what it brings. */
export interface InputTypeSignature extends Construct {
  /** Values without a name, at most. */
  readonly most: number;
  /** Words among them, each with what it means. */
  readonly words?: Readonly<Record<string, string>>;
  /** Units that its numbers may be in. */
  readonly units?: readonly string[];
  /** Axes of one sample, as they are written. */
  readonly axes: string;
  /** What is masked. */
  readonly masked?: string;
}

/** With what it brings in words. */
export const inputType = (given: Omit<InputTypeSignature, 'notes'>): InputTypeSignature => ({
  ...given,
  notes: [
    ...Object.entries(given.words ?? {}).map(([name, meaning]) => `${name}: ${meaning}`),
    `axes after batch: ${given.axes === '' ? 'none' : given.axes}`,
    ...(given.masked === undefined ? [] : [`masked: ${given.masked}`]),
    ...(given.units === undefined ? [] : [`in: ${given.units.join(', ')}`]),
  ],
});

export const units: readonly string[] = ['deg', 'rad', 'm', 's', '%'];

/** The first one is the default. */
export const fits = ['cover', 'contain', 'stretch'] as const;
export const picks = ['uniform', 'head', 'segments', 'all'] as const;

export const fit = field(
  'what becomes of other proportions: what hangs over is cut, white is added at the sides, or the proportions change',
  word(fits, fits[0]),
);
