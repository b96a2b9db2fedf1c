import { tokenize } from '../../../grammar/lexer.ts';
import { clipxParser } from '../../../grammar/parser.ts';
import type { ProgramCstNode } from '../../../grammar/cst-types.d.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { SourceFile } from '../source/source-file.ts';
import type { Comment, File } from '../syntax/ast.ts';
import { TreeBuilder } from './cst-to-ast.ts';
import { parserMessage } from './syntax-messages.ts';

/** Reads one file. The tree holds every statement that could be read, also when others are faulty. */
export function parse(source: SourceFile): { file: File; diagnostics: Diagnostic[] } {
  const { tokens, comments } = tokenize(source.text);
  const diagnostics: Diagnostic[] = [];
  const parser = clipxParser();
  parser.input = tokens;
  const tree = parser.program() as ProgramCstNode;
  for (const error of parser.errors) diagnostics.push(parserMessage(error, source));
  const builder = new TreeBuilder(source.path, diagnostics);
  const file: File = {
    kind: 'file',
    statements: builder.statements(tree.children.statement),
    comments: comments.map((token): Comment => {
      const text = token.image.trimEnd();
      return { text, span: { file: source.path, start: token.startOffset, end: token.startOffset + text.length } };
    }),
    span: { file: source.path, start: 0, end: source.text.length },
  };
  return { file, diagnostics };
}
