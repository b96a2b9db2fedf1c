/**
 * Files that somebody is just editing: a token gone, doubled or exchanged for another of the file. Whatever comes of it, the compiler
 * gives a program or says what is wrong; it never fails by itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { repository } from '../support/fixtures.ts';
import { Random } from '../support/random.ts';

const root = join(import.meta.dirname, '../..');
const files = ['forms', 'masks', 'in-any-order', 'smallest'].map((name) => `test/fixtures/legal/${name}.clipx`);
const rounds = Number(process.env['CLIPX_RUNS'] ?? 60);

const token =
  /"(?:[^"\\\n]|\\.)*"|#[^\n]*|[\p{L}\p{M}_][\p{L}\p{M}\p{N}_]*|\d+(?:\.\d+)?(?:e-?\d+)?|\.\.|\|>|->|[<>=!]=|\s+|./gu;
const isWord = (text: string): boolean => /^[\p{L}\d"]/u.test(text);

function mutated(text: string, random: Random): string {
  const tokens = text.match(token) ?? [];
  const places = tokens.flatMap((each, at) => (/^\s|^#/.test(each) ? [] : [at]));
  const words = places.filter((at) => isWord(tokens[at] ?? ''));
  for (let edits = random.integer(1, 2); edits > 0; edits--) {
    const at = random.pick(places);
    switch (random.integer(0, 5)) {
      case 0:
        tokens[at] = '';
        break;
      case 1:
        tokens[at] = `${tokens[at]} ${tokens[at]}`;
        break;
      case 2: {
        const other = random.pick(places);
        [tokens[at], tokens[other]] = [tokens[other] ?? '', tokens[at] ?? ''];
        break;
      }
      // names for names keep the file a file: what breaks is what it means
      default:
        tokens[random.pick(words)] = tokens[random.pick(words)] ?? '';
    }
  }
  return tokens.join('');
}

describe('a file that is being edited', () => {
  it.each(files)('%s', (path) => {
    const text = readFileSync(join(root, path), 'utf8');
    for (let round = 0; round < rounds; round++) {
      const seed = Number(process.env['CLIPX_SEED'] ?? 0) + round;
      const edited = mutated(text, new Random(seed));
      let said: unknown;
      try {
        const { program, diagnostics } = compile({ path, text: edited, host: repository });
        const codes = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
        const isLibrary = !/^experiment\b/m.test(edited);
        if (codes.length === 0 && program === undefined && !isLibrary) said = 'neither a program nor an error';
        if (codes.includes('CX9001')) said = 'an internal error';
      } catch (error) {
        said = error instanceof Error ? error.stack?.split('\n').slice(0, 4).join('\n') : error;
      }
      expect(said, `seed ${seed}:\n${edited}`).toBeUndefined();
    }
  });
});
