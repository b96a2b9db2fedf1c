import type { IToken } from 'chevrotain';
import { tokenize } from '../../../grammar/lexer.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { lineStarts } from '../source/line-index.ts';
import type { SourceFile } from '../source/source-file.ts';
import type { Comment, File, Statement } from '../syntax/ast.ts';
import { balanceBrackets, tooDeep } from './brackets.ts';
import { TreeBuilder } from './cst-to-ast.ts';
import { recognise } from './recognise.ts';
import { scanCharacters, tooLarge } from './scan-characters.ts';
import { onePerLine } from './one-per-line.ts';
import { lexerMessages, parserMessage, unclosedStrings } from './syntax-messages.ts';
import { withoutDeepTrees } from './tree-depth.ts';

/**
 * Reads one file of edition 1. Never throws: whatever is wrong with the text is in `diagnostics`, in source order. The tree
 * holds every statement that could be read, also when others are faulty; with an error it is not the whole program.
 */
export function parse(source: SourceFile): { file: File; diagnostics: Diagnostic[] } {
  const large = tooLarge(source);
  if (large !== undefined) return { file: fileOf(source, [], []), diagnostics: [large] };

  const lexed = tokenize(source.text);
  const characters = scanCharacters(source);
  const balanced = balanceBrackets(lexed.tokens, source);
  const lexical = [
    ...characters,
    ...lexerMessages(lexed.errors, source),
    ...unclosedStrings(lexed.tokens, source),
    ...balanced.faults,
  ];

  const { nodes, faults } = recognise(balanced.tokens, source.text);
  const grammatical = faults.map((fault) =>
    fault.kind === 'depth' ? tooDeep(source.path, fault.token) : parserMessage(fault.error, fault.tokens, source),
  );
  const structural: Diagnostic[] = [];
  const built = new TreeBuilder(source.path, structural).statements(nodes);
  const statements = withoutDeepTrees(built, structural);
  const diagnostics = [...onePerLine(source.text, lexical, grammatical), ...structural];
  diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  return { file: fileOf(source, statements, lexed.comments), diagnostics };
}

function fileOf(source: SourceFile, statements: readonly Statement[], comments: readonly IToken[]): File {
  return {
    kind: 'file',
    statements,
    comments: comments.map((token): Comment => {
      const text = token.image.trimEnd();
      return { text, span: { file: source.path, start: token.startOffset, end: token.startOffset + text.length } };
    }),
    lineStarts: lineStarts(source.text),
    span: { file: source.path, start: 0, end: source.text.length },
  };
}
