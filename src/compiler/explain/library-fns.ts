import type { ExplainedField } from './explain-construct.ts';
import { fieldTable } from './field-table.ts';

/** A formula of the library as it stands there. */
export interface LibraryFn {
  readonly name: string;
  /** `library/losses.clipx` */
  readonly file: string;
  /** `info_nce(a, b, scale)` */
  readonly signature: string;
  /** The comment above it, without its marks; of fns that stand together, that of the first. */
  readonly doc: string;
  /** What stands at the right of its comment: the paper that it follows. */
  readonly source: string | null;
  /** What it is given, by what the head of the file or of the section says of the letters. */
  readonly fields: readonly ExplainedField[];
  /** The fn as it is written. */
  readonly text: string;
}

/** `#   a, b: two numbers` */
const legendLine = /^# {3}([^:]+): (.+)$/;

/**
 * The fns of a file of the library, in order. The library is formatted: a fn begins a line with `fn`, a body ends with a line `}`, and
 * comments stand right above.
 */
export function libraryFns(file: string, text: string): readonly LibraryFn[] {
  const lines = text.split('\n');
  const found: LibraryFn[] = [];
  const meanings = new Map(lines.flatMap((line) => entries(legendLine.exec(line))));
  let own = new Map<string, string>();
  let comment: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '' || line.startsWith('# ──')) comment = [];
    if (line.startsWith('# ──')) own = sectionMeanings(line);
    else if (line.startsWith('# ')) {
      if (!(lines[at - 1] ?? '').startsWith('# ')) comment = [];
      comment.push(line.slice(2));
    } else if (line.startsWith('fn ')) {
      const start = at;
      while (at + 1 < lines.length && /^(?: |\}|\))/.test(lines[at + 1] ?? '')) at++;
      const signature = /^fn ([^=({]+\([^)]*\))/.exec(line)?.[1] ?? line.slice(3);
      const name = signature.slice(0, signature.indexOf('('));
      const { doc, source } = cited(comment);
      const fields = fieldsOf(signature, new Map([...meanings, ...own]), source);
      found.push({ name, file, signature, doc, source, fields, text: lines.slice(start, at + 1).join('\n') });
    }
  }
  return found;
}

const entries = (match: RegExpExecArray | null): [string, string][] =>
  (match?.[1] ?? '').split(', ').flatMap((name) => (match?.[2] === undefined ? [] : [[name, match[2]]]));

/** `# ── retrieval; s : [query, item], q : which items are right for it ───` */
function sectionMeanings(line: string): Map<string, string> {
  const told = line.replaceAll('─', '').split(';').slice(1).join(';').trim();
  return new Map([...told.matchAll(/([\p{L}_]+) ?: (.+?)(?=, [\p{L}_]+ ?:|$)/gu)].flatMap((match) => entries(match)));
}

/** Sentences, and what stands apart at the end of a line: what they follow. */
function cited(comment: readonly string[]): { readonly doc: string; readonly source: string | null } {
  const parts = comment.map((line) => line.split(/\s{2,}/));
  const source = parts.map(([, right]) => right).find((right) => right !== undefined) ?? null;
  return { doc: parts.map(([left]) => left ?? '').join('\n'), source };
}

/** `s, y, over: axis, ε = 0.1` */
function fieldsOf(signature: string, meanings: ReadonlyMap<string, string>, source: string | null): ExplainedField[] {
  const given = signature.slice(signature.indexOf('(') + 1, -1);
  if (given === '') return [];
  return given.split(', ').map((argument) => {
    const [written = '', otherwise = null] = argument.split(' = ');
    const [name = '', kind] = written.split(': ');
    return {
      name,
      type: kind ?? (otherwise === null ? 'value' : 'number'),
      unit: null,
      default: otherwise,
      source: otherwise === null ? null : (source ?? 'clipx'),
      required: otherwise === null,
      doc: meanings.get(name) ?? '',
    };
  });
}

/** For a terminal: where it is imported from, its comment, what it is given, and the formula. */
export function renderLibraryFn({ name, file, doc, source, fields, text }: LibraryFn): string {
  const told = doc.split('\n').filter((line) => line !== '');
  const comment = [...told, ...(source === null ? [] : [`${source}.`])].map((line) => `# ${line}`);
  const formula = [...comment, ...text.split('\n')].map((line) => `  ${line}\n`).join('');
  return `${name}, a formula of the library: use "${file}" { ${name} }\n${fieldTable(fields, source)}\n${formula}`;
}
