import type { IRecognitionException, IToken, TokenType } from 'chevrotain';
import type { ProgramCstNode, StatementCstNode } from '../../../grammar/cst-types.d.ts';
import { clipxParser } from '../../../grammar/parser.ts';
import * as t from '../../../grammar/tokens.ts';
import { startsLine, tooDeepAt } from './brackets.ts';

/** An error of the parser with the tokens it was given, or brackets nested too deeply. */
export type SyntaxFault =
  | { readonly kind: 'grammar'; readonly error: IRecognitionException; readonly tokens: readonly IToken[] }
  | { readonly kind: 'depth'; readonly token: IToken };

/** After this many faults the rest is not looked at: nobody reads further, and a hostile file must not take long. */
const faultLimit = 100;

/**
 * Recognises a balanced token list. When the file as a whole is faulty, each statement is tried apart, and in a faulty
 * block each of its items, so that every part answers for itself; the tree is then that of the parts that are right.
 */
export function recognise(
  tokens: readonly IToken[],
  text: string,
): { nodes: readonly StatementCstNode[]; faults: readonly SyntaxFault[] } {
  const whole = tooDeepAt(tokens) === undefined ? attempt(tokens) : undefined;
  if (whole?.node !== undefined) return { nodes: statementsOf(whole.node), faults: [] };

  const reader = new PieceReader(text);
  const kept = splitAtStatements(tokens, text).flatMap((piece) => reader.keep(piece, [], []));
  return { nodes: statementsOf(attempt(kept).node), faults: reader.faults };
}

function statementsOf(node: ProgramCstNode | undefined): readonly StatementCstNode[] {
  return node?.children.statement ?? [];
}

type Attempt =
  | { readonly node: ProgramCstNode; readonly error?: undefined }
  | { readonly node?: undefined; readonly error: IRecognitionException };

function attempt(tokens: readonly IToken[]): Attempt {
  const parser = clipxParser();
  parser.input = [...tokens];
  const node = parser.program() as ProgramCstNode;
  const [error] = parser.errors;
  return error === undefined ? { node } : { error };
}

/** The words whose statement holds a block of items that can be tried one by one. A row of `ablate` begins with a string. */
const blockWords: ReadonlySet<TokenType> = new Set([
  t.Stage, t.Module, t.Evaluate, t.Ablate, t.Train, t.Sweep, t.Vocabulary, t.Data, t.Encoder, t.Frozen, t.Trainable, t.Str,
]); // prettier-ignore

class PieceReader {
  readonly faults: SyntaxFault[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * The tokens of `piece` that are right where they stand, between `before` and `after`; faults are noted and what is around
   * them is left out.
   */
  keep(piece: readonly IToken[], before: readonly IToken[], after: readonly IToken[]): readonly IToken[] {
    const kept: IToken[] = [];
    let rest = piece;
    while (rest.length > 0 && this.faults.length < faultLimit) {
      const deep = tooDeepAt(rest);
      if (deep !== undefined) {
        this.faults.push({ kind: 'depth', token: deep });
        break;
      }
      const tokens = [...before, ...rest, ...after];
      const { error } = attempt(tokens);
      if (error === undefined) {
        kept.push(...rest);
        break;
      }
      const index = tokens.indexOf(error.token);
      const at = index === -1 ? rest.length : index - before.length;
      const inBlock = this.#keepInBlock(rest, at, before, after);
      if (inBlock !== undefined) {
        kept.push(...inBlock);
        break;
      }
      // The fault lies in the statement itself. What stood complete before it is kept, and what starts a line after it is tried.
      this.faults.push({ kind: 'grammar', error, tokens });
      const complete = rest.slice(0, Math.max(0, at));
      if (attempt([...before, ...complete, ...after]).error === undefined) kept.push(...complete);
      rest = fromNextLine(rest, at + 1, this.#text);
    }
    return kept;
  }

  /** Looks for the fault among the items of the block around it; undefined when it lies in none. */
  #keepInBlock(
    piece: readonly IToken[],
    at: number,
    before: readonly IToken[],
    after: readonly IToken[],
  ): readonly IToken[] | undefined {
    const block = blockAround(piece, at);
    if (block === undefined || !blockWords.has(piece[0]?.tokenType ?? t.Name)) return undefined;
    const head = piece.slice(0, block.open + 1);
    const tail = piece.slice(block.close);
    const known = this.faults.length;
    const items = splitAtItems(piece.slice(block.open + 1, block.close), this.#text);
    const kept = items.flatMap((item) => this.keep(item, [...before, ...head], [...tail, ...after]));
    // The block as a whole is at fault, not one of its items.
    if (this.faults.length === known) return undefined;
    const rest = [...head, ...kept, ...tail];
    return attempt([...before, ...rest, ...after]).error === undefined ? rest : [];
  }
}

const openers = new Set([t.LeftBrace, t.LeftParenthesis, t.LeftBracket]);
const closers = new Set([t.RightBrace, t.RightParenthesis, t.RightBracket]);

/** The outermost braces of the piece with token number `at` between them. */
function blockAround(piece: readonly IToken[], at: number): { open: number; close: number } | undefined {
  let depth = 0;
  let open = -1;
  for (const [index, token] of piece.entries()) {
    if (openers.has(token.tokenType)) {
      if (depth === 0) open = index;
      depth += 1;
    } else if (closers.has(token.tokenType)) {
      depth -= 1;
      if (depth > 0 || index < at) continue;
      return open < at && token.tokenType === t.RightBrace ? { open, close: index } : undefined;
    }
  }
  return undefined;
}

function columnOf(token: IToken, text: string): number {
  return token.startOffset - (text.lastIndexOf('\n', token.startOffset - 1) + 1);
}

/** Cuts the inside of a block where a line starts in the column of the first item. */
function splitAtItems(inner: readonly IToken[], text: string): IToken[][] {
  const first = inner[0];
  const column = first === undefined ? 0 : columnOf(first, text);
  return cut(inner, (index) => {
    const token = inner[index];
    return token !== undefined && startsLine(text, inner[index - 1], token) && columnOf(token, text) === column;
  });
}

/**
 * Cuts a balanced token list at the words that begin a top-level statement. A noun (`loss`, `data`, …) counts only at the
 * start of a line: in the middle it may be a name.
 */
function splitAtStatements(tokens: readonly IToken[], text: string): IToken[][] {
  return cut(tokens, (index) => {
    const token = tokens[index];
    const previous = tokens[index - 1];
    if (token === undefined || !t.statementWords.has(token.tokenType)) return false;
    if (previous?.tokenType === t.Dot || tokens[index + 1]?.tokenType === t.Colon) return false;
    // `frozen encoder`: the flag has begun the statement.
    if (previous?.tokenType === t.Frozen || previous?.tokenType === t.Trainable) return false;
    if (startsLine(text, previous, token)) return true;
    // Two reserved words in a row are one statement: `let evaluate = 1`, and so are those of a list: `remove minimize, evaluate`.
    if (previous?.tokenType === t.Comma) return false;
    return t.hardWordTypes.has(token.image) && !t.hardWordTypes.has(previous?.image ?? '');
  });
}

/** Cuts outside all brackets, before each token that `isStart` names. */
function cut(tokens: readonly IToken[], isStart: (index: number) => boolean): IToken[][] {
  const pieces: IToken[][] = [];
  let piece: IToken[] = [];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (depth === 0 && piece.length > 0 && isStart(index)) {
      pieces.push(piece);
      piece = [];
    }
    if (openers.has(token.tokenType)) depth += 1;
    else if (closers.has(token.tokenType)) depth -= 1;
    piece.push(token);
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}

/** What follows the fault from the first line that starts no further in than the piece itself, outside all brackets. */
function fromNextLine(piece: readonly IToken[], from: number, text: string): readonly IToken[] {
  const first = piece[0];
  if (first === undefined) return [];
  const column = columnOf(first, text);
  let depth = 0;
  for (const [index, token] of piece.entries()) {
    if (depth === 0 && index >= from && startsLine(text, piece[index - 1], token) && columnOf(token, text) <= column) {
      if (/^[\p{L}_"]/u.test(token.image)) return piece.slice(index);
    }
    if (openers.has(token.tokenType)) depth += 1;
    else if (closers.has(token.tokenType)) depth -= 1;
  }
  return [];
}
