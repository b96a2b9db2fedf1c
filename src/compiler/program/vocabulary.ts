import type { DatasetSpec } from './dataset.ts';

export interface Vocabulary {
  readonly name: string;
  /** Words in order; empty until bound where they come `from` elsewhere. */
  readonly entries: readonly string[];
  readonly from?: VocabularyOrigin;
  /** Entries of each group, in order. */
  readonly groups: Readonly<Record<string, readonly number[]>>;
  /** Groups by share, `{ base: first 50 %  new: rest }`, of words that are not read yet: from ⌈share · entries⌉ up to, not including, the next. */
  readonly shares?: Readonly<Record<string, { readonly from: number; readonly to: number }>>;
  /** Further columns, a value an entry; those of a table are read with its words. */
  readonly columns?: Readonly<Record<string, readonly (number | string)[]>>;
}

export type VocabularyOrigin =
  /** The distinct values of these columns, sorted; the `top` most frequent of them alone. */
  | { readonly kind: 'columns'; readonly columns: readonly { readonly data: string; readonly column: string }[]; readonly top?: number }
  /** A CSV file with a header: the column of the words, and further columns by the name that the experiment gives them. */
  | { readonly kind: 'csv'; readonly path: string; readonly word: string; readonly columns: Readonly<Record<string, string>> }
  /** A text file, an entry a line. */
  | { readonly kind: 'lines'; readonly path: string }
  /** The pieces of a tokenizer: a line each, or the vocabulary of a `tokenizer.json`. */
  | { readonly kind: 'pieces'; readonly path: string }; // prettier-ignore

/** Numbers of the entries of a group, in order; of all of them without one. Shares round up: of five, `first 50 %` are three. */
export function groupEntries(vocabulary: Vocabulary, group: string): readonly number[] {
  const listed = vocabulary.groups[group];
  if (listed !== undefined) return listed;
  const share = vocabulary.shares?.[group];
  if (share === undefined) return [];
  const count = vocabulary.entries.length;
  const bound = (fraction: number): number => Math.min(count, Math.ceil(fraction * count - 1e-9));
  return Array.from({ length: bound(share.to) - bound(share.from) }, (_, index) => bound(share.from) + index);
}

/** `source.label + target.label`, as one would write it. */
export function vocabularyOriginWords(origin: VocabularyOrigin): string {
  switch (origin.kind) {
    case 'columns': {
      const columns = origin.columns.map(({ data, column }) => `${data}.${column}`).join(' + ');
      return origin.top === undefined ? columns : `${columns} { top: ${origin.top} }`;
    }
    case 'csv':
      return `csv("${origin.path}") { word: "${origin.word}" }`;
    case 'lines':
    case 'pieces':
      return `"${origin.path}"`;
  }
}

/** `class[base]`, or `action = new_action` where other words stand in their place. */
export const narrowingWords = (narrow: NonNullable<DatasetSpec['narrow']>): string =>
  'group' in narrow ? `${narrow.vocabulary}[${narrow.group}]` : `${narrow.vocabulary} = ${narrow.words}`;
