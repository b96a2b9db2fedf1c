import { nearestName } from '../common/suggest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Vocabulary } from '../program/vocabulary.ts';
import type { Span } from '../source/span.ts';
import type { Axis } from '../types/axis.ts';
import { node } from './build.ts';
import { reachable } from './reachability.ts';
import type { Typed } from './typed.ts';

/** The index of an entry by its word, where only the data tell the words. */
export const laterWord = (axis: Axis, word: string, span: Span): Typed =>
  node('word_index', [], { axis, words: { word }, part: 'index' }, { element: 'i32', axes: [], indexes: axis }, span);

/** The same of each word in a further column of a vocabulary; a word that the axis lacks, or may lack, is unknown. */
export function columnIndex(
  axis: Axis,
  words: Extract<Typed, { op: 'entry_column' }>,
  vocabularies: ReadonlyMap<string, Vocabulary>,
  span: Span,
): Typed {
  const { axes } = words.type;
  const mask = node(
    'word_index',
    [],
    { axis, words: words.attributes, part: 'known' },
    { element: 'bool', axes },
    span,
  );
  const type = { element: 'i32', axes, indexes: axis } as const;
  const entries = vocabularies.get(axis.id)?.entries ?? [];
  const written = vocabularies.get(words.attributes.vocabulary)?.columns?.[words.attributes.column];
  const whole = written?.every((word) => entries.includes(String(word))) === true;
  if (whole) return node('word_index', [], { axis, words: words.attributes, part: 'index' }, type, span);
  return node('word_index', [], { axis, words: words.attributes, part: 'index' }, type, span, mask);
}

/** The words that a node looks up, in order; none where they are not read yet. */
export function wordsLookedUp(
  { words }: Extract<Typed, { op: 'word_index' }>['attributes'],
  vocabularies: readonly Vocabulary[],
): readonly string[] {
  if ('word' in words) return [words.word];
  return (vocabularies.find(({ name }) => name === words.vocabulary)?.columns?.[words.column] ?? []).map(String);
}

/** The law: an entry that is named is an entry. Decided once the words are read. */
export function checkWords(roots: readonly Typed[], vocabularies: readonly Vocabulary[], report: Reporter): void {
  for (const typed of reachable(roots)) {
    if (typed.op !== 'word_index' || !('word' in typed.attributes.words)) continue;
    const { axis, words } = typed.attributes;
    const entries = vocabularies.find(({ name }) => name === (axis.renames ?? axis.id))?.entries ?? [];
    if (entries.length === 0 || entries.includes(words.word)) continue;
    const suggestion = nearestName(words.word, entries);
    report.error('CX2001', typed.span, `\`${axis.name}\` has no entry "${words.word}"`, {
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}
