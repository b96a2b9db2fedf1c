/** A formula of the library as it stands there. */
export interface LibraryFn {
  readonly name: string;
  /** `library/losses.clipx` */
  readonly file: string;
  /** `info_nce(a, b, scale)` */
  readonly signature: string;
  /** The comment above it, without its marks; of fns that stand together, that of the first. */
  readonly doc: string;
  /** The fn as it is written. */
  readonly text: string;
}

/**
 * The fns of a file of the library, in order. The library is formatted: a fn begins a line with `fn`, a body ends with a line `}`, and
 * comments stand right above.
 */
export function libraryFns(file: string, text: string): readonly LibraryFn[] {
  const lines = text.split('\n');
  const found: LibraryFn[] = [];
  let comment: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '' || line.startsWith('# ──')) comment = [];
    else if (line.startsWith('# ')) {
      if (!(lines[at - 1] ?? '').startsWith('# ')) comment = [];
      comment.push(line.slice(2).replace(/\s{2,}/g, '  '));
    } else if (line.startsWith('fn ')) {
      const start = at;
      while (at + 1 < lines.length && /^(?: |\}|\))/.test(lines[at + 1] ?? '')) at++;
      const signature = /^fn ([^=({]+\([^)]*\))/.exec(line)?.[1] ?? line.slice(3);
      const name = signature.slice(0, signature.indexOf('('));
      found.push({ name, file, signature, doc: comment.join('\n'), text: lines.slice(start, at + 1).join('\n') });
    }
  }
  return found;
}

export const renderLibraryFn = ({ name, file, doc, text }: LibraryFn): string =>
  `${name}, a formula of the library: use "${file}" { ${name} }\n\n${[...doc.split('\n').filter((line) => line !== '').map((line) => `# ${line}`), text].map((line) => `  ${line}\n`).join('')}`; // prettier-ignore
