import { field, type Construct, type Fields } from '../construct.ts';
import { activations, count, path, word } from '../option.ts';

export const textTransformer: Construct<Fields> = {
  name: 'text_transformer',
  doc: 'The text transformer of CLIP: causal pre-norm blocks, the token at the end of the text projected.',
  source: 'Radford et al. 2021, the text tower of ViT-B/32',
  options: {
    context: field('places of tokens; longer texts are cut and keep their end token', count(77), { unit: 'tokens' }),
    vocabulary: field('entries of the table of tokens', count(49_408)),
    width: field('size of a token', count(512)),
    layers: field('transformer blocks', count(12, 1000)),
    heads: field('attention heads of a block', count(), { follows: 'width / 64' }),
    activation: field(
      'between the two maps of a block; the weights of OpenAI need `quick_gelu`',
      word(activations, 'gelu'),
      { source: 'open_clip' },
    ),
    tokenizer: field('file of its word pieces', path('data/tokenizer/clip-small.json'), { source: 'ships with clipx' }),
  },
  example: `text_transformer(context: 32, vocabulary: 4300, width: 64, layers: 2)`,
};
