import { isBuiltInTokenizer } from '../../compiler/types/built-in-tokenizers.ts';
import type { TokenizerSpec } from '../../compiler/program/tokenizer.ts';
import { projectFile } from '../hub/project-file.ts';
import { clipCutter } from './clip-tokenizer.ts';
import { DataError } from './data-error.ts';
import { loadTokenizer } from './file-tokenizer.ts';
import { randomTokenizer } from './random/random-tokenizer.ts';
import { tokenizerWith, type Tokenizer } from './tokenizer.ts';

/** The tokenizer of a program: one that ships with clipx, its file, or for random data a stand-in. Throws CX8110. */
export function openTokenizer(spec: TokenizerSpec, projectFolder: string): Tokenizer {
  if (spec.random !== undefined) return randomTokenizer(spec.random, spec.context);
  const { id, path, context, entries } = spec;
  const opened = isBuiltInTokenizer(path)
    ? tokenizerWith(clipCutter(path), context)
    : loadTokenizer(projectFile(projectFolder, path), spec);
  const ids = opened.vocabularySize;
  // an engine would read outside of the table, or end the run in its own words
  if (entries !== undefined && ids > entries)
    throw new DataError('user', 'CX8110', `tokenizer ${path} has ${ids} ids, and the table of \`${id}\` ${entries} entries`, {
      help: `name the tokenizer that the table was made for, or give it \`vocabulary: ${ids}\``,
    }); // prettier-ignore
  if (spec.end !== undefined && spec.end !== opened.end)
    throw new DataError('user', 'CX8110', `tokenizer ${path} ends a text with the id ${opened.end}, and \`${id}\` reads its feature at the id ${spec.end}`, {
      help: 'name the tokenizer that the weights were trained with, or correct `eos_token_id` in their `config.json`',
    }); // prettier-ignore
  return opened;
}
