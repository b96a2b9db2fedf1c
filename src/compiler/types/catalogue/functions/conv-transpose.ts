import { field, value } from '../construct.ts';
import { padding, stride, type FunctionSignature } from './function.ts';

export const convTranspose: FunctionSignature = {
  name: 'conv_transpose',
  doc: 'The transpose of `conv2d` in x.',
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
  example: 'conv_transpose(picture, filter, over: [rows, columns], stride: 2)',
};
