import { field, type Construct, type Fields } from '../construct.ts';
import { activations, count, path, share, word } from '../option.ts';

export const bert: Construct<Fields> = {
  name: 'bert',
  doc: 'A bidirectional text transformer with post-norm blocks; its feature is the first token, unprojected.',
  source: 'Devlin et al. 2019, BERT base',
  options: {
    vocabulary: field('entries of the table of tokens', count(30_522)),
    context: field('places of tokens', count(512), { unit: 'tokens' }),
    width: field('size of a token', count(768)),
    layers: field('transformer blocks', count(12, 1000)),
    heads: field('attention heads of a block', count(), { follows: 'width / 64' }),
    hidden: field('width between the two maps of a block', count(), { follows: '4 * width' }),
    activation: field('between the two maps of a block', word(activations, 'gelu')),
    dropout: field('share that training leaves out, of embeddings, attention and maps', share(0.1)),
    tokenizer: field('file of its word pieces', path('data/tokenizer/clip-small.json'), { source: 'ships with clipx' }),
  },
  example: `bert(context: 32, vocabulary: 4300, width: 64, layers: 2)`,
};
