import type { BuiltInTokenizer } from '../../compiler/types/built-in-tokenizers.ts';
import { clipPattern, clipStyleFile } from './byte-pair-file.ts';
import { clipMerges, clipPieces } from './clip-merges.ts';
import { markNames } from './clip-tokenizer.ts';
import type { TokenizerFile } from './tokenizer-file.ts';

/**
 * A tokenizer that ships with clipx as a Hugging Face `tokenizer.json`, for readers that are not clipx: with our `cleaning` before it and our
 * `marks` beside it, it gives the ids of `clipCutter`. A mark is a word like the others: transformers would find it within `!<|endoftext|>` too.
 */
export function builtInFile(name: BuiltInTokenizer): TokenizerFile {
  const marks = markNames[name];
  const vocabulary = Object.fromEntries([...clipPieces(), ...marks].map((piece, id) => [piece, id]));
  const merges = clipMerges().map(([left, right]) => `${left} ${right}`);
  const words = [...marks.map((mark) => mark.replaceAll('|', '\\|')), clipPattern];
  const file = {
    version: '1.0',
    cleaning: 'clip' as const,
    marks,
    truncation: null,
    padding: { pad_id: 0 },
    ...clipStyleFile(vocabulary, merges, marks),
    // cleaned texts are as they should be; NFC would change those that HTML's references leave decomposed
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: `(?i:${words.join('|')})` }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
  };
  return file;
}
