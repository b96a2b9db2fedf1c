/** Words where no file is read: of vocabularies, of texts, of ids. */
import type { DatasetSpec, Predicate } from '../../../compiler/program/dataset.ts';
import type { Vocabulary } from '../../../compiler/program/vocabulary.ts';
import { stream } from '../../random.ts';
import type { DataPlan } from '../data-plan.ts';
import type { VocabularyContent } from '../read-vocabulary.ts';

const nouns = ['apple', 'boat', 'cloud', 'drum', 'eagle', 'forest', 'garden', 'house', 'island', 'jacket', 'kite', 'lamp']; // prettier-ignore
const others = ['a', 'the', 'small', 'red', 'old', 'loud', 'photo', 'of', 'with', 'beside', 'under', 'and'];

/** Words of a vocabulary that is read from elsewhere. */
const wordCount = 6;

/** Words in order: those of the file, or as many as there are of made-up ones. Two vocabularies begin at different words. */
export function wordsOfVocabulary(plan: Pick<DataPlan, 'vocabularies'>, name: string): readonly string[] {
  const declared = plan.vocabularies.find((one) => one.name === name);
  if (declared !== undefined && declared.entries.length > 0) return declared.entries;
  const start = stream(0, `random words:${name}`).integer(nouns.length, 0);
  return Array.from({ length: wordCount }, (_, at) => nouns[(start + at) % nouns.length] ?? '').sort();
}

/** What a vocabulary from a file holds. A further column called like another vocabulary has its words. */
export function randomVocabulary(plan: Pick<DataPlan, 'vocabularies'>, { name, from }: Vocabulary): VocabularyContent {
  const entries = wordsOfVocabulary(plan, name);
  const names = from?.kind === 'csv' ? Object.keys(from.columns) : [];
  const columns = names.map((column) => {
    const words = wordsOfVocabulary(plan, column);
    return [column, entries.map((_, at) => words[at % words.length] ?? '')] as const;
  });
  return { entries, columns: Object.fromEntries(columns) };
}

/** A text of a few words, some of them those that a vocabulary may hold. */
export function randomSentence(random: { integer(bound: number, index: number): number }, at: number): string {
  const length = 2 + random.integer(4, 16 * at);
  const word = (place: number): string => {
    const list = place % 3 === 2 ? nouns : others;
    return list[random.integer(list.length, 16 * at + 1 + place)] ?? '';
  };
  return Array.from({ length }, (_, place) => word(place)).join(' ');
}

/** What conditions of data sets compare a column with, so that each of them is met by some sample. */
export function comparedWith(specs: readonly DatasetSpec[], column: string): readonly (string | number)[] {
  const found = specs.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.kind === 'filter' ? literalsOf(step.condition, column) : [])),
  );
  return [...new Set(found)];
}

function literalsOf(condition: Predicate, column: string): (string | number)[] {
  switch (condition.kind) {
    case 'compare': {
      const { value, operator } = condition;
      if (condition.column !== column) return [];
      if (typeof value === 'string') return operator === '!=' ? [value, `not ${value}`] : [value];
      return [value - 1, value, value + 1];
    }
    case 'in':
      return condition.column === column ? [...condition.values] : [];
    case 'not':
      return literalsOf(condition.part, column);
    default:
      return condition.parts.flatMap((part) => literalsOf(part, column));
  }
}
