import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../source/span.ts';

const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', t: '\t' };

/** One character of a string literal: its text and where it is written. */
export interface Character {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The characters between the quotes, escapes resolved, each with its offset in the file. */
export function readCharacters(raw: string, span: Span): { characters: readonly Character[]; faults: Diagnostic[] } {
  const end = raw.length > 1 && raw.endsWith('"') ? raw.length - 1 : raw.length;
  const characters: Character[] = [];
  const faults: Diagnostic[] = [];
  for (let index = 1; index < end;) {
    const from = index;
    const plain = String.fromCodePoint(raw.codePointAt(index) ?? 0);
    if (plain !== '\\') {
      index += plain.length;
      characters.push({ text: plain, start: span.start + from, end: span.start + index });
      continue;
    }
    const unicode = /^\\u\{([0-9a-fA-F]{1,6})\}/.exec(raw.slice(index, end));
    const code = unicode === null ? Number.NaN : Number.parseInt(unicode[1] ?? '', 16);
    const letter = String.fromCodePoint(raw.codePointAt(index + 1) ?? 0x20);
    // Surrogates are no characters of their own.
    const known = unicode === null ? escapes[letter] : codeToText(code);
    index = Math.min(end, index + (unicode === null ? 1 + letter.length : unicode[0].length));
    if (known === undefined) faults.push(unknownEscape(raw.slice(from, index), span, from, index));
    characters.push({ text: known ?? letter, start: span.start + from, end: span.start + index });
  }
  return { characters, faults };
}

/** The value of a string literal as written, quotes included. */
export function readString(raw: string, span: Span): { value: string; faults: Diagnostic[] } {
  if (!raw.includes('\\')) return { value: raw.replace(/^"|"$/g, ''), faults: [] };
  const { characters, faults } = readCharacters(raw, span);
  return { value: characters.map((character) => character.text).join(''), faults };
}

function codeToText(code: number): string | undefined {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return String.fromCodePoint(code);
}

function unknownEscape(written: string, span: Span, from: number, to: number): Diagnostic {
  return {
    code: 'CX1005',
    severity: 'error',
    fault: 'user',
    message: `\`${written}\` is no escape`,
    span: { file: span.file, start: span.start + from, end: span.start + to },
    expected: '`\\"`, `\\\\`, `\\n`, `\\t` or `\\u{…}`',
    found: `\`${written}\``,
    help: 'a backslash itself is written `\\\\`',
  };
}
