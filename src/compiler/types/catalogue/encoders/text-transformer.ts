import { field, type Construct, type Fields } from '../construct.ts';
import { activations, count, pathOr, word } from '../option.ts';
import { builtInTokenizers } from '../../built-in-tokenizers.ts';

export const textTransformer: Construct<Fields> = {
  name: 'text_transformer',
  doc: 'The text transformer of CLIP: causal pre-norm blocks, the token at the end of the text projected.',
  source: 'Radford et al. 2021, the text tower of ViT-B/32',
  options: {
    context: field('places of tokens, with begin and end of a text', count(77), { unit: 'tokens' }),
    vocabulary: field('entries of the table of tokens', count(49_408)),
    width: field('size of a token', count(512)),
    layers: field('transformer blocks', count(12, 1000)),
    heads: field('attention heads of a block', count(), { follows: 'width / 64' }),
    activation: field(
      'between the two maps of a block; the weights of OpenAI need `quick_gelu`',
      word(activations, 'gelu'),
      { source: 'open_clip' },
    ),
    tokenizer: field(
      "how texts become its tokens: a file, OpenAI's (`clip`) or that of open_clip",
      pathOr(...builtInTokenizers),
      { follows: '`clip` for 49408 entries, else "data/tokenizer/clip-small.json"', source: 'ships with clipx' },
    ),
  },
  example: `text_transformer(context: 32, vocabulary: 4300, width: 64, layers: 2)`,
};
