import type { ILexingError, IRecognitionException, IToken } from 'chevrotain';
import type { Expectation } from '../../../grammar/parser.ts';
import { BadStr, Dot, hardWordTypes, Num, nounTypes, PipeInto } from '../../../grammar/tokens.ts';
import { nearestName } from '../common/suggest.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { SourceFile } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import { endOf, startsLine } from './brackets.ts';
import { codePointName, isForbidden } from './scan-characters.ts';

type Wording = Omit<Diagnostic, 'severity' | 'fault' | 'span'>;

function userError(span: Span, wording: Wording): Diagnostic {
  return { severity: 'error', fault: 'user', span, ...wording };
}

// ── characters and strings ───────────────────────────────────────────

/** What people write where clipx has another spelling. */
const characterHelp: Readonly<Record<string, string>> = {
  ';': 'statements need no `;`: each starts with a keyword',
  "'": 'strings are written `"…"`',
  '`': 'strings are written `"…"`',
  '“': 'this is a typographic quote; write `"`',
  '”': 'this is a typographic quote; write `"`',
  '„': 'this is a typographic quote; write `"`',
  '‘': 'this is a typographic quote; write `"`',
  '’': 'this is a typographic quote; write `"`',
  '&': '“and” is written `and`',
  '|': '“or” is written `or`; a pipeline is written `|>`',
  '!': '“not” is written `not`; unequal is `!=`',
  '−': 'this is the typographic minus; write `-`',
  '–': 'this is a dash; write `-`',
  '×': 'write `*` for a product, `48 x 80` for a size',
  '·': 'write `*`',
  '÷': 'write `/`',
  '≤': 'write `<=`',
  '≥': 'write `>=`',
  '≠': 'write `!=`',
  '→': 'write `->`',
  '…': 'write `..` for a range',
  '@': 'a matrix product is `dot(a, b)` or `sum(a * b, over: k)`',
  $: 'names need no `$`',
  '\\': 'a statement goes on over line breaks by itself',
  '\u00A0': 'this is a no-break space; write a plain one',
};

export function lexerMessages(errors: readonly ILexingError[], source: SourceFile): Diagnostic[] {
  const said = new Set<string>();
  return errors.flatMap(({ offset }) => {
    const character = String.fromCodePoint(source.text.codePointAt(offset) ?? 0);
    // The character scan has said it already.
    if (isForbidden(character)) return [];
    const shown = /[\p{L}\p{N}\p{P}\p{S}]/u.test(character) ? `\`${character}\`` : codePointName(character);
    const help = characterHelp[character];
    // A pair of typographic quotes is one slip.
    const key = `${source.text.lastIndexOf('\n', offset)}|${help ?? offset}`;
    if (said.has(key)) return [];
    said.add(key);
    return [
      userError(
        { file: source.path, start: offset, end: offset + character.length },
        {
          code: 'CX1002',
          message: `${shown} has no meaning in clipx`,
          found: shown,
          ...(help === undefined ? {} : { help }),
        },
      ),
    ];
  });
}

export function unclosedStrings(tokens: readonly IToken[], source: SourceFile): Diagnostic[] {
  return tokens
    .filter((token) => token.tokenType === BadStr)
    .map((token) => {
      const end = token.startOffset + token.image.trimEnd().length;
      return userError(
        { file: source.path, start: token.startOffset, end },
        {
          code: 'CX1003',
          message: 'this string is not closed',
          label: 'the line ends before the closing `"`',
          expected: '`"`',
          found: 'the end of the line',
          help: 'close the string on its line; a quote inside a string is written `\\"`',
          fix: { span: { file: source.path, start: end, end }, replacement: '"', title: 'add `"`' },
        },
      );
    });
}

// ── grammar ──────────────────────────────────────────────────────────

/** What a rule expects when none of its alternatives fits. */
const alternatives: Readonly<Record<string, string>> = {
  statement: 'a statement',
  atom: 'a value',
  postfix: 'a value',
  operand: 'a value',
  operators: 'a value',
  range: 'a value',
  value: 'a value',
  moduleItem: '`layer`, `param`, `axis`, `let`, `fn`, `const` or an equation such as `forward(x) = …`',
  evaluateItem: '`metric`, `let`, `fn` or a field `name: value`',
  rowItem: 'a statement or `path = value`',
  row: '`path = value` or `{`',
  setting: '`frozen`, `trainable`, `wrap` or a path with its setting',
  vocabularyStatement: '`{`, `=` or `from`',
  moduleStatement: '`(` with parameters or `=`',
  body: '`= value` or `{`',
  stateStatement: '`encoder`, `module`, `param` or a path',
  pattern: 'a name',
  names: 'a name',
  paths: 'a path',
  removal: 'the name of what is dropped, or its keyword',
  path: 'a path',
  key: 'a field `name: value`',
  type: 'a type such as `[batch, joint]`',
  unit: 'a unit',
  best: '`max` or `min` of a metric',
  map: 'a field `name: value`',
  suffix: 'a row: `full` or `"its label"`',
};

/** What can stand instead of a closer that was expected, by rule. */
const beforeCloser: Readonly<Record<string, string>> = {
  args: '`,` or `)`',
  params: '`,` or `)`',
  atom: '`,` or `)`',
  items: '`,` or `]`',
  map: 'a field `name: value` or `}`',
  settings: 'a setting or `}`',
  useStatement: 'a name or `}`',
  moduleStatement: '`layer`, `param`, `axis`, `let`, `fn`, `const`, an equation such as `forward(x) = …`, or `}`',
  stageStatement: 'a statement or `}`',
  evaluateStatement: '`metric`, `let`, `fn`, a field `name: value`, or `}`',
  ablateStatement: 'a row `"name": …` or `}`',
  row: 'a statement, `path = value` or `}`',
  body: '`}`',
};

const tokenWords: Readonly<Record<string, string>> = {
  Word: 'a name',
  AnyWord: 'a word',
  Name: 'a name',
  UnitWord: 'a unit',
  Num: 'a number',
  Str: 'a string',
  BinaryOperator: 'an operator',
  LeftBrace: '`{`',
  RightBrace: '`}`',
  LeftParenthesis: '`(`',
  RightParenthesis: '`)`',
  LeftBracket: '`[`',
  RightBracket: '`]`',
  Comma: '`,`',
  Colon: '`:`',
  Arrow: '`->`',
  PipeInto: '`|>`',
  DotDot: '`..`',
  Dot: '`.`',
  Equals: '`=`',
  Minus: '`-`',
  Percent: '`%`',
  EOF: 'an operator or the next statement',
};

function tokenWord(type: string): string {
  return tokenWords[type] ?? (type.startsWith('Word_') ? `\`${type.slice('Word_'.length)}\`` : `\`${type}\``);
}

function expectedWords({ kind, expected, rule }: Expectation): string {
  const [only] = expected;
  const closes = only === 'RightBrace' || only === 'RightParenthesis' || only === 'RightBracket';
  if (kind === 'token' && closes) return beforeCloser[rule] ?? tokenWord(only);
  if (kind === 'token' && only === 'Word_return') return '`let` or `return`';
  const byRule = kind === 'token' ? undefined : alternatives[rule];
  if (byRule !== undefined) return byRule;
  const words = [...new Set(expected.map(tokenWord))];
  const last = words.pop();
  if (last === undefined) return 'an operator or the next statement';
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}

/** Words of other languages for what clipx spells otherwise. */
const otherWords: Readonly<Record<string, string>> = {
  def: 'fn',
  function: 'fn',
  func: 'fn',
  var: 'let',
  val: 'let',
  import: 'use',
  include: 'use',
  class: 'module',
  model: 'module',
  dataset: 'data',
  minimise: 'minimize',
  maximise: 'maximize',
  test: 'evaluate',
  validate: 'evaluate',
  eval: 'evaluate',
};

/** Turns what the parser of `piece` reports into the user's words. */
export function parserMessage(error: IRecognitionException, piece: readonly IToken[], source: SourceFile): Diagnostic {
  const expectation = JSON.parse(error.message) as Expectation;
  // Neither the end of the input nor a closer that was added for the parser is something that the user wrote.
  const isEnd = Number.isNaN(error.token.startOffset) || endOf(error.token) === error.token.startOffset;
  const at = piece.indexOf(error.token);
  const index = at === -1 ? piece.length : at;
  const previous = piece[index - 1];
  const next = piece[index + 1];
  const token = isEnd ? undefined : error.token;
  // The line above ended too early: the place to write is after its last word.
  const endsEarly =
    token === undefined ||
    (previous !== undefined && !opensItem(expectation) && startsLine(source.text, previous, token));
  const place: Span = endsEarly
    ? after(previous, source)
    : { file: source.path, start: token.startOffset, end: endOf(token) };
  const expected = expectedWords(expectation);
  const found =
    token === undefined
      ? 'the end of the statement'
      : endsEarly
        ? 'the end of the line'
        : `\`${shorten(token.image)}\``;

  const special =
    malformedNumber(previous, token, next, source) ??
    unknownStatement(expectation, previous, token, source) ??
    halfItem(expectation, token, next, source) ??
    reservedWord(expectation, token);
  const help = special?.help ?? helpFor(expectation, previous, token, piece, index);
  return userError(special?.span ?? place, {
    code: special?.code ?? 'CX1001',
    message: special?.message ?? `expected ${expected}, found ${found}`,
    ...(special === undefined ? { expected, found } : {}),
    ...(help === undefined ? {} : { help }),
    ...(special?.suggestion === undefined ? {} : { suggestion: special.suggestion }),
  });
}

/** At the start of a statement or an item of a block the fault is the word that stands there, not the line before. */
function opensStatement({ kind, expected, rule }: Expectation): boolean {
  return kind === 'end' || rule === 'program' || rule === 'statement' || expected.includes('EOF');
}

const itemRules = new Set(['moduleItem', 'evaluateItem', 'rowItem', 'setting']);

function opensItem(expectation: Expectation): boolean {
  const { expected, rule } = expectation;
  return (
    opensStatement(expectation) ||
    itemRules.has(rule) ||
    expected.includes('RightBrace') ||
    expected.includes('Word_return')
  );
}

function after(previous: IToken | undefined, source: SourceFile): Span {
  const end = previous === undefined ? source.text.length : endOf(previous);
  return { file: source.path, start: end, end };
}

function shorten(image: string): string {
  return image.length > 40 ? `${image.slice(0, 39)}…` : image;
}

interface Special {
  readonly code: string;
  readonly message: string;
  readonly span?: Span;
  readonly help?: string;
  readonly suggestion?: string;
}

/** `1.` and `.5` */
function malformedNumber(
  previous: IToken | undefined,
  token: IToken | undefined,
  next: IToken | undefined,
  source: SourceFile,
): Special | undefined {
  if (token?.tokenType !== Dot) return undefined;
  const before = previous?.tokenType === Num && endOf(previous) === token.startOffset ? previous : undefined;
  const behind = next?.tokenType === Num && next.startOffset === endOf(token) ? next : undefined;
  if (before === undefined && behind === undefined) return undefined;
  const start = (before ?? token).startOffset;
  const end = endOf(behind ?? token);
  const written = source.text.slice(start, end);
  const span = { file: source.path, start, end };
  const message = `\`${written}\` is no number`;
  if (before?.image.includes('.') === true || behind?.image.includes('.') === true)
    return { code: 'CX1004', message, span, help: 'a number has one point' };
  const right = `${before?.image ?? '0'}.${behind?.image ?? '0'}`;
  return {
    code: 'CX1004',
    message,
    span,
    help: `a number has digits on both sides of its point: \`${right}\``,
    suggestion: right,
  };
}

/** A line that begins with a word that is no statement: `lost L = …`, `import x`. */
function unknownStatement(
  expectation: Expectation,
  previous: IToken | undefined,
  token: IToken | undefined,
  source: SourceFile,
): Special | undefined {
  if (token === undefined || !opensStatement(expectation) || !/^[\p{L}_]/u.test(token.image)) return undefined;
  if (!startsLine(source.text, previous, token) || hardWordTypes.has(token.image)) return undefined;
  const { image } = token;
  if (nounTypes.has(image)) {
    return {
      code: 'CX1015',
      message: `\`${image}\` at the start of a statement is followed by a name`,
      help: `write \`${image} name …\`; to use a value called \`${image}\`, give it a statement: \`let x = ${image}\``,
    };
  }
  const words = [...hardWordTypes.keys(), ...nounTypes.keys()].filter((word) => !notStatements.has(word));
  const suggestion = otherWords[image] ?? nearestName(image, words);
  return {
    code: 'CX1015',
    message: `\`${image}\` begins no statement`,
    help:
      suggestion === undefined
        ? 'every statement starts with a keyword; a calculation is written `let name = …`'
        : `did you mean \`${suggestion}\`?`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** `metric = 3` or `best = max m` in an evaluation: the word may stand there, what follows it may not. */
function halfItem(
  { kind, rule }: Expectation,
  token: IToken | undefined,
  next: IToken | undefined,
  source: SourceFile,
): Special | undefined {
  if (kind !== 'alternative' || rule !== 'evaluateItem' || token === undefined || next === undefined) return undefined;
  if (!/^[\p{L}_]/u.test(token.image) || hardWordTypes.has(token.image)) return undefined;
  const isMetric = token.image === 'metric';
  return {
    code: 'CX1001',
    message: `expected ${isMetric ? 'a name' : '`:`'} after \`${token.image}\`, found \`${shorten(next.image)}\``,
    span: { file: source.path, start: next.startOffset, end: endOf(next) },
    help: isMetric ? 'write `metric name = …`' : 'a field is written `name: value`, a metric `metric name = …`',
  };
}

const notStatements = new Set(['return', 'and', 'or', 'not', 'as', 'of', 'from', 'layer']);

function reservedWord({ kind, expected, rule }: Expectation, token: IToken | undefined): Special | undefined {
  if (token === undefined || !hardWordTypes.has(token.image)) return undefined;
  const wantsName = expected[0] === 'Word' && (kind !== 'alternative' || rule === 'pattern');
  if (!wantsName) return undefined;
  return {
    code: 'CX1011',
    message: `\`${token.image}\` is reserved and can not be a name`,
    help: 'choose another name',
  };
}

/** The way out, for the mistakes that people make. */
function helpFor(
  { kind, expected, rule }: Expectation,
  previous: IToken | undefined,
  token: IToken | undefined,
  piece: readonly IToken[],
  index: number,
): string | undefined {
  const image = token?.image;
  if (image === '=' && expected.includes('Colon')) return 'a field is written `name: value`';
  if (image === '=' && (rule === 'args' || rule === 'items')) {
    return 'an argument is labelled with `:`; equality is `==`';
  }
  if (image === ':' && rule === 'args') return 'a label is one word before `:`';
  if (image === ':' && rule === 'assignment') return 'here a value is set with `=`';
  if (image === 'step' || (previous?.image === 'step' && token?.tokenType === Num))
    return 'the step of a range is written `by`: `0..10 by 2`';
  if (rule === 'moduleItem' && image === 'module') return 'inside a module its parts are written `layer name = …`';
  if (rule === 'moduleItem' && (image === 'frozen' || image === 'trainable')) {
    return 'inside a module layers and params carry no flag: the flag of the instance governs';
  }
  if (rule === 'row' && (hardWordTypes.has(image ?? '') || nounTypes.has(image ?? ''))) {
    return 'declarations of a row stand in braces: `"name": { let x = … }`';
  }
  if (rule === 'body' && expected.includes('Word_return')) return 'a braced body ends with `return value`';
  if (image === '*' && previous?.image === '*') return 'a power is written `^`';
  if (image === '/' && previous?.image === '/') return 'a comment starts with `#`';
  if (image === 'if') return 'a choice is written `where(condition, a, b)`';
  if (opensStatement({ kind, expected, rule }) && followsPipe(piece, index)) {
    return 'after `|>` comes one call or name; put the pipeline in parentheses: `(x |> f) + 1`';
  }
  if (opensStatement({ kind, expected, rule }) && token?.tokenType === Num)
    return 'two values never stand side by side';
  return undefined;
}

/** Whether the value before `index` is the last step of a pipeline: `x |> f(1) + …`. */
function followsPipe(piece: readonly IToken[], index: number): boolean {
  let depth = 0;
  for (let at = index - 1; at >= 0; at--) {
    const image = piece[at]?.image;
    if (image === ')' || image === ']') depth += 1;
    else if (image === '(' || image === '[') depth -= 1;
    else if (depth === 0 && piece[at]?.tokenType === PipeInto) return true;
    else if (depth === 0 && image !== '.' && !/^[\p{L}_]/u.test(image ?? '')) return false;
    if (depth < 0) return false;
  }
  return false;
}
