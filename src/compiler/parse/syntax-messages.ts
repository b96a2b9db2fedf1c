import type { IRecognitionException } from 'chevrotain';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { SourceFile } from '../source/source-file.ts';

export function parserMessage(error: IRecognitionException, source: SourceFile): Diagnostic {
  const end = source.text.length;
  const start = Number.isNaN(error.token.startOffset) ? end : error.token.startOffset;
  return {
    code: 'CX1001',
    severity: 'error',
    fault: 'user',
    message: `\`${error.token.image}\` can not stand here`,
    span: { file: source.path, start, end: Math.min(end, start + error.token.image.length) },
  };
}
