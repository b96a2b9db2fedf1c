/**
 * The tokens of `.clipx`, edition 1.
 *
 * Every word is lexed as one `Name` and retyped from `wordTypes` afterwards (`lexer.ts`): that keeps the lexer to one
 * word matcher and makes "reserved", "a statement's first word" and "special in its place only" three lists to read.
 */
import { createToken, Lexer, type TokenType } from 'chevrotain';

// ── categories: what a rule may ask for ──────────────────────────────

/** Any word at all: after `.`, before `:`. */
export const AnyWord = createToken({ name: 'AnyWord', pattern: Lexer.NA });
/** A word that can be declared and referred to. */
export const Word = createToken({ name: 'Word', pattern: Lexer.NA, categories: AnyWord });
export const BinaryOperator = createToken({ name: 'BinaryOperator', pattern: Lexer.NA });

// ── words ────────────────────────────────────────────────────────────

/**
 * XID_Start or `_`, then XID_Continue or a subscript digit. Sticky regular expressions lose the `u` flag inside
 * chevrotain, hence a matcher function and a list of characters that can start a name.
 */
const namePattern = /[\p{XID_Start}_][\p{XID_Continue}\u2080-\u2089]*/uy;

function matchName(text: string, offset: number): RegExpExecArray | null {
  namePattern.lastIndex = offset;
  return namePattern.exec(text);
}

/** Chevrotain sorts first characters past 255 into buckets of 255: one code of each bucket stands for all. */
const nameStarts: number[] = [];
for (let code = 0; code < 256; code++) {
  if (/[\p{XID_Start}_]/u.test(String.fromCharCode(code))) nameStarts.push(code);
}
for (let code = 256; code <= 0xffff; code += 255) nameStarts.push(code);
nameStarts.push(0xffff);

export const Name = createToken({
  name: 'Name',
  pattern: { exec: matchName },
  start_chars_hint: nameStarts,
  line_breaks: false,
  categories: Word,
});

function word(text: string, categories: TokenType | TokenType[]): TokenType {
  return createToken({ name: `Word_${text}`, label: `\`${text}\``, pattern: Lexer.NA, categories });
}

// Hard words: reserved everywhere but after `.` and before `:`.
export const Clipx = word('clipx', AnyWord);
export const Experiment = word('experiment', AnyWord);
export const Use = word('use', AnyWord);
export const Extends = word('extends', AnyWord);
export const Remove = word('remove', AnyWord);
export const SetWord = word('set', AnyWord);
export const Const = word('const', AnyWord);
export const Frozen = word('frozen', AnyWord);
export const Trainable = word('trainable', AnyWord);
export const Fn = word('fn', AnyWord);
export const Let = word('let', AnyWord);
export const Return = word('return', AnyWord);
export const Minimize = word('minimize', AnyWord);
export const Maximize = word('maximize', AnyWord);
export const Evaluate = word('evaluate', AnyWord);
export const Ablate = word('ablate', AnyWord);
export const Sweep = word('sweep', AnyWord);
export const Seeds = word('seeds', AnyWord);
export const Expect = word('expect', AnyWord);
export const Augment = word('augment', AnyWord);
export const Wrap = word('wrap', AnyWord);
export const And = word('and', [AnyWord, BinaryOperator]);
export const Or = word('or', [AnyWord, BinaryOperator]);
export const Not = word('not', AnyWord);
export const As = word('as', AnyWord);
export const Of = word('of', AnyWord);
export const From = word('from', AnyWord);

// Nouns: a statement's first word, a plain name everywhere else.
export const Axis = word('axis', Word);
export const Input = word('input', Word);
export const Data = word('data', Word);
export const Vocabulary = word('vocabulary', Word);
export const Tokenizer = word('tokenizer', Word);
export const Prompt = word('prompt', Word);
export const Pipe = word('pipe', Word);
export const Encoder = word('encoder', Word);
export const Module = word('module', Word);
export const Layer = word('layer', Word);
export const Param = word('param', Word);
export const Loss = word('loss', Word);
export const Weight = word('weight', Word);
export const Train = word('train', Word);
export const Stage = word('stage', Word);
export const Figure = word('figure', Word);
export const Metric = word('metric', Word);

// Soft words: special in their place only.
export const Over = word('over', Word);
export const On = word('on', Word);
export const At = word('at', Word);
export const In = word('in', Word);
export const With = word('with', Word);
export const For = word('for', Word);
export const Within = word('within', Word);
export const After = word('after', Word);
export const Like = word('like', Word);
export const Each = word('each', Word);
export const Optional = word('optional', Word);
export const Keep = word('keep', Word);
export const Max = word('max', Word);
export const Min = word('min', Word);
export const First = word('first', Word);
export const Unfold = word('unfold', Word);
export const Unknown = word('unknown', Word);
export const By = word('by', Word);
/** `epoch`, `deg`, …: a unit after a number, else a name. */
export const UnitWord = createToken({ name: 'UnitWord', pattern: Lexer.NA, categories: Word });

/** The units that are words; `%` is the one that is not. */
export const unitWords = [
  'epoch', 'epochs', 'step', 'steps', 'ms', 's', 'kHz', 'Hz', 'px', 'deg', 'rad', 'dB', 'MiB', 'GiB', 'm',
] as const; // prettier-ignore

const hardWords = [
  Clipx, Experiment, Use, Extends, Remove, SetWord, Const, Frozen, Trainable, Fn, Let, Return, Minimize, Maximize,
  Evaluate, Ablate, Sweep, Seeds, Expect, Augment, Wrap, And, Or, Not, As, Of, From,
]; // prettier-ignore
const nouns = [
  Axis, Input, Data, Vocabulary, Tokenizer, Prompt, Pipe, Encoder, Module, Layer, Param, Loss, Weight, Train, Stage,
  Figure, Metric,
]; // prettier-ignore
const softWords = [
  Over, On, At, In, With, For, Within, After, Like, Each, Optional, Keep, Max, Min, First, Unfold, Unknown, By,
]; // prettier-ignore

function textOf(type: TokenType): string {
  return type.name.slice('Word_'.length);
}

export const hardWordTypes: ReadonlyMap<string, TokenType> = new Map(hardWords.map((type) => [textOf(type), type]));
export const nounTypes: ReadonlyMap<string, TokenType> = new Map(nouns.map((type) => [textOf(type), type]));
/** What a word is retyped to; a word that is not in here stays a `Name`. */
export const wordTypes: ReadonlyMap<string, TokenType> = new Map([
  ...hardWordTypes,
  ...nounTypes,
  ...softWords.map((type) => [textOf(type), type] as const),
  ...unitWords.map((text) => [text, UnitWord] as const),
]);

/** The words that begin a statement and nothing else; they tell where the next statement starts after an error. */
export const statementWords: ReadonlySet<TokenType> = new Set([
  ...hardWords.filter((type) => ![Return, And, Or, Not, As, Of, From].includes(type)),
  ...nouns.filter((type) => type !== Layer),
]);

// ── literals ─────────────────────────────────────────────────────────

/** Digits on both sides of the point, so that `1..3` is a range. */
export const Num = createToken({ name: 'Num', pattern: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/ });
export const Str = createToken({ name: 'Str', pattern: /"(?:[^"\\\n\r]|\\[^\n\r])*"/, line_breaks: false });
/** A string without its closing quote: a token of its own, so that one error is one error. */
export const BadStr = createToken({
  name: 'BadStr',
  pattern: /"(?:[^"\\\n\r]|\\[^\n\r])*\\?/,
  line_breaks: false,
  categories: Str,
});

// ── punctuation ──────────────────────────────────────────────────────

function symbol(name: string, pattern: string, categories: TokenType[] = []): TokenType {
  return createToken({ name, label: `\`${pattern}\``, pattern, categories });
}

export const LeftBrace = symbol('LeftBrace', '{');
export const RightBrace = symbol('RightBrace', '}');
export const LeftParenthesis = symbol('LeftParenthesis', '(');
export const RightParenthesis = symbol('RightParenthesis', ')');
export const LeftBracket = symbol('LeftBracket', '[');
export const RightBracket = symbol('RightBracket', ']');
export const Comma = symbol('Comma', ',');
export const Colon = symbol('Colon', ':');
export const Arrow = symbol('Arrow', '->');
export const PipeInto = symbol('PipeInto', '|>');
export const DotDot = symbol('DotDot', '..');
export const Dot = symbol('Dot', '.');
export const EqualEqual = symbol('EqualEqual', '==', [BinaryOperator]);
export const NotEqual = symbol('NotEqual', '!=', [BinaryOperator]);
export const LessEqual = symbol('LessEqual', '<=', [BinaryOperator]);
export const GreaterEqual = symbol('GreaterEqual', '>=', [BinaryOperator]);
export const Less = symbol('Less', '<', [BinaryOperator]);
export const Greater = symbol('Greater', '>', [BinaryOperator]);
export const Tilde = symbol('Tilde', '~', [BinaryOperator]);
export const Equals = symbol('Equals', '=');
export const Plus = symbol('Plus', '+', [BinaryOperator]);
export const Minus = symbol('Minus', '-', [BinaryOperator]);
export const Star = symbol('Star', '*', [BinaryOperator]);
export const Slash = symbol('Slash', '/', [BinaryOperator]);
export const Caret = symbol('Caret', '^', [BinaryOperator]);
export const Percent = symbol('Percent', '%');

// ── what the parser never sees ───────────────────────────────────────

export const Blank = createToken({ name: 'Blank', pattern: /[ \t\r\n]+/, group: Lexer.SKIPPED, line_breaks: true });
export const Comment = createToken({ name: 'Comment', pattern: /#[^\n\r]*/, group: 'comments', line_breaks: false });

/** What the lexer tries, in this order: a longer symbol before its prefix. */
export const lexerTokens: TokenType[] = [
  Blank, Comment, Name, Num, Str, BadStr,
  LeftBrace, RightBrace, LeftParenthesis, RightParenthesis, LeftBracket, RightBracket, Comma, Colon,
  Arrow, PipeInto, DotDot, Dot, EqualEqual, NotEqual, LessEqual, GreaterEqual, Less, Greater, Tilde, Equals,
  Plus, Minus, Star, Slash, Caret, Percent,
]; // prettier-ignore

/** Everything a rule can mention: what is lexed, what words are retyped to, and the categories. */
export const parserTokens: TokenType[] = [
  ...lexerTokens, ...hardWords, ...nouns, ...softWords, UnitWord, AnyWord, Word, BinaryOperator,
]; // prettier-ignore
