import { checkerCodes } from './checker-codes.ts';

/** What a code stands for. `clipx explain CX1006` prints it. */
export interface CodeEntry {
  /** A few words, for lists. */
  readonly title: string;
  /** The law that a faulty file breaks, in one sentence. */
  readonly law: string;
  /** Why the law is there and what to do, in a short paragraph. */
  readonly explanation: string;
}

/**
 * Every code clipx can report: CX0 not built, CX1 syntax, CX2 names, CX3 types and axes, CX4 state, CX5 data, prompts and
 * configuration, CX8 the world (files, devices), CX9 clipx itself. A code is never reused for another law.
 */
export const codes = {
  CX0001: {
    title: 'not implemented yet',
    law: 'What the language page describes and this version does not build is refused, never ignored.',
    explanation:
      'The construct is legal clipx, but this version of the compiler can not carry it out. It says so instead of ' +
      'running something else. The page grammar/README.md marks what is built. A function that is checked but has no ' +
      'body yet is refused only where it would have to run: `clipx check`, `explain` and `diff` know its type.',
  },

  // ── CX1: syntax ──────────────────────────────────────────────────────
  CX1001: {
    title: 'unexpected word or symbol',
    law: 'A file is a sequence of statements, each formed as the grammar says.',
    explanation:
      'The parser met something that can not stand at this place. The message says what could; the caret is at the ' +
      'place itself or, when a line ends too early, right after its last word. Every statement starts with a keyword, ' +
      'and two values never stand side by side without an operator.',
  },
  CX1002: {
    title: 'character without a meaning',
    law: 'Outside strings and comments only the characters of the grammar occur.',
    explanation:
      'The character begins no word, number, string or operator. Typographic quotes, semicolons and no-break spaces ' +
      'usually come from copying out of a document.',
  },
  CX1003: {
    title: 'string not closed',
    law: 'A string begins and ends with `"` on one line.',
    explanation: 'The line ends before the closing quote. A quote inside a string is written `\\"`.',
  },
  CX1004: {
    title: 'malformed number',
    law: 'A number has digits on both sides of its point.',
    explanation:
      'Write `1.0` and `0.5`, not `1.` and `.5`: without that rule `1..3` could be read in two ways. A number ' +
      'touching a word is a number with a unit.',
  },
  CX1005: {
    title: 'unknown escape in a string',
    law: 'After a backslash in a string comes `"`, `\\`, `n`, `t` or `u{…}`.',
    explanation: 'A single backslash is written `\\\\`.',
  },
  CX1006: {
    title: 'bracket not closed',
    law: 'Every `{`, `(` and `[` has its closer.',
    explanation:
      'The file, or the statement by its indentation, ends before the bracket is closed. The caret is at the bracket ' +
      'that was opened; the second place is where the closer was missed.',
  },
  CX1007: {
    title: 'closing bracket without an opening one',
    law: 'Every `}`, `)` and `]` closes the bracket of its kind opened last.',
    explanation: 'The closer has nothing to close here. Remove it, or add the opening bracket that was forgotten.',
  },
  CX1008: {
    title: 'bidirectional control character',
    law: 'A file holds no character that changes the direction in which text is shown.',
    explanation:
      'Such characters make a line look different from what it says, also inside strings and comments, so that a ' +
      'reviewer can be deceived by a diff. Remove it.',
  },
  CX1009: {
    title: 'nested too deeply',
    law: 'Brackets nest at most 64 deep, an expression at most 400 levels, equations that wait for each other and calls of fns within fns at most 200, files that use each other 64; at most 20,000 calls of fns are written out, and a file has at most 100 stages.',
    explanation:
      'Name the inner parts with `let`, or write a `fn`. Equations may stand in any order, but hundreds of them in the reverse one are ' +
      'followed one within the other: put them in order. A fn that calls another one twice is twice as long as that.',
  },
  CX1010: {
    title: 'file too large',
    law: 'A clipx file holds at most 1 MiB of text.',
    explanation:
      'An experiment is read by people. Data belong in files of their own: `vocabulary v from csv(…)`, `data d = csv(…)`.',
  },
  CX1011: {
    title: 'reserved word as a name',
    law: 'A reserved word names nothing.',
    explanation:
      'The word begins a statement or joins two values, so it can not be declared. Choose another name; after `.` and ' +
      'before `:` every word is allowed.',
  },
  CX1012: {
    title: 'lone brace in a prompt',
    law: 'In a prompt, `{…}` is a slot; a brace itself is written `{{` or `}}`.',
    explanation: 'The text of a prompt holds a brace without its partner. Double it to mean the character.',
  },
  CX1013: {
    title: 'empty slot in a prompt',
    law: 'A slot of a prompt holds an expression.',
    explanation: 'Write the vocabulary, column or value between the braces, or `{{}}` for the two characters.',
  },
  CX1014: {
    title: '`as` after a value that makes no axis',
    law: '`as` renames the axis made by the name, index, range or call before it.',
    explanation:
      '`as` binds looser than every operator, so in `a + b as c` it would stand after the sum. Put it after the call or ' +
      'index that makes the axis, with parentheses around them.',
  },
  CX1015: {
    title: 'unknown statement',
    law: 'Every statement starts with one of the statement words.',
    explanation:
      'The word at the start of this line begins no statement. A calculation is written `let x = …`; the list of ' +
      'statements is in grammar/README.md.',
  },
  CX1016: {
    title: 'control character',
    law: 'A file holds no control characters but tab and line break.',
    explanation: 'The character is invisible and means nothing. The file may have been damaged or be binary.',
  },
  CX1017: {
    title: 'more faults than are told',
    law: 'Of a file the first 200 faults are told, errors before notes.',
    explanation:
      'So many faults mostly have one cause, and nobody reads them all. The note says how many more there are: mend the first ones, ' +
      'then check again.',
  },

  ...checkerCodes,

  // ── CX9: clipx itself ────────────────────────────────────────────────
  CX9001: {
    title: 'internal error',
    law: 'clipx never fails without saying whose fault it is.',
    explanation: 'This is a bug of clipx, not of the file. Please report it with the file that caused it.',
  },
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;

/** The entry of a code, or nothing for a code that does not exist. */
export function codeEntry(code: string): CodeEntry | undefined {
  return Object.hasOwn(codes, code) ? codes[code as Code] : undefined;
}
