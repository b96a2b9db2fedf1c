import { positionAt, type SourceFile } from '../source/source-file.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';

const commands: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/**
 * Diagnostics as workflow commands, one a line, which GitHub Actions shows beside the code:
 * `::error file=a.clipx,line=3,endLine=3,col=13,endColumn=14,title=CX1001::message`.
 */
export function renderGithub(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, SourceFile>): string {
  return diagnostics.map((diagnostic) => `${command(diagnostic, sources)}\n`).join('');
}

function command(diagnostic: Diagnostic, sources: ReadonlyMap<string, SourceFile>): string {
  const { code, severity, message, span, help, label } = diagnostic;
  const properties: string[] = [];
  if (span !== undefined) {
    properties.push(`file=${escapeProperty(span.file)}`);
    const text = sources.get(span.file)?.text;
    if (text !== undefined) {
      const start = positionAt(text, span.start);
      const end = positionAt(text, span.end);
      properties.push(`line=${start.line}`, `endLine=${end.line}`, `col=${start.column}`);
      // A column range is only understood within one line.
      if (start.line === end.line) properties.push(`endColumn=${end.column}`);
    }
  }
  properties.push(`title=${escapeProperty(code)}`);
  const lines = [message, ...(label === undefined ? [] : [label]), ...(help === undefined ? [] : [`help: ${help}`])];
  return `::${commands[severity]} ${properties.join(',')}::${escapeData(lines.join('\n'))}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
