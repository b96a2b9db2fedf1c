import { field } from '../construct.ts';
import { number } from '../option.ts';
import { fit, inputType, units } from './input-type.ts';

export const map = inputType({
  name: 'map',
  doc: 'A picture of numbers: a grey PNG of 8 or 16 bits.',
  source: '-',
  given: 'height, width',
  most: 2,
  units,
  axes: 'height width',
  options: { scale: field('what one stored unit is', number(1, -1e9, 1e9)), fit },
  example: 'map(16, scale: 0.001) in m',
});
