import { DataError } from './data-error.ts';
import type { TokenizerFile } from './tokenizer-file.ts';

/** The words that CLIP cuts small letters into. */
export const clipPattern = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/** CLIP's steps as transformers does them: NFC, white space, small letters, byte pairs whose words end in `</w>`. */
export function clipStyleFile(
  vocab: Readonly<Record<string, number>>,
  merges: readonly string[],
  [start, end]: readonly [string, string],
): TokenizerFile {
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const file = {
    added_tokens: [start, end].map((content) => ({ id: vocab[content] ?? 0, content, ...special })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: clipPattern }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [end, vocab[end]],
      cls: [start, vocab[start]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: end,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges,
    },
  };
  return file;
}

/**
 * `vocab.json` with the `merges.txt` beside it, as transformers' slow tokenizers keep them. CLIP's alone: its words end in `</w>`. Throws CX8110.
 */
export function pairsOf(vocab: Readonly<Record<string, number>>, merges: string, path: string): TokenizerFile {
  const marks = ['<|startoftext|>', '<|endoftext|>'] as const;
  if (marks.some((mark) => vocab[mark] === undefined) || !Object.keys(vocab).some((piece) => piece.endsWith('</w>')))
    throw new DataError('user', 'CX8110', `tokenizer ${path} is not CLIP's: its words do not end in \`</w>\`, or it has no ${marks.join(' and ')}`, {
      help: 'save it as a `tokenizer.json`: `AutoTokenizer.from_pretrained(…).save_pretrained(…)` of transformers writes one',
    }); // prettier-ignore
  const lines = merges.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));
  return clipStyleFile(vocab, lines, marks);
}
