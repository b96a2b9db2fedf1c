import type { SourceFile } from '../source/source-file.ts';
import type { Diagnostic, Fix } from './diagnostic.ts';

/** Codes whose legal words are a closed list of the language: there a slip of the pen has one repair. */
const closedWords: ReadonlySet<string> = new Set(['CX2010', 'CX2012']);

/**
 * The edit that repairs the fault mechanically: the one that the diagnostic brings or, for a word of a closed list, the nearest legal
 * word. A name of the user's own is never guessed: `λ1` for `λ2` would be another experiment.
 */
export function fixOf(diagnostic: Diagnostic, sources: ReadonlyMap<string, SourceFile>): Fix | undefined {
  const { code, fix, span, suggestion } = diagnostic;
  if (fix !== undefined) return fix;
  if (span === undefined || suggestion === undefined || !closedWords.has(code)) return undefined;
  const text = sources.get(span.file)?.text.slice(span.start, span.end) ?? '';
  const isWord = /^[\p{L}\p{N}_]+$/u;
  if (!isWord.test(text) || !isWord.test(suggestion)) return undefined;
  return { span, replacement: suggestion, title: `write \`${suggestion}\` instead of \`${text}\`` };
}

export interface FixedFile {
  readonly path: string;
  readonly text: string;
  readonly applied: readonly Fix[];
}

/** Applies the fixes that do not overlap, the first of those that do, to the texts of their files. */
export function applyFixes(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, SourceFile>,
): readonly FixedFile[] {
  const byFile = new Map<string, Fix[]>();
  for (const diagnostic of diagnostics) {
    const fix = fixOf(diagnostic, sources);
    if (fix === undefined || !sources.has(fix.span.file)) continue;
    byFile.set(fix.span.file, [...(byFile.get(fix.span.file) ?? []), fix]);
  }
  return [...byFile].map(([path, fixes]) => {
    const applied: Fix[] = [];
    for (const fix of fixes.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)) {
      const last = applied.at(-1);
      const isTwin = last !== undefined && (fix.span.start < last.span.end || fix.span.start === last.span.start);
      if (!isTwin) applied.push(fix);
    }
    let text = sources.get(path)?.text ?? '';
    for (const { span, replacement } of applied.toReversed())
      text = text.slice(0, span.start) + replacement + text.slice(span.end);
    return { path, text, applied };
  });
}
