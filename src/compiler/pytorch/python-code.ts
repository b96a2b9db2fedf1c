/** Python expressions with how tightly they bind, and statements laid out as the formatter `ruff format` would. */

/** How tightly an expression binds; the order of the language reference, 6.17. */
export const level = { or: 1, and: 2, not: 3, compare: 4, bitOr: 5, bitAnd: 7, sum: 9, product: 10, sign: 11, power: 12, atom: 14 } as const; // prettier-ignore

export interface Code {
  readonly text: string;
  readonly level: number;
  /** A number of Python, not a tensor. */
  readonly number?: number;
}

/** Columns of a line. */
export const lineLength = 120;

/** Characters of a line. */
export const widthOf = (line: string): number => Array.from(line).length;

export const atom = (text: string): Code => ({ text, level: level.atom });

/** A number as Python writes it: `1.0`, `1e-06`. Negative ones bind as a sign. */
export function numeral(value: number, whole = false): Code {
  const text = whole ? String(value) : floatText(value);
  return { text, level: value < 0 ? level.sign : level.atom, number: value };
}

function floatText(value: number): string {
  if (value === Infinity || value === -Infinity) return `float("${value > 0 ? '' : '-'}inf")`;
  const text = String(value);
  if (/[.e]/.test(text)) return text.replace('e+', 'e');
  return `${text}.0`;
}

/** The expression, in parentheses where it binds less tightly than its place asks. */
export const within = (code: Code, least: number): string => (code.level < least ? `(${code.text})` : code.text);

const operators = {
  '+': level.sum, '-': level.sum, '*': level.product, '/': level.product, '@': level.product, '//': level.product,
  '&': level.bitAnd, '|': level.bitOr, '==': level.compare, '!=': level.compare, '<': level.compare, '<=': level.compare,
  '>': level.compare, '>=': level.compare,
} as const; // prettier-ignore

export type Operator = keyof typeof operators;

/** A whole number beside a tensor is written without a fraction. */
const short = (code: Code): Code =>
  code.number !== undefined && Number.isInteger(code.number) && Math.abs(code.number) < 1e15 ? { ...code, text: String(code.number) } : code; // prettier-ignore

/** All of these associate to the left; comparisons do not nest. */
export function binary(operator: Operator, first: Code, second: Code): Code {
  const own = operators[operator];
  const [left, right] = [short(first), short(second)];
  const isComparison = own === level.compare;
  return {
    text: `${within(left, isComparison ? own + 1 : own)} ${operator} ${within(right, own + 1)}`,
    level: own,
  };
}

export const negative = (code: Code): Code => ({ text: `-${within(code, level.sign)}`, level: level.sign });
export const inverted = (code: Code): Code => ({ text: `~${within(code, level.sign)}`, level: level.sign });

export const call = (name: string, ...parts: readonly string[]): Code => atom(`${name}(${parts.join(', ')})`);

/** A method of a tensor; a number is made one before. */
export function method(receiver: Code, name: string, ...parts: readonly string[]): Code {
  const tensor = receiver.number === undefined ? within(receiver, level.atom) : `torch.tensor(${receiver.text})`;
  return atom(`${tensor}.${name}(${parts.join(', ')})`);
}

/** `(0, 2)`, `(1,)`, or the bare number of one. */
export const dims = (positions: readonly number[]): string =>
  positions.length === 1 ? String(positions[0]) : `(${positions.join(', ')})`;

/** `"…"` */
export const text = (value: string): string => JSON.stringify(value);

/** `head(a, b)tail` on one line, or an item a line where it would be too long. */
export function listed(head: string, items: readonly string[], tail: string, indent: string): string[] {
  const flat = `${indent}${head}${items.join(', ')}${tail}`;
  if (widthOf(flat) <= lineLength || items.length === 0) return [flat];
  return [`${indent}${head}`, ...items.map((item) => `${indent}    ${item},`), `${indent}${tail}`];
}

/** A statement with a remark behind it, or above it where both are too long for one line. */
export function remarked(statement: string, remark: string, indent: string): string[] {
  const line = `${indent}${statement}`;
  if (remark === '') return [line];
  return widthOf(line) + remark.length + 4 <= lineLength ? [`${line}  # ${remark}`] : [`${indent}# ${remark}`, line];
}

/** A docstring of several lines; the first says what it is. */
export function docstring(lines: readonly string[], indent: string): string[] {
  const safe = lines.map((line) => line.replaceAll('\\', '\\\\').replaceAll('"""', "'''").trimEnd());
  const [first = '', ...rest] = safe;
  const quoted = first.endsWith('"') ? `${first} ` : first;
  if (rest.length === 0) return [`${indent}"""${quoted}"""`];
  return [`${indent}"""${first}`, ...rest.map((line) => (line === '' ? '' : `${indent}${line}`)), `${indent}"""`];
}
