import { field, time, type Construct } from '../construct.ts';

export const ramp: Construct = {
  name: 'ramp',
  doc: 'A coefficient that goes from one number to another in a straight line over a time of training.',
  source: '-',
  given: 'from -> to',
  options: { over: field('how long it takes', time(), { required: true }) },
  example: 'ramp(0 -> 1, over: 5 epochs)',
};
