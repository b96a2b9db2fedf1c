import { field, value } from '../construct.ts';
import { word } from '../option.ts';
import { over, windowShapes, type FunctionSignature } from './function.ts';

export const spectrogram: FunctionSignature = {
  name: 'spectrogram',
  doc: 'Power of each frequency in each window of a sound.',
  source: 'Harris 1978',
  given: 'x',
  values: [1, 1],
  options: {
    over,
    as: field('what the new axis is called', value('name')),
    size: field('of a window', value('samples, or a time'), { required: true }),
    hop: field('distance between windows', value('samples, or a time'), { follows: 'size' }),
    window: field('shape of a window', word(windowShapes, windowShapes[0])),
  },
  example: 'spectrogram(fill(sound, 0), over: time as [step, bin], size: 25 ms, hop: 10 ms)',
};
