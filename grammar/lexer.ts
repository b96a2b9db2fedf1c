import { Lexer, tokenMatcher, type ILexingError, type IToken, type TokenType } from 'chevrotain';
import { AnyWord, LeftBrace, lexerTokens, Name, nounTypes, Train, wordTypes } from './tokens.ts';

export interface LexerResult {
  /** Without blanks and comments, words retyped. */
  readonly tokens: IToken[];
  readonly comments: IToken[];
  /** Characters that begin no token. */
  readonly errors: readonly ILexingError[];
}

let lexer: Lexer | undefined;

/** Cuts text (NFC, without byte order mark) into tokens. Offsets are UTF-16 and count in that text. */
export function tokenize(text: string): LexerResult {
  lexer ??= new Lexer(lexerTokens, { positionTracking: 'onlyOffset', skipValidations: true });
  const { tokens, groups, errors } = lexer.tokenize(text);
  retypeWords(tokens);
  return { tokens, comments: groups['comments'] ?? [], errors };
}

/**
 * A word becomes what `wordTypes` says. A noun begins a statement only where a word follows it (`loss L = …`) or, for
 * `train`, a brace; elsewhere it is a name, so that `data train = …` and `over: layer` are what they look like.
 */
function retypeWords(tokens: IToken[]): void {
  for (const [index, token] of tokens.entries()) {
    // The lexer notes only where a token starts; the tree needs both ends.
    token.endOffset = token.startOffset + token.image.length - 1;
    if (token.tokenType !== Name) continue;
    const type = wordTypes.get(token.image);
    if (type === undefined) continue;
    if (nounTypes.has(token.image)) {
      const next = tokens[index + 1];
      const opens = next !== undefined && (isAnyWord(next) || (type === Train && next.tokenType === LeftBrace));
      if (!opens) continue;
    }
    retype(token, type);
  }
}

function isAnyWord(token: IToken): boolean {
  return tokenMatcher(token, AnyWord);
}

function retype(token: IToken, type: TokenType): void {
  token.tokenType = type;
  // The parser compares by this number; a type that the parser knows always has one.
  token.tokenTypeIdx = type.tokenTypeIdx ?? token.tokenTypeIdx;
}
