import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts';
import { renderGithub } from '../compiler/diagnostics/render-github.ts';
import { renderJson } from '../compiler/diagnostics/render-json.ts';
import { renderSarif } from '../compiler/diagnostics/render-sarif.ts';
import { renderText } from '../compiler/diagnostics/render-text.ts';
import type { SourceFile } from '../compiler/source/source-file.ts';
import type { CommandContext } from './context.ts';
import type { OutputStream } from './environment.ts';

/**
 * Writes diagnostics in the form that `--format` asks for. They go to stderr, unless they are what was asked for
 * (`check` in a form for programs). Under `--quiet` only errors and warnings are told.
 */
export function writeDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, SourceFile>,
  context: CommandContext,
  stream: OutputStream = context.environment.stderr,
): void {
  const told = context.quiet ? diagnostics.filter((it) => it.severity !== 'note') : diagnostics;
  // Nothing to say is said only where it is the answer.
  if (told.length === 0 && stream === context.environment.stderr) return;
  switch (context.format) {
    case 'json':
      stream.write(renderJson(told, sources));
      return;
    case 'github':
      stream.write(renderGithub(told, sources));
      return;
    case 'sarif':
      stream.write(renderSarif(told, sources));
      return;
    case 'text':
      if (told.length > 0) stream.write(renderText(told, sources, { color: context.colorOn(stream) }));
  }
}

/** Whether there is anything that stops the work. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((it) => it.severity === 'error');
}
