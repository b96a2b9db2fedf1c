import { field, value, time, type Construct } from '../construct.ts';
import { count, number, word } from '../option.ts';

/** The first ones are the defaults. */
export const precisions = ['f32'] as const;
export const decayWords = ['matrices', 'all'] as const;

export const train: Construct = {
  name: 'train',
  doc: 'How a stage trains: on what, how long, and by which method.',
  source: '-',
  given: 'on data { settings }',
  options: {
    each: field('behind `on`: every sample is optimised by itself', value('word')),
    over: field('behind the set: only the words of a group, numbered within it', value('vocabulary[group]')),
    epochs: field('how often it goes through the data; this or `steps`', value('number'), { unit: 'epochs' }),
    steps: field('how many updates it makes; this or `epochs`', value('whole number'), { unit: 'updates' }),
    batch: field('samples that a loss sees at once; all: the whole set', value('whole number, or all'), {
      required: true,
      unit: 'samples',
    }),
    optimizer: field('the method, also of one part: optimizer(E): …', value('an optimiser, or a search of maximize'), {
      required: true,
    }),
    schedule: field('how the rate changes', value('a schedule', 'constant')),
    clip_gradient: field('the longest that all gradients together may be', number(undefined, 0, 1e30), {
      unit: 'global norm',
    }),
    accumulate: field('batches whose mean gradient makes one update; a loss sees one of them', count(1), {
      unit: 'batches',
    }),
    ema: field(
      'how much of a moving average each step keeps; the average is evaluated, kept and handed on',
      number(undefined, 0, 1),
    ),
    precision: field('what numbers are computed in', word(precisions, precisions[0])),
    sampler: field('which samples are next', value('a sampler', 'shuffle')),
    checkpoint: field('how often all that a resumed run needs is written', time(), {
      follows: 'every 20 s',
    }),
    stop: field('ends it before its time', value('patience(…)')),
    restarts: field(
      'how often it begins anew from draws of its own, of which `best:` keeps one',
      value('n keep best', '1 keep best'),
    ),
    chunk: field('samples that are in memory at once; the loss is that of the whole batch', count(), {
      unit: 'samples',
      source: 'GradCache, Gao et al. 2021',
    }),
    memory: field(
      'the most that a step may need: it is held in chunks that fit, or does not begin',
      value('amount of memory'),
    ),
    no_decay: field('kinds of tensors and parts that do not decay', value('list of bias, norm and paths')),
    decay_on: field('which tensors decay: those of two or more dimensions, or all', word(decayWords, decayWords[0])),
  },
  example: 'train { steps: 4  optimizer: sgd(lr: 1) }',
};
