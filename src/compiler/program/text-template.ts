/**
 * Texts that are put together: of words, of numbers that are written out, and of what one sample holds. Plain data, so that the
 * compiler renders constant ones and the runtime those of samples by the same few rules.
 */
import { unreachable } from '../common/invariant.ts';

/** A template over vocabularies and, where an expression reads a column, over samples. */
export interface TextTemplate {
  /** One a template. */
  readonly templates: readonly (readonly TextPart[])[];
  /** Vocabularies that the texts are over: the texts are in row-major order of [template, ...over]. */
  readonly over: readonly string[];
  /** Whether the file gives a list of templates, which is then an axis of its own. */
  readonly listed: boolean;
  /** How many positions of a text tower each slot of vectors takes. */
  readonly vectors: readonly number[];
}

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: TextExpression }
  /** Learned or computed vectors stand here: the slot's number. */
  | { readonly kind: 'vectors'; readonly slot: number };

export type TextExpression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  /** The number or text of the sample. */
  | { readonly kind: 'column'; readonly column: string }
  /** Words of the labels that hold, joined by commas. */
  | { readonly kind: 'labels'; readonly column: string; readonly vocabulary: string }
  /** The number of the entry of the vocabulary `over[axis]`. */
  | { readonly kind: 'entry'; readonly axis: number }
  /** The words of an entry, or what a further column says of it. */
  | { readonly kind: 'words'; readonly vocabulary: string; readonly column?: string; readonly at: TextExpression }
  | { readonly kind: 'one'; readonly op: TextUnary; readonly of: TextExpression }
  | { readonly kind: 'two'; readonly op: TextBinary; readonly left: TextExpression; readonly right: TextExpression }
  | { readonly kind: 'where'; readonly condition: TextExpression; readonly holds: TextExpression; readonly otherwise: TextExpression }; // prettier-ignore

const unary = {
  neg: (x) => -x, abs: Math.abs, sign: Math.sign, floor: Math.floor, ceil: Math.ceil, round: roundHalfEven, sqrt: Math.sqrt,
  exp: Math.exp, log: Math.log, sin: Math.sin, cos: Math.cos, acos: Math.acos, not: (x) => Number(x === 0),
} as const satisfies Record<string, (x: number) => number>; // prettier-ignore

const binary = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, pow: (a, b) => a ** b,
  max: Math.max, min: Math.min, atan2: Math.atan2, eq: (a, b) => Number(a === b), ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b), le: (a, b) => Number(a <= b), gt: (a, b) => Number(a > b), ge: (a, b) => Number(a >= b),
  and: (a, b) => Number(a !== 0 && b !== 0), or: (a, b) => Number(a !== 0 || b !== 0),
} as const satisfies Record<string, (a: number, b: number) => number>; // prettier-ignore

export type TextUnary = keyof typeof unary;
export type TextBinary = keyof typeof binary;

export const isTextUnary = (op: string): op is TextUnary => op in unary;
export const isTextBinary = (op: string): op is TextBinary => op in binary;

/** Where the values of a text come from. */
export interface TextEnvironment {
  readonly column: (name: string) => number | string;
  /** Words of the labels that hold. */
  readonly labels: (column: string, vocabulary: string) => readonly string[];
  /** The number of the entry along `over[axis]`. */
  readonly entry: (axis: number) => number;
  readonly words: (vocabulary: string, column: string | undefined, at: number) => number | string;
}

/**
 * Marks the place of a slot of vectors in a rendered text: a character of the private use area, which no tokenizer knows and the
 * tokenizer's caller takes out before.
 */
export const vectorMark = (slot: number): string => String.fromCodePoint(0xe000 + slot);

/** The text with its slots of vectors as a person would write them. */
export function readableText(text: string): string {
  return text.replace(/[\ue000-\uf8ff]/gu, (mark) => `{vectors ${(mark.codePointAt(0) ?? 0) - 0xe000 + 1}}`);
}

function renderText(parts: readonly TextPart[], environment: TextEnvironment): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'vectors') return vectorMark(part.slot);
      return written(evaluateText(part.value, environment));
    })
    .join('');
}

/** A whole number without a point, others with at most six digits. */
function written(value: number | string): string {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? String(value + 0) : String(Number(value.toPrecision(6)));
}

function evaluateText(expression: TextExpression, environment: TextEnvironment): number | string {
  const number = (of: TextExpression): number => Number(evaluateText(of, environment));
  switch (expression.kind) {
    case 'number':
    case 'text':
      return expression.value;
    case 'column':
      return environment.column(expression.column);
    case 'labels':
      return environment.labels(expression.column, expression.vocabulary).join(', ');
    case 'entry':
      return environment.entry(expression.axis);
    case 'words':
      return environment.words(expression.vocabulary, expression.column, number(expression.at));
    case 'one':
      return unary[expression.op](number(expression.of));
    case 'two':
      return binary[expression.op](number(expression.left), number(expression.right));
    case 'where':
      return evaluateText(number(expression.condition) === 0 ? expression.otherwise : expression.holds, environment);
    default:
      return unreachable(expression);
  }
}

type Templates = Pick<TextTemplate, 'templates'>;

/** Columns that the texts are put together of, each once. */
export const columnsOfTemplate = (template: Templates): string[] =>
  namesIn(template, (part) => (part.kind === 'column' || part.kind === 'labels' ? part.column : undefined));

/** Vocabularies whose words they hold, each once. */
export const vocabulariesOfTemplate = (template: Templates): string[] =>
  namesIn(template, (part) => (part.kind === 'words' || part.kind === 'labels' ? part.vocabulary : undefined));

function namesIn({ templates }: Templates, name: (expression: TextExpression) => string | undefined): string[] {
  const found = new Set<string>();
  const look = (expression: TextExpression): void => {
    const own = name(expression);
    if (own !== undefined) found.add(own);
    if (expression.kind === 'words') look(expression.at);
    else if (expression.kind === 'one') look(expression.of);
    else if (expression.kind === 'two') [expression.left, expression.right].forEach(look);
    else if (expression.kind === 'where') [expression.condition, expression.holds, expression.otherwise].forEach(look);
  };
  for (const parts of templates) for (const part of parts) if (part.kind === 'value') look(part.value);
  return [...found];
}

/** Texts of a template in row-major order of [template, ...over]; `counts` are the entries of each vocabulary. */
export function renderTemplate(
  { templates }: Pick<TextTemplate, 'templates'>,
  counts: readonly number[],
  environment: Omit<TextEnvironment, 'entry'>,
): string[] {
  let rows: number[][] = [[]];
  for (const count of counts)
    rows = rows.flatMap((row) => Array.from({ length: count }, (_, index) => [...row, index]));
  return templates.flatMap((parts) =>
    rows.map((row) => renderText(parts, { ...environment, entry: (axis) => row[axis] ?? 0 })),
  );
}

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return Math.round(x);
}
