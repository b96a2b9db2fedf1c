import { field, value } from '../construct.ts';
import { count, number } from '../option.ts';
import { type FunctionSignature } from './function.ts';

export const bezierStrokes: FunctionSignature = {
  name: 'bezier_strokes',
  doc: 'Coverage of a canvas by cubic strokes, differentiable in their points.',
  source: 'Li et al. 2020, in spirit',
  given: 'points',
  values: [1, 1],
  options: {
    like: field('the canvas', value('picture'), { required: true }),
    pen: field('half the width of a stroke', number(1.5, 0, 1e6), { unit: 'px' }),
    σ: field('softness of its edge', number(0.5, 0, 1e6), { unit: 'px' }),
    samples: field('pieces of the curve that are looked at', count(16)),
  },
  example: 'bezier_strokes(strokes, like: picture)',
};
