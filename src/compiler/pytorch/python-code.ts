/** Python expressions with how tightly they bind, and statements laid out as the formatter `ruff format` would. */

/** How tightly an expression binds; the order of the language reference, 6.17. */
export const level = { or: 1, and: 2, not: 3, compare: 4, bitOr: 5, bitAnd: 7, sum: 9, product: 10, sign: 11, power: 12, atom: 14 } as const; // prettier-ignore

export interface Code {
  readonly text: string;
  readonly level: number;
  /** A number of Python, not a tensor. */
  readonly number?: number;
  /** One that only a run tells, as of `x.shape[0] / 2`, or a truth: no tensor either. */
  readonly plain?: true;
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
    ...(isPlain(left) && isPlain(right) ? { plain: true as const } : {}),
  };
}

const isPlain = ({ number, plain }: Code): boolean => number !== undefined || plain === true;

/** An expression that is no tensor whatever runs. */
export const plain = (code: Code): Code => ({ ...code, plain: true });

export const negative = (code: Code): Code => ({ text: `-${within(code, level.sign)}`, level: level.sign, ...(isPlain(code) ? { plain: true } : {}) }); // prettier-ignore
/** `~` of a truth of Python is a number. */
export const inverted = (code: Code): Code =>
  code.plain === true
    ? plain({ text: `not ${within(code, level.not)}`, level: level.not })
    : { text: `~${within(code, level.sign)}`, level: level.sign };

/** A method of a tensor; a number is made one before. */
export function method(receiver: Code, name: string, ...parts: readonly string[]): Code {
  const tensor = isPlain(receiver) ? `torch.tensor(${receiver.text})` : within(receiver, level.atom);
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

/** The parts of `a, f(b, c), [d]`: at commas that no bracket or text holds. */
function partsOf(inside: string): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (const { index, 0: sign } of inside.matchAll(/"(?:[^"\\]|\\.)*"|[()[\]{},]/g)) {
    if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign)) depth--;
    else if (sign === ',' && depth === 0) {
      parts.push(inside.slice(from, index).trim());
      from = index + 1;
    }
  }
  return [...parts, inside.slice(from).trim()];
}

/** `name = f(a, b)tail` and lists in it, over as many lines as it takes; other expressions stay on one. */
function spread(head: string, expression: string, tail: string, indent: string): string[] {
  const flat = `${indent}${head}${expression}${tail}`;
  // a method of the result stands behind the last bracket
  const [, made, method] = /^(.*[)\]])(\.\w+\([\w, -]*\))$/su.exec(expression) ?? [];
  if (widthOf(flat) > lineLength && made !== undefined && method !== undefined) {
    const lines = spread(head, made, `${method}${tail}`, indent);
    if (lines.length > 1) return lines;
  }
  const [, callee, open = '', inside = ''] =
    /^([\p{ID_Continue}.]*(?:\["[^"]*"\])*)([([])(.*)[)\]]$/su.exec(expression) ?? [];
  const parts = partsOf(inside);
  const isLambda = parts.some((part) => part.startsWith('lambda'));
  if (widthOf(flat) <= lineLength || callee === undefined || isLambda || !isClosed(inside)) return [flat];
  const inner = `${indent}    `;
  const [first, last] = [`${indent}${head}${callee}${open}`, `${indent}${open === '(' ? ')' : ']'}${tail}`];
  const together = `${inner}${parts.join(', ')}`;
  if (widthOf(together) <= lineLength) return [first, together, last];
  return [first, ...parts.flatMap((part) => spread('', part, ',', inner)), last];
}

/** No bracket ends in it that does not begin in it. */
function isClosed(inside: string): boolean {
  let depth = 0;
  for (const [sign] of inside.matchAll(/"(?:[^"\\]|\\.)*"|[()[\]{}]/g)) {
    if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign) && --depth < 0) return false;
  }
  return true;
}

/** A statement with a remark behind it, or above it where both are too long for one line. */
export function remarked(statement: string, remark: string, indent: string): string[] {
  const line = `${indent}${statement}`;
  const [head = '', expression = ''] = /^([\p{ID_Continue}.]+ = )(.*)$/su.exec(statement)?.slice(1) ?? [];
  const lines = head === '' ? [line] : spread(head, expression, '', indent);
  if (remark === '') return lines;
  return lines.length === 1 && widthOf(line) + remark.length + 4 <= lineLength ? [`${line}  # ${remark}`] : [`${indent}# ${remark}`, ...lines];
} // prettier-ignore

/** A docstring of several lines; the first says what it is. */
export function docstring(lines: readonly string[], indent: string): string[] {
  const safe = lines.map((line) => line.replaceAll('\\', '\\\\').replaceAll('"""', "'''").trimEnd());
  const [first = '', ...rest] = safe;
  const quoted = first.endsWith('"') ? `${first} ` : first;
  if (rest.length === 0) return [`${indent}"""${quoted}"""`];
  return [`${indent}"""${first}`, ...rest.map((line) => (line === '' ? '' : `${indent}${line}`)), `${indent}"""`];
}
