import { field, value } from '../construct.ts';
import { type FunctionSignature } from './function.ts';

export const gaussianBlur: FunctionSignature = {
  name: 'gaussian_blur',
  doc: 'Blurs; cut at four deviations, the pixels of the edge repeat.',
  source: '-',
  given: 'x',
  values: [1, 1],
  options: { sigma: field('deviation', value('number above 0'), { unit: 'px', required: true }) },
  example: 'gaussian_blur(picture, sigma: 0.8)',
};
