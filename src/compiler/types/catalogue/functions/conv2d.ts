import { field, value } from '../construct.ts';
import { padding, stride, type FunctionSignature } from './function.ts';

export const conv2d: FunctionSignature = {
  name: 'conv2d',
  doc: 'Convolution by a filter that is a value.',
  source: '-',
  given: 'x, filter',
  values: [2, 2],
  options: {
    over: field('the axes of the filter that lie over height and width', value('[rows, columns]'), {
      follows: 'its position axes',
    }),
    stride,
    padding,
  },
  example: 'conv2d(picture, filter, over: [rows, columns])',
};
