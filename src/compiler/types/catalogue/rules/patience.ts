import { field, type Construct } from '../construct.ts';
import { number } from '../option.ts';

export const patience: Construct = {
  name: 'patience',
  doc: 'Ends a stage where a metric has not become better for so long.',
  source: '-',
  given: 'metric, epochs or steps',
  options: { change: field('how much better counts', number(0, 0, 1e30), { unit: 'of the metric' }) },
  example: 'patience(max(error on a), 3 epochs, change: 0.1)',
};
