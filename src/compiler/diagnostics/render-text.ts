import { positionAt, type SourceFile } from '../source/source-file.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';
import { visible } from './display-width.ts';
import { excerpt, gutterWidth, type ExcerptStyle, type Mark } from './excerpt.ts';

export interface RenderOptions {
  /** ANSI colours. */
  readonly color: boolean;
}

type Paint = (text: string) => string;

const plain: Paint = (text) => text;

function ansi(code: string): Paint {
  return (text) => `\u001B[${code}m${text}\u001B[0m`;
}

const severityCode: Readonly<Record<Severity, string>> = { error: '1;31', warning: '1;33', note: '1;36' };

/**
 * Draws diagnostics for people, a blank line between two. A span whose file is not in `sources` shows its path only. The text
 * ends with a line break unless there is nothing to draw.
 */
export function renderText(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, SourceFile>,
  options: RenderOptions,
): string {
  return diagnostics.map((diagnostic) => `${renderOne(diagnostic, sources, options).join('\n')}\n`).join('\n');
}

/** `2 errors and 1 warning`; empty when there is nothing to count. */
export function summarise(diagnostics: readonly Diagnostic[]): string {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? '' : 's'}`];
  });
  const last = counts.pop();
  if (last === undefined) return '';
  return counts.length === 0 ? last : `${counts.join(', ')} and ${last}`;
}

function renderOne(
  diagnostic: Diagnostic,
  sources: ReadonlyMap<string, SourceFile>,
  { color }: RenderOptions,
): string[] {
  const accent = color ? ansi(severityCode[diagnostic.severity]) : plain;
  const bold = color ? ansi('1') : plain;
  const faint = color ? ansi('1;34') : plain;
  const style: ExcerptStyle = { gutter: faint, primary: accent, secondary: faint };
  const lines = [`${accent(`${diagnostic.severity}[${diagnostic.code}]`)}${bold(`: ${visible(diagnostic.message)}`)}`];

  const marks: Mark[] = [];
  if (diagnostic.span !== undefined) {
    marks.push({ span: diagnostic.span, primary: true, ...(diagnostic.label === undefined ? {} : { label: diagnostic.label }) }); // prettier-ignore
  }
  for (const { span, label } of diagnostic.related ?? []) marks.push({ span, label, primary: false });

  const files = [...new Set(marks.map(({ span }) => span.file))];
  const gutter = Math.max(
    1,
    ...files.map((file) => {
      const source = sources.get(file);
      return source === undefined ? 1 : gutterWidth(source, marks.filter(({ span }) => span.file === file)); // prettier-ignore
    }),
  );
  for (const [index, file] of files.entries()) {
    const own = marks.filter(({ span }) => span.file === file);
    const source = sources.get(file);
    const arrow = faint(`${' '.repeat(gutter)}${index === 0 ? '-->' : ':::'}`);
    const first = own[0];
    if (source === undefined || first === undefined) {
      lines.push(`${arrow} ${visible(file)}`);
      continue;
    }
    const { line, column } = positionAt(source.text, first.span.start);
    lines.push(`${arrow} ${visible(file)}:${line}:${column}`, ...excerpt(source, own, gutter, style));
  }

  const notes = remarks(diagnostic);
  if (notes.length > 0 && files.length > 0) lines.push(faint(`${' '.repeat(gutter)} |`));
  for (const [name, text] of notes) lines.push(`${faint(`${' '.repeat(gutter)} =`)} ${bold(name)}: ${visible(text)}`);
  return lines;
}

/** What is said below the drawing; nothing that the message says already. */
function remarks({ message, expected, found, help, suggestion }: Diagnostic): (readonly [string, string])[] {
  const notes: (readonly [string, string])[] = [];
  if (expected !== undefined && !message.includes(expected)) notes.push(['expected', expected]);
  if (found !== undefined && !message.includes(found)) notes.push(['found', found]);
  if (suggestion !== undefined && help?.includes(`\`${suggestion}\``) !== true) {
    notes.push(['help', `did you mean \`${suggestion}\`?`]);
  }
  if (help !== undefined) notes.push(['help', help]);
  return notes;
}
