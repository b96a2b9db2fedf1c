import type { IToken, TokenType } from 'chevrotain';
import * as t from '../../../grammar/tokens.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { SourceFile } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';

/** Deeper brackets would overflow the parser's stack long before they meant anything. */
const depthLimit = 64;

const closerOf: ReadonlyMap<TokenType, TokenType> = new Map([
  [t.LeftBrace, t.RightBrace],
  [t.LeftParenthesis, t.RightParenthesis],
  [t.LeftBracket, t.RightBracket],
]);
const closers: ReadonlySet<TokenType> = new Set(closerOf.values());
const imageOf: ReadonlyMap<TokenType, string> = new Map([
  [t.RightBrace, '}'],
  [t.RightParenthesis, ')'],
  [t.RightBracket, ']'],
]);

interface Opener {
  readonly token: IToken;
  readonly closer: TokenType;
  /** Column of the first token of the opener's line. */
  readonly indent: number;
  /** Nothing follows the opener on its line: what it holds is indented. */
  readonly endsLine: boolean;
}

export interface Balanced {
  readonly tokens: IToken[];
  readonly faults: readonly Diagnostic[];
}

/** Offset behind a token; where it starts, for a closer that `balanceBrackets` added. */
export function endOf(token: IToken): number {
  return (token.endOffset ?? token.startOffset - 1) + 1;
}

/** Whether a line break lies between two neighbours. */
export function startsLine(text: string, previous: IToken | undefined, token: IToken): boolean {
  return previous === undefined || text.slice(endOf(previous), token.startOffset).includes('\n');
}

/**
 * Makes the brackets of a token list match: a missing closer is added where indentation says the block ended, a closer
 * without an opener is dropped. One missing `}` is then one error, not one at every later statement.
 */
export function balanceBrackets(tokens: readonly IToken[], source: SourceFile): Balanced {
  const plain = repair(tokens, source, false);
  if (plain.faults.length === 0) return plain;
  // A file that is not indented at all is better served without looking at columns.
  const indented = repair(tokens, source, true);
  return indented.faults.length <= plain.faults.length ? indented : plain;
}

function repair(tokens: readonly IToken[], source: SourceFile, byIndentation: boolean): Balanced {
  const { text, path } = source;
  const result: IToken[] = [];
  const faults: Diagnostic[] = [];
  const open: Opener[] = [];
  let indent = 0;

  function close(before: IToken | undefined): void {
    const opener = open.pop();
    if (opener === undefined) return;
    const previous = result.at(-1) ?? opener.token;
    const image = imageOf.get(opener.closer) ?? '';
    result.push({
      image,
      startOffset: endOf(previous),
      endOffset: endOf(previous) - 1,
      tokenType: opener.closer,
      tokenTypeIdx: opener.closer.tokenTypeIdx ?? 0,
    });
    faults.push(neverClosed(path, opener, image, previous, before));
  }

  for (const [index, token] of tokens.entries()) {
    const previous = tokens[index - 1];
    const isFirst = startsLine(text, previous, token);
    const column = isFirst ? token.startOffset - (text.lastIndexOf('\n', token.startOffset - 1) + 1) : -1;
    if (isFirst) indent = column;
    const isCloser = closers.has(token.tokenType);

    if (byIndentation && isFirst) {
      if (token.tokenType === t.RightBrace) {
        // This brace stands further left than the line that opened the block: it belongs to an outer one.
        while (closesOuter(open, column)) close(token);
      } else if (!isCloser) {
        while (endsBlock(open.at(-1), token, column)) close(token);
      }
    }

    const closer = closerOf.get(token.tokenType);
    if (closer !== undefined) {
      const next = tokens[index + 1];
      open.push({ token, closer, indent, endsLine: next === undefined || startsLine(text, token, next) });
    } else if (isCloser) {
      if (open.at(-1)?.closer === token.tokenType) {
        open.pop();
        result.push(token);
        continue;
      }
      const partner = open.findLastIndex((opener) => opener.closer === token.tokenType);
      // `)` and `]` do not reach across a block.
      const crosses =
        token.tokenType !== t.RightBrace && open.findLastIndex((o) => o.closer === t.RightBrace) > partner;
      if (partner === -1 || crosses) {
        faults.push(nothingToClose(path, token));
        continue;
      }
      while (open.length - 1 > partner) close(token);
      open.pop();
    }
    result.push(token);
  }
  const told = faults.length;
  while (open.length > 0) close(undefined);
  // of a heap of brackets at the end of the file the outermost say enough
  if (faults.length - told > tellAtMost) faults.splice(told, faults.length - told - tellAtMost);
  return { tokens: result, faults };
}

/** Brackets that are all closed by the end of the file. */
const tellAtMost = 3;

function endsBlock(opener: Opener | undefined, token: IToken, column: number): boolean {
  if (opener === undefined || column > opener.indent) return false;
  return t.statementWords.has(token.tokenType) || (opener.closer === t.RightBrace && opener.endsLine);
}

function closesOuter(open: readonly Opener[], column: number): boolean {
  const top = open.at(-1);
  if (top === undefined || top.indent <= column) return false;
  return open.some((opener) => opener.closer === t.RightBrace && opener.indent === column);
}

function neverClosed(
  path: string,
  opener: Opener,
  closer: string,
  previous: IToken,
  before: IToken | undefined,
): Diagnostic {
  const at = endOf(previous);
  const missed: Span =
    before === undefined
      ? { file: path, start: at, end: at }
      : { file: path, start: before.startOffset, end: endOf(before) };
  const isBlock = closer === '}';
  return {
    code: 'CX1006',
    severity: 'error',
    fault: 'user',
    message: `\`${opener.token.image}\` is never closed`,
    span: { file: path, start: opener.token.startOffset, end: endOf(opener.token) },
    label: 'opened here',
    related: [
      {
        span: missed,
        label: before === undefined ? `the file ends without \`${closer}\`` : `\`${closer}\` is missing before this`,
      },
    ],
    expected: `\`${closer}\``,
    found: before === undefined ? 'the end of the file' : `\`${before.image}\``,
    help: isBlock
      ? 'close the block with `}`'
      : `add \`${closer}\`${previous.image === closer ? '' : ` after \`${previous.image}\``}`,
    fix: {
      span: { file: path, start: at, end: at },
      replacement: isBlock ? `\n${' '.repeat(opener.indent)}}` : closer,
      title: `add \`${closer}\``,
    },
  };
}

function nothingToClose(path: string, token: IToken): Diagnostic {
  const span = { file: path, start: token.startOffset, end: endOf(token) };
  return {
    code: 'CX1007',
    severity: 'error',
    fault: 'user',
    message: `\`${token.image}\` closes nothing`,
    span,
    found: `\`${token.image}\``,
    help: 'remove it, or add the bracket that opens what it should close',
    fix: { span, replacement: '', title: `remove \`${token.image}\`` },
  };
}

/** The first token of a balanced list that nests deeper than `depthLimit`. A run of `from` nests like brackets. */
export function tooDeepAt(tokens: readonly IToken[]): IToken | undefined {
  let depth = 0;
  let run = 0;
  for (const token of tokens) {
    if (closerOf.has(token.tokenType)) depth += 1;
    else if (closers.has(token.tokenType)) depth -= 1;
    run = token.tokenType === t.From ? run + 1 : 0;
    if (depth + run > depthLimit) return token;
  }
  return undefined;
}

export function tooDeep(path: string, token: IToken): Diagnostic {
  return {
    code: 'CX1009',
    severity: 'error',
    fault: 'user',
    message: `this nests more than ${depthLimit} deep`,
    span: { file: path, start: token.startOffset, end: endOf(token) },
    expected: `at most ${depthLimit} brackets inside each other`,
    help: 'name the inner parts with `let`, or write a `fn`',
  };
}
