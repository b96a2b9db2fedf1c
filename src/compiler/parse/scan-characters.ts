import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { bidirectionalCharacter, forbiddenCharacter } from '../source/forbidden-characters.ts';
import type { SourceFile } from '../source/source-file.ts';

/** UTF-16 units; a longer file is no text for people. */
const sizeLimit = 1024 * 1024;

const forbidden = new RegExp(forbiddenCharacter, 'gu');

/** What no place of a file may hold, strings and comments included. */
export function scanCharacters(source: SourceFile): Diagnostic[] {
  return [...source.text.matchAll(forbidden)].map(({ 0: character, index }) => {
    const isBidirectional = bidirectionalCharacter.test(character);
    const name = codePointName(character);
    return {
      code: isBidirectional ? 'CX1008' : 'CX1016',
      severity: 'error',
      fault: 'user',
      message: isBidirectional
        ? `the invisible character ${name} changes the direction of the text around it`
        : `the control character ${name} has no meaning here`,
      span: { file: source.path, start: index, end: index + character.length },
      found: name,
      help: 'remove the character',
      fix: {
        span: { file: source.path, start: index, end: index + character.length },
        replacement: '',
        title: `remove ${name}`,
      },
    };
  });
}

export function isForbidden(character: string): boolean {
  return forbiddenCharacter.test(character);
}

/** `U+202E` */
export function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The fault of a file past `sizeLimit`, which is not read further. */
export function tooLarge(source: SourceFile): Diagnostic | undefined {
  if (source.text.length <= sizeLimit) return undefined;
  return {
    code: 'CX1010',
    severity: 'error',
    fault: 'user',
    message: `the file holds ${(source.text.length / sizeLimit).toFixed(1)} MiB of text`,
    span: { file: source.path, start: 0, end: 0 },
    expected: 'at most 1 MiB',
    help: 'keep data in files of their own and read them with `csv(…)`, `jsonl(…)` or `shards(…)`',
  };
}
