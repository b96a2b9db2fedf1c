import { field, value, time, type Construct } from '../construct.ts';
import { count, word } from '../option.ts';

export const evaluate: Construct = {
  name: 'evaluate',
  doc: 'Metrics over whole data sets.',
  source: '-',
  given: 'name on data { metrics, settings }',
  options: {
    each: field('behind `on`: every sample by itself, with its own parameters', value('word')),
    over: field('behind a set: only the words of a group, numbered within it', value('vocabulary[group]')),
    views: field('draws views as training does', word(['random']), { follows: 'each view in its stated form' }),
    draws: field('draws each sample of a view so often, along the item axis draw', value('n of view')),
    every: field('how often it is made', time(), { follows: 'at the end; each epoch where it selects' }),
    batch: field('samples that are computed at once; changes no metric', count(128), { unit: 'samples' }),
    best: field('which parameters are kept: never by data marked test', value('max(metric on data) or min(…)')),
    memory: field('the most that a batch may need', value('amount of memory')),
  },
  example: 'evaluate on a { metric size_of_x = mean(x)  every: 1 epoch }',
};
