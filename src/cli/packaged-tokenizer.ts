import type { TokenizerSpec } from '../compiler/program/tokenizer.ts';
import { isBuiltInTokenizer } from '../compiler/types/built-in-tokenizers.ts';
import type { NormalizerStep, TokenizerFile } from '../runtime/data/tokenizer-file.ts';
import { projectFile } from '../runtime/hub/project-file.ts';

/**
 * The `tokenizer.json` that a package reads in place of a tokenizer, whatever that is made of: one of clipx by name, or files of the project or
 * of Hugging Face's cache. The `tokenizers` library cuts by it as clipx does. Throws CX8110.
 */
export async function packagedTokenizer(spec: TokenizerSpec, projectRoot: string): Promise<TokenizerFile> {
  const { path, cut } = spec;
  if (isBuiltInTokenizer(path)) return (await import('../runtime/data/built-in-file.ts')).builtInFile(path);
  const { readTokenizerFile } = await import('../runtime/data/tokenizer-file.ts');
  const place = projectFile(projectRoot, path);
  if (cut !== undefined) {
    const { loadTokenizer } = await import('../runtime/data/file-tokenizer.ts');
    loadTokenizer(place, spec);
  }
  const file = readTokenizerFile(place, cut?.lower);
  return path.endsWith('.model') ? withPlainSteps(file) : file;
}

/** Signs that stand for nothing, and spaces of all kinds, in the rules `nmt_nfkc`; the wide tilde stays as it is. */
const silent = '\\u0001-\\u0008\\u000B\\u000E-\\u001F\\u007F\\u008F\\u009F';
const spaces = '\\t\\n\\f\\r\\u00A0\\u1680\\u2000-\\u200F\\u2028\\u2029\\u202F\\u205F\\u2581\\u3000\\uFEFF\\uFFFD';
const around = '\\t\\n\\u000B\\f\\r \\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000\\uFEFF';
const [tilde, noSign] = ['\uFF5E', '\u{10FFFF}'];

const replaced = (pattern: string, content: string): NormalizerStep & { readonly pattern: unknown; readonly content: string } => ({
  type: 'Replace',
  // a pattern there is of the characters themselves
  pattern: { Regex: pattern.replace(/\\u([0-9A-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) },
  content,
}); // prettier-ignore

/**
 * A model of SentencePiece has its rules of normalising by their name alone: here are the rules themselves. Pieces are found in the whole text,
 * not in each of its words.
 */
function withPlainSteps(file: TokenizerFile): TokenizerFile {
  const plain = (step: NormalizerStep): readonly NormalizerStep[] => {
    switch (step.type) {
      case 'Precompiled':
        return [
          replaced(`[${silent}]`, ''),
          replaced(`[${spaces}]`, ' '),
          replaced(tilde, noSign),
          { type: 'NFKC' },
          replaced(noSign, tilde),
        ];
      case 'Strip':
        return [replaced(`\\A[${around}]+`, ''), replaced(`[${around}]+\\z`, '')];
      default:
        return [step];
    }
  };
  const { normalizer, ...rest } = file;
  const steps = (normalizer?.normalizers ?? []).flatMap(plain);
  const cutters = { pre_tokenizer: { ...pieceCutter(rest), split: false } };
  return { ...rest, normalizer: { type: 'Sequence', normalizers: steps }, ...cutters };
}

const pieceCutter = (file: object): object =>
  'pre_tokenizer' in file && typeof file.pre_tokenizer === 'object' && file.pre_tokenizer !== null ? file.pre_tokenizer : {}; // prettier-ignore
