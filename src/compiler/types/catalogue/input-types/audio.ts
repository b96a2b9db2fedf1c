import { field, value } from '../construct.ts';
import { inputType } from './input-type.ts';

export const audio = inputType({
  name: 'audio',
  doc: 'A WAVE file of PCM or float at any rate, brought to the one that is asked for; longer ones are cut.',
  source: '-',
  given: 'rate',
  most: 1,
  words: { mono: 'one channel, the mean of all; without a word it is this', stereo: 'two channels, the axis ear' },
  axes: 'time, with stereo ear time',
  masked: 'after the end of the sound',
  options: { max: field('how long a sound is at most', value('time'), { required: true }) },
  example: 'audio(8 kHz, max: 1 s)',
});
