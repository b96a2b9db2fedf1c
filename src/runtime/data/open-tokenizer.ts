import { isBuiltInTokenizer } from '../../compiler/types/built-in-tokenizers.ts';
import type { TokenizerSpec } from '../../compiler/program/program.ts';
import { projectFile } from '../hub/project-file.ts';
import { clipCutter } from './clip-tokenizer.ts';
import { loadTokenizer } from './file-tokenizer.ts';
import { randomTokenizer } from './random/random-tokenizer.ts';
import { tokenizerWith, type Tokenizer } from './tokenizer.ts';

/** The tokenizer of a program: one that ships with clipx, its file, or for random data a stand-in. Throws CX8110. */
export function openTokenizer(spec: TokenizerSpec, projectFolder: string): Tokenizer {
  if (spec.random !== undefined) return randomTokenizer(spec.random, spec.context);
  if (isBuiltInTokenizer(spec.path)) return tokenizerWith(clipCutter(spec.path), spec.context);
  return loadTokenizer(projectFile(projectFolder, spec.path), spec);
}
