import { field, value, type Construct } from '../construct.ts';

/** A picture of the report. */
export interface FigureSignature extends Construct {
  /** How many values it shows. */
  readonly values: readonly [least: number, most: number];
}

export const by = field('samples of one value stand together', value('column'));
export const every = field('how often', value('epochs or steps'));
export const over = field('along which axis', value('axis'));
export const count = field('how many samples', value('whole number'));
