import { positionAt, type SourceFile } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import { codeEntry } from './codes.ts';
import type { Diagnostic, Fault, Severity } from './diagnostic.ts';

/** 1-based line and column, 0-based offset; columns and offsets count UTF-16 units of the NFC text. */
interface JsonPosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** Half-open. Without `start` and `end` when the file is not at hand. */
interface JsonPlace {
  readonly file: string;
  readonly start?: JsonPosition;
  readonly end?: JsonPosition;
}

export interface JsonDiagnostic {
  readonly code: string;
  readonly title?: string;
  readonly severity: Severity;
  readonly fault: Fault;
  readonly message: string;
  readonly place?: JsonPlace;
  readonly label?: string;
  readonly related?: readonly { readonly place: JsonPlace; readonly label: string }[];
  readonly expected?: string;
  readonly found?: string;
  readonly help?: string;
  readonly suggestion?: string;
  readonly fix?: { readonly place: JsonPlace; readonly replacement: string; readonly title: string };
}

/** The document that `schemas/diagnostics.json` describes. */
export interface JsonReport {
  readonly version: 1;
  readonly counts: Readonly<Record<Severity, number>>;
  readonly diagnostics: readonly JsonDiagnostic[];
}

/** Diagnostics for programs: one JSON document, two-space indent, with a final line break. */
export function renderJson(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, SourceFile>): string {
  return `${JSON.stringify(jsonReport(diagnostics, sources), null, 2)}\n`;
}

export function jsonReport(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, SourceFile>): JsonReport {
  const count = (severity: Severity): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  return {
    version: 1,
    counts: { error: count('error'), warning: count('warning'), note: count('note') },
    diagnostics: diagnostics.map((diagnostic) => jsonDiagnostic(diagnostic, sources)),
  };
}

function jsonDiagnostic(diagnostic: Diagnostic, sources: ReadonlyMap<string, SourceFile>): JsonDiagnostic {
  const { code, severity, fault, message, span, label, related, expected, found, help, suggestion, fix } = diagnostic;
  const title = codeEntry(code)?.title;
  return {
    code,
    ...(title === undefined ? {} : { title }),
    severity,
    fault,
    message,
    ...(span === undefined ? {} : { place: jsonPlace(span, sources) }),
    ...(label === undefined ? {} : { label }),
    ...(related === undefined
      ? {}
      : { related: related.map((item) => ({ place: jsonPlace(item.span, sources), label: item.label })) }),
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    ...(help === undefined ? {} : { help }),
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(fix === undefined
      ? {}
      : { fix: { place: jsonPlace(fix.span, sources), replacement: fix.replacement, title: fix.title } }),
  };
}

function jsonPlace(span: Span, sources: ReadonlyMap<string, SourceFile>): JsonPlace {
  const text = sources.get(span.file)?.text;
  if (text === undefined) return { file: span.file };
  return {
    file: span.file,
    start: { ...positionAt(text, span.start), offset: span.start },
    end: { ...positionAt(text, span.end), offset: span.end },
  };
}
