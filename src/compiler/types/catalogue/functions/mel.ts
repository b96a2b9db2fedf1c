import { field, value } from '../construct.ts';
import { number, word } from '../option.ts';
import { over, windowShapes, type FunctionSignature } from './function.ts';

export const mel: FunctionSignature = {
  name: 'mel',
  doc: 'Power of a sound in mel bands.',
  source: 'Stevens et al. 1937',
  given: 'x',
  values: [1, 1],
  options: {
    over,
    as: field('what the new axis is called', value('name')),
    size: field('of a window', value('samples, or a time'), { required: true }),
    hop: field('distance between windows', value('samples, or a time'), { follows: 'size' }),
    window: field('shape of a window', word(windowShapes, windowShapes[0])),
    bands: field('how many', value('whole number'), { required: true }),
    low: field('where the bands begin', number(0, 0, 1e9), { unit: 'Hz' }),
    high: field('where they end', value('number'), { unit: 'Hz', follows: 'rate / 2' }),
    rate: field('of the sound', value('number'), { unit: 'Hz', follows: 'that of the input' }),
  },
  example: 'mel(fill(sound, 0), over: time as [step, band], bands: 40, size: 25 ms, hop: 10 ms)',
};
