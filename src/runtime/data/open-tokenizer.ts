import { resolve } from 'node:path';
import type { TokenizerSpec } from '../../compiler/program/program.ts';
import { randomTokenizer } from './random/random-tokenizer.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';

/** The tokenizer of a program: its file, or for random data a stand-in. Throws CX8110. */
export function openTokenizer(spec: TokenizerSpec, projectFolder: string): Tokenizer {
  return spec.random === undefined
    ? loadTokenizer(resolve(projectFolder, spec.path), spec)
    : randomTokenizer(spec.random, spec.context);
}
