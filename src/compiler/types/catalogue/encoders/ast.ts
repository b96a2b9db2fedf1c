import { field, type Construct, type Fields } from '../construct.ts';
import { activations, count, number, word } from '../option.ts';

export const ast: Construct<Fields> = {
  name: 'ast',
  doc: 'The audio spectrogram transformer: overlapping patches of log-mel values, a class and a distillation token, their mean.',
  source: 'Gong et al. 2021, the AudioSet model',
  options: {
    mels: field('bands of the spectrogram', count(128)),
    frames: field('frames of the spectrogram, of 10 ms each; a shorter sound is padded', count(1024)),
    patch: field('side of a patch', count(16), { unit: 'bands or frames' }),
    stride: field('distance between patches', count(10), { unit: 'bands or frames' }),
    width: field('size of a token', count(768)),
    layers: field('transformer blocks', count(12, 1000)),
    heads: field('attention heads of a block', count(), { follows: 'width / 64' }),
    activation: field('between the two maps of a block', word(activations, 'gelu')),
    mean: field('mean of the log-mel values', number(-4.2677393, -1e6, 1e6), { source: 'of AudioSet' }),
    deviation: field('deviation of the log-mel values', number(4.5689974, 1e-9, 1e6), { source: 'of AudioSet' }),
  },
  example: `ast(mels: 32, frames: 64, width: 64, layers: 2)`,
};
