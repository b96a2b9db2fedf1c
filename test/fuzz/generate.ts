/** Texts to try: by the grammar, by the files of this repository edited, by bytes, and large ones. All follow from the seed. */
import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { unitWords, wordTypes } from '../../grammar/tokens.ts';
import { print } from '../../src/compiler/syntax/print.ts';
import { file } from '../properties/syntax-arbitrary.ts';
import { Random } from '../support/random.ts';
import { repositoryText } from '../support/repository-host.ts';

const folders = ['test/fixtures', 'experiments', 'templates', 'library', 'test/fuzz/corpus'];

/** Every clipx file of the repository, in the order of their names. */
const files: readonly string[] = folders.flatMap((folder) =>
  readdirSync(new URL(`../../${folder}`, import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((each) => each.endsWith('.clipx'))
    .sort()
    .map((each) => repositoryText(`${folder}/${each}`)),
);

const token =
  /"(?:[^"\\\n]|\\.)*"|#[^\n]*|[\p{L}\p{M}_][\p{L}\p{M}\p{N}_]*|\d+(?:\.\d+)?(?:e-?\d+)?|\.\.|\|>|->|[<>=!]=|\s+|./gsu;

const pieces: readonly string[] = [
  ...wordTypes.keys(), ...unitWords, 'x', 'ĝ', 'λ₁', 'batch', 'clip', '1', '0', '0.5', '1e-4', '1e308', '1e-320', '99999999999999999999', '007',
  '"a"', '"{b}"', '"{', '"', '"\\', '# c', '\n', '\n  ', ' ', '{', '}', '(', ')', '[', ']', ',', ':', '=', '->', '|>', '..', '.', '==', '!=', '<',
  '<=', '~', '+', '-', '*', '/', '^', '%', '@', '“', '\u202e', '\u0000', '\uD800', '\r', '\t', '名', '\u0301', '__proto__', 'constructor', 'toString',
]; // prettier-ignore

const largest = 100_000;

/** The kinds of texts, each with how often it is made. */
const kinds: readonly (readonly [string, number, (random: Random) => string])[] = [
  ['tokens', 2, (random) => many(random, 80, () => random.pick(pieces)).join(random.chance(0.5) ? ' ' : '')],
  [
    'grammar',
    3,
    (random) =>
      fc
        .sample(file, { seed: random.integer(0, 2 ** 31 - 1), numRuns: 1 })
        .map(print)
        .join(''),
  ],
  ['edited tokens', 6, (random) => edited(random.pick(files), random)],
  ['statements of two files', 3, spliced],
  ['edited characters', 3, scrambled],
  ['bytes', 1, (random) => new TextDecoder().decode(Uint8Array.from(many(random, 400, () => random.integer(0, 255))))],
  ['repeated', 2, repeated],
  ['grown', 1, grown],
];

export interface Case {
  readonly kind: string;
  readonly text: string;
}

/** The text of a number: the same for the same seed. */
export function caseOf(seed: number, round: number): Case {
  const random = new Random((seed * 1_000_003 + round) >>> 0);
  let at = random.uniform(0, kinds.reduce((sum, [, often]) => sum + often, 0)); // prettier-ignore
  for (const [kind, often, make] of kinds) {
    at -= often;
    if (at <= 0) return { kind, text: make(random) };
  }
  return { kind: 'tokens', text: '' };
}

function many<Item>(random: Random, most: number, make: () => Item): Item[] {
  return Array.from({ length: random.integer(0, most) }, make);
}

/** Tokens gone, doubled, exchanged or put in; mostly names for names, so that the file stays a file and what breaks is what it means. */
function edited(text: string, random: Random): string {
  const tokens: string[] = text.match(token) ?? [];
  const places = tokens.flatMap((each, at) => (/^\s|^#/.test(each) ? [] : [at]));
  const words = places.filter((at) => /^[\p{L}\d"]/u.test(tokens[at] ?? ''));
  if (words.length === 0) return text;
  for (let edits = random.integer(1, 4); edits > 0; edits--) {
    const at = random.pick(places);
    const other = random.pick(places);
    switch (random.integer(0, 7)) {
      case 0:
        tokens[at] = '';
        break;
      case 1:
        tokens[at] = `${tokens[at]} ${tokens[at]}`;
        break;
      case 2:
        [tokens[at], tokens[other]] = [tokens[other] ?? '', tokens[at] ?? ''];
        break;
      case 3:
        tokens[at] = random.pick(pieces);
        break;
      default:
        tokens[random.pick(words)] = tokens[random.pick(words)] ?? '';
    }
  }
  return tokens.join('');
}

const statements = (text: string): string[] => text.split(/\n(?=[a-z])/);

function spliced(random: Random): string {
  const [one, two] = [statements(random.pick(files)), statements(random.pick(files))];
  for (let edits = random.integer(1, 6); edits > 0; edits--)
    one.splice(random.integer(0, one.length), random.integer(0, 1), random.pick(two));
  return one.join('\n');
}

function scrambled(random: Random): string {
  let text = random.pick(files);
  for (let edits = random.integer(1, 5); edits > 0; edits--) {
    const at = random.integer(0, text.length);
    const put = random.chance(0.5) ? '' : random.pick(pieces);
    text = text.slice(0, at) + put + text.slice(at + random.integer(0, random.chance(0.1) ? 400 : 3));
  }
  return text;
}

/** A piece a great many times, alone or within a statement: what is quadratic shows, what recurses falls. */
function repeated(random: Random): string {
  const piece = many(random, 4, () => random.pick(pieces)).join(random.chance(0.5) ? ' ' : '') || '(';
  const times = Math.floor(random.integer(100, largest) / piece.length);
  const [before, after] = random.pick([['', ''], ['clipx 1\n\nlet a = ', '\n'], ['clipx 1\n\ntrain on d {', '}\n'], ['clipx 1\n\nlet a = b ', ''], ['clipx 1\n\nprompt p = "', '"\n']]); // prettier-ignore
  return before + piece.repeat(times) + after;
}

/** A file that holds each of its statements many times under other names. */
function grown(random: Random): string {
  const all = statements(random.pick(files));
  const lines: string[] = [];
  const size = random.integer(5_000, largest);
  for (let copy = 0, length = 0; length < size; copy++) {
    for (const each of all) {
      const text = copy === 0 ? each : each.replace(/^((?:frozen |trainable )?\w+ +)([\p{L}_][\p{L}\p{N}_]*)/u, `$1$2_${copy}`); // prettier-ignore
      if (copy > 0 && /^(clipx|experiment|use|extends|minimize|maximize|train|seeds)\b/.test(each)) continue;
      lines.push(text);
      length += text.length + 1;
      if (length >= size) break;
    }
    if (copy > 5_000) break;
  }
  return lines.join('\n');
}
