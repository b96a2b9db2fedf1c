import { field, value, type Construct } from '../construct.ts';

/** A built-in function: how many values it takes, and which options. What it gives is in `check`. */
export interface FunctionSignature extends Construct {
  readonly given: string;
  readonly values: readonly [least: number, most: number];
}

const oneAxis = value('axis');

/** Options that several take. */
export const over = field('along which axis; needed where there are several', oneAxis, { follows: 'the only axis' });
export const overAny = field('which axes go', value('axis, or a list'), { follows: 'all axes' });
export const where = field('only what this is true of counts', value('bool'));
export const by = field('groups by indices: the axes that they point into come', value('index, or a list'));
export const along = field('the axis of the vectors', value('axis, or a list'), {
  follows: 'the feature axis that they share',
});
export const stride = field('distance between windows', { kind: 'count', most: 1_000_000, otherwise: 1 });
export const padding = field(
  'what is added at each side',
  { kind: 'number', least: 0, most: 1e6, otherwise: 0 },
  { unit: 'px' },
);
/** Windows of sounds; the first one is the default. */
export const windowShapes = ['hann', 'hamming', 'blackman', 'blackman_harris', 'none'] as const;

export const like = field('has the axes and sizes of this', value('value'));
