import type { DatasetSpec, Vocabulary, VocabularyOrigin } from './program.ts';

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

export const groupNames = ({ groups, shares }: Vocabulary): string[] => [
  ...Object.keys(groups),
  ...Object.keys(shares ?? {}),
];

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
