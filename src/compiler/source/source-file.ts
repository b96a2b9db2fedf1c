/** One `.clipx` file. `text` is NFC without a byte order mark; every offset counts in it. */
export interface SourceFile {
  /** Project-relative path, forward slashes. */
  readonly path: string;
  readonly text: string;
}

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text: text.replace(/^\uFEFF/, '').normalize('NFC') };
}

/** 1-based line and column of an offset. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}
