import type { IToken } from 'chevrotain';
import type { ExpressionCstNode } from '../../../grammar/cst-types.d.ts';
import { tokenize } from '../../../grammar/lexer.ts';
import { clipxParser } from '../../../grammar/parser.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { SourceFile } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import type { Expression, StringLiteral } from '../syntax/ast.ts';
import { tooDeep, tooDeepAt } from './brackets.ts';
import { ExpressionBuilder, Incomplete } from './cst-expressions.ts';
import { type Character, readCharacters } from './read-string.ts';
import { lexerMessages, parserMessage } from './syntax-messages.ts';
import { isTooDeep } from './tree-depth.ts';

export type PromptPart =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'slot'; readonly expression: Expression };

/**
 * Reads the text of a prompt (or of a column template): `{expression}` is a slot, `{{` and `}}` are braces. Spans of the slots
 * and of the faults are places in the file that holds the literal. Neighbouring text is one part; there are no empty ones.
 *
 *     promptText = { char | '\' char | '{{' | '}}' | '{' expression '}' }     a slot holds neither '"' nor '}'
 */
export function parsePromptText(literal: StringLiteral): {
  parts: readonly PromptPart[];
  diagnostics: readonly Diagnostic[];
} {
  const { file } = literal.span;
  // Faulty escapes were reported when the file was parsed.
  const { characters } = readCharacters(literal.raw, literal.span);
  const parts: PromptPart[] = [];
  const diagnostics: Diagnostic[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };

  for (let index = 0; index < characters.length; index++) {
    const character = characters[index];
    if (character === undefined) break;
    const isBrace = character.text === '{' || character.text === '}';
    if (!isBrace) {
      text += character.text;
    } else if (characters[index + 1]?.text === character.text) {
      text += character.text;
      index += 1;
    } else if (character.text === '}') {
      diagnostics.push(loneBrace(file, character));
    } else {
      const close = characters.findIndex((other, at) => at > index && other.text === '}');
      const slot = close === -1 ? undefined : characters.slice(index + 1, close);
      const behind = characters[close];
      if (slot === undefined || behind === undefined) {
        diagnostics.push(loneBrace(file, character));
        break;
      }
      const span = { file, start: character.start, end: behind.end };
      const expression = readSlot(literal, slot, span, diagnostics);
      if (expression !== undefined) {
        flush();
        parts.push({ kind: 'slot', expression });
      }
      index = close;
    }
  }
  flush();
  return { parts, diagnostics };
}

function readSlot(
  literal: StringLiteral,
  characters: readonly Character[],
  span: Span,
  diagnostics: Diagnostic[],
): Expression | undefined {
  const text = characters.map((character) => character.text).join('');
  if (text.trim() === '') {
    diagnostics.push(emptySlot(span));
    return undefined;
  }
  const start = span.start + 1;
  const written = literal.raw.slice(start - literal.span.start, span.end - 1 - literal.span.start);
  if (written !== text) {
    diagnostics.push(escapeInSlot(span));
    return undefined;
  }

  const { tokens, comments, errors } = tokenize(written);
  if (comments.length > 0 || tokens.length === 0) {
    diagnostics.push(emptySlot(span));
    return undefined;
  }
  for (const token of tokens) move(token, start);
  // The messages look at the text around a token, at the token's own offset.
  const source: SourceFile = { path: span.file, text: ' '.repeat(start) + written };
  const faults = lexerMessages(
    errors.map((error) => ({ ...error, offset: error.offset + start })),
    source,
  );
  if (faults.length > 0) {
    diagnostics.push(...faults);
    return undefined;
  }
  const deep = tooDeepAt(tokens);
  if (deep !== undefined) {
    diagnostics.push(tooDeep(span.file, deep));
    return undefined;
  }

  const parser = clipxParser();
  parser.input = tokens;
  const node = parser.expression() as ExpressionCstNode;
  const [error] = parser.errors;
  if (error !== undefined) {
    diagnostics.push(inSlot(parserMessage(error, tokens, source)));
    return undefined;
  }
  try {
    const expression = new ExpressionBuilder(span.file, diagnostics).expression(node);
    return isTooDeep(expression, diagnostics) ? undefined : expression;
  } catch (fault) {
    if (fault instanceof Incomplete) return undefined;
    throw fault;
  }
}

function move(token: IToken, by: number): void {
  token.startOffset += by;
  token.endOffset = (token.endOffset ?? token.startOffset) + by;
}

/** The words of the grammar speak of statements; here the end is that of the slot. */
function slotWords(text: string): string {
  return text
    .replace('the end of the statement', 'the end of the slot')
    .replace('an operator or the next statement', 'an operator or `}`');
}

function inSlot(diagnostic: Diagnostic): Diagnostic {
  const { expected, found, message } = diagnostic;
  return {
    ...diagnostic,
    message: slotWords(message),
    ...(expected === undefined ? {} : { expected: slotWords(expected) }),
    ...(found === undefined ? {} : { found: slotWords(found) }),
  };
}

function fault(code: string, span: Span, message: string, help: string): Diagnostic {
  return { code, severity: 'error', fault: 'user', message, span, help };
}

function loneBrace(file: string, { text, start, end }: Character): Diagnostic {
  const message = text === '{' ? 'this slot is not closed with `}`' : 'this `}` closes no slot';
  return fault('CX1012', { file, start, end }, message, `to mean the character itself write \`${text}${text}\``);
}

function emptySlot(span: Span): Diagnostic {
  return fault('CX1013', span, 'this slot is empty', 'write a vocabulary, a column or a value between the braces');
}

function escapeInSlot(span: Span): Diagnostic {
  return fault('CX1012', span, 'a slot holds no string and no backslash', 'name the value with `let` and use the name');
}
