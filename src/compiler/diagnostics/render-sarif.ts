import { positionAt, type SourceFile } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import { codeEntry } from './codes.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';
import { fixOf } from './fixes.ts';

const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'note' };

/** Diagnostics as SARIF 2.1.0 (OASIS), which code hosts and editors read: one run, a rule for each code that occurs. */
export function renderSarif(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, SourceFile>): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'clipx', rules: codes.map(ruleOf) } },
        // the texts are NFC, and so are offsets into them
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => resultOf(diagnostic, sources, codes)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf(code: string): object {
  const entry = codeEntry(code);
  if (entry === undefined) return { id: code };
  const { title, law, explanation } = entry;
  return { id: code, shortDescription: { text: title }, fullDescription: { text: law }, help: { text: explanation } };
}

function resultOf(diagnostic: Diagnostic, sources: ReadonlyMap<string, SourceFile>, codes: readonly string[]): object {
  const { code, severity, message, span, label, related = [], expected, found, help, suggestion } = diagnostic;
  const words = [
    message,
    ...(label === undefined ? [] : [label]),
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(found === undefined ? [] : [`found: ${found}`]),
    ...(help === undefined ? [] : [`help: ${help}`]),
    ...(suggestion === undefined ? [] : [`did you mean \`${suggestion}\`?`]),
  ];
  const fix = fixOf(diagnostic, sources);
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: levels[severity],
    message: { text: words.join('\n') },
    ...(span === undefined ? {} : { locations: [{ physicalLocation: place(span, sources) }] }),
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((each, id) => ({
            id,
            physicalLocation: place(each.span, sources),
            message: { text: each.label },
          })),
        }),
    ...(fix === undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: fix.title },
              artifactChanges: [
                {
                  artifactLocation: { uri: uriOf(fix.span.file) },
                  replacements: [
                    { deletedRegion: region(fix.span, sources), insertedContent: { text: fix.replacement } },
                  ],
                },
              ],
            },
          ],
        }),
  };
}

function place(span: Span, sources: ReadonlyMap<string, SourceFile>): object {
  return { artifactLocation: { uri: uriOf(span.file) }, region: region(span, sources) };
}

function region(span: Span, sources: ReadonlyMap<string, SourceFile>): object | undefined {
  const text = sources.get(span.file)?.text;
  if (text === undefined) return undefined;
  const [start, end] = [positionAt(text, span.start), positionAt(text, span.end)];
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

const uriOf = (file: string): string => file.split('/').map(encodeURIComponent).join('/');
