/** What `clipx explain <words>` finds in the catalogue and in the library. */
import { nearestName } from '../common/suggest.ts';
import { alsoCalled } from '../types/catalogue/also-called.ts';
import { catalogue, constructNames } from '../types/catalogue/catalogue.ts';
import { explainConstruct, explained, type ExplainedConstruct, type ExplainedField } from './explain-construct.ts';
import type { LibraryFn } from './library-fns.ts';

/** A field, and the constructs in which it means the same. */
export interface ExplainedUse {
  readonly field: ExplainedField;
  readonly of: readonly string[];
}

export interface Explained {
  readonly constructs: readonly ExplainedConstruct[];
  readonly formulas: readonly LibraryFn[];
  /** Of constructs that have a field of this name; empty where there is a construct or formula. */
  readonly fields: readonly ExplainedUse[];
}

/** `Recall@K`, `recall k` and `recall_k` are one. */
const plain = (words: string): string =>
  words
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/** By its name, however it is spelled, or by what the field calls it. */
export function findExplained(words: string, library: readonly LibraryFn[]): Explained {
  const named = (names: ReadonlySet<string>): Explained => {
    const constructs = [...names].flatMap(explainConstruct);
    const formulas = library.filter(({ name }) => names.has(name));
    return { constructs, formulas, fields: constructs.length + formulas.length > 0 ? [] : [...names].flatMap(fieldsCalled) };
  }; // prettier-ignore
  const wanted = plain(words);
  const also = Object.entries(alsoCalled).flatMap(([called, names]) => (plain(called) === wanted ? names : []));
  const exact = [...constructNames(), ...library.map(({ name }) => name)].filter((name) => name === words);
  const spelled = [...constructNames(), ...library.map(({ name }) => name), ...fieldNames()].filter((name) => plain(name) === wanted); // prettier-ignore
  return named(new Set([...exact, ...also, ...(exact.length > 0 ? [] : spelled)]));
}

const fieldNames = (): readonly string[] => catalogue.flatMap(({ constructs }) => constructs.flatMap(({ options }) => Object.keys(options))); // prettier-ignore

/** Fields of one meaning and default stand together. */
function fieldsCalled(name: string): ExplainedUse[] {
  const uses = new Map<string, { readonly field: ExplainedField; readonly of: string[] }>();
  for (const kind of catalogue) {
    for (const construct of kind.constructs) {
      const field = explained({ kind: { ...kind, common: {} }, construct }).fields.find((each) => each.name === name);
      if (field === undefined) continue;
      const key = JSON.stringify({ ...field, source: null });
      const use = uses.get(key) ?? { field, of: [] };
      use.of.push(construct.name);
      uses.set(key, use);
    }
  }
  return [...uses.values()];
}

/** Names whose sentence has all of these words. */
export function namesThatSay(words: string, library: readonly LibraryFn[]): readonly string[] {
  const wanted = words.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 2); // prettier-ignore
  if (wanted.length === 0) return [];
  const texts = [
    ...catalogue.flatMap(({ constructs }) => constructs.map(({ name, doc, source }) => ({ name, text: `${name} ${doc} ${source}` }))),
    ...library.map(({ name, doc, source }) => ({ name, text: `${name} ${doc} ${source ?? ''}` })),
  ]; // prettier-ignore
  const found = texts.filter(({ text }) => wanted.every((word) => text.toLowerCase().includes(word)));
  return [...new Set(found.map(({ name }) => name))];
}

/** The nearest name of the catalogue, the library, their fields and what the field calls them. */
export function nearestExplained(words: string, library: readonly LibraryFn[]): string | undefined {
  const names = [...constructNames(), ...library.map(({ name }) => name), ...fieldNames()];
  return nearestName(words.replaceAll(/[\s-]+/g, '_'), names) ?? nearestName(words, Object.keys(alsoCalled));
}

export function renderUse({ field, of }: ExplainedUse): string {
  const { name, doc, type, unit, source } = field;
  const takes = unit === null ? type : `${type} (${unit})`;
  const otherwise = field.required ? 'must be given' : field.default === null ? 'may be left out' : `default ${field.default}${source === null || source === 'clipx' ? '' : ` (${source})`}`; // prettier-ignore
  return `${name}, a field of ${of.join(', ')}: ${doc}\n\n  takes ${takes}; ${otherwise}\n`;
}
