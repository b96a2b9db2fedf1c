import { field, value, type Construct } from '../construct.ts';
import { count as wholeNumber } from '../option.ts';

/** A picture of the report. */
export interface FigureSignature extends Construct {
  /** How many values it shows. */
  readonly values: readonly [least: number, most: number];
  /** Samples that it shows at most, unless a `count:` says another number. */
  readonly samples: number;
}

export const by = field('a value of each sample: those of one value stand together, in its order', value('value'));
export const over = (doc: string, takes = 'axis') => field(doc, value(takes));
export const count = (otherwise: number) => field('how many samples, spread over the set', wholeNumber(otherwise, 64));
