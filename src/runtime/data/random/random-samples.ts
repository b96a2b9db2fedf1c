/**
 * Samples where no file is read: what the columns of a place on disk need to be decoded, of random content. Every word, every value that
 * a condition asks for, absent and unknown ones occur; the same program has the same samples on every machine.
 */
import type { Column } from '../../../compiler/program/column.ts';
import type { ColumnSource, DatasetSpec } from '../../../compiler/program/dataset.ts';
import { stream } from '../../random.ts';
import type { DataPlan } from '../data-plan.ts';
import type { ColumnOf } from '../decoding.ts';
import { isMedium } from '../media.ts';
import type { Member, RawSample } from '../raw-sample.ts';
import type { FileOrigin } from '../source.ts';
import { randomFile } from './random-media.ts';
import { comparedWith, randomSentence, wordsOfVocabulary } from './random-words.ts';

/** Of each place on disk. */
const sampleCount = 12;
/** Different ids of a column. */
const idCount = 8;
/** Entries of a list, at most. */
const listLength = 3;

interface Reading {
  readonly column: Column;
  readonly source: ColumnSource;
}

export async function randomSamples(plan: DataPlan, origin: FileOrigin): Promise<RawSample[]> {
  const readings = readingsOf(plan, origin);
  const numbers = Array.from({ length: sampleCount }, (_, at) => at);
  return Promise.all(
    numbers.map(async (at): Promise<RawSample> => {
      const members = new Map<string, Member>();
      for (const reading of readings) {
        const { source } = reading;
        const paths = source.kind === 'template' ? pathsOfTemplate(source.text) : [source.path];
        for (const path of paths) {
          const member = members.has(path) ? undefined : await memberOf(plan, origin, reading, path, at);
          if (member !== undefined) members.set(path, member);
        }
      }
      return { key: String(at), origin: `random data in place of ${origin.path}`, members };
    }),
  );
}

/** Every column that some data set reads here. Where several read one path, what decides most about it comes first. */
function readingsOf(plan: DataPlan, origin: FileOrigin): readonly Reading[] {
  const rank = ({ column, source }: Reading): number => {
    if (source.kind === 'template') return 4;
    if (column.kind === 'class' || column.kind === 'labels') return 0;
    if (isMedium(column)) return 1 - sizeOf(column) / 1e9;
    return column.kind === 'text' ? 3 : 2;
  };
  return plan.data
    .filter((spec) => placesOf(plan, spec).some((place) => samePlace(place, origin)))
    .flatMap(({ columns }) =>
      Object.entries(columns).flatMap(([name, source]): Reading[] => {
        const column = plan.columns.find((one) => one.name === name);
        return column === undefined ? [] : [{ column, source }];
      }),
    )
    .sort((a, b) => rank(a) - rank(b));
}

const sizeOf = (column: Column): number => ('height' in column ? column.height * column.width : 0);

const samePlace = (a: FileOrigin, b: FileOrigin): boolean => a.kind === b.kind && a.path === b.path;

/** The places on disk that a data set is made of in the end. */
function placesOf(plan: DataPlan, { source }: DatasetSpec): readonly FileOrigin[] {
  const of = (name: string): readonly FileOrigin[] => plan.data.filter((spec) => spec.name === name).flatMap((spec) => placesOf(plan, spec)); // prettier-ignore
  switch (source.kind) {
    case 'same':
    case 'split':
      return of(source.data);
    case 'mix':
      return source.parts.flatMap((part) => of(part.data));
    default:
      return [source];
  }
}

const pathsOfTemplate = (text: string): string[] =>
  [...text.matchAll(/\{\{|\}\}|\{([^{}]+)\}/g)].flatMap(([, path]) => (path === undefined ? [] : [path]));

/** Undefined: this sample lacks it. */
async function memberOf(
  plan: DataPlan,
  origin: FileOrigin,
  { column, source }: Reading,
  path: string,
  at: number,
): Promise<Member | undefined> {
  const name = `${origin.path} ${path}`;
  if (source.kind === 'template') return { kind: 'value', value: wordAt(plan, column, name, at), folder: '' };
  if (column.optional === true && isAbsent(column.name, at)) return undefined;
  if (isMedium(column)) {
    const words = column.kind === 'mask' ? wordsOfVocabulary(plan, column.vocabulary).length : 0;
    const unknown = source.kind === 'path' ? source.unknown : undefined;
    const file = (number: number): Promise<Uint8Array> => randomFile(column, name, number, { words, unknown });
    if (column.each === undefined) return { kind: 'bytes', bytes: await file(at) };
    const files = Array.from({ length: lengthOfList(column.each, at) }, (_, entry) => file(at + sampleCount * entry));
    return { kind: 'value', value: await Promise.all(files), folder: '' };
  }
  const told = column.kind === 'class' && givesWords(plan, origin, column.vocabulary) ? { ...column, open: false } : column; // prettier-ignore
  return { kind: 'value', value: valueAt(plan, told, source, name, at), folder: '' };
}

/** Whether a vocabulary is read from here: then there is no word that it does not hold. */
function givesWords(plan: DataPlan, origin: FileOrigin, vocabulary: string): boolean {
  const from = plan.vocabularies.find((one) => one.name === vocabulary)?.from;
  if (from?.kind !== 'columns') return false;
  const sets = plan.data.filter((spec) => from.columns.some(({ data }) => data === spec.name));
  return sets.some((spec) => placesOf(plan, spec).some((place) => samePlace(place, origin)));
}

/** A quarter of the samples; another quarter for another column. */
const isAbsent = (column: string, at: number): boolean =>
  at % 4 === 1 + stream(0, `random absent:${column}`).integer(3, 0);

/** A column as far as its values go. */
type Told = Column | (Omit<ColumnOf<'class'>, 'open'> & Pick<Column, 'each'> & { readonly open: boolean });

function valueAt(plan: DataPlan, column: Told, source: ColumnSource, name: string, at: number): unknown {
  const one = (entry: number): unknown => entryAt(plan, column, name, at + sampleCount * entry);
  const list = (length: number): unknown[] => Array.from({ length }, (_, entry) => one(entry));
  if (source.kind === 'draw') return list(listLength);
  if (source.kind === 'unfold') return list(2);
  if (column.each !== undefined) {
    return list(lengthOfList(column.each, at));
  }
  if (source.kind === 'path' && source.unknown !== undefined && at % 5 === 3) return source.unknown;
  return one(0);
}

/** Columns of one axis are as long as each other. */
const lengthOfList = ({ axis, most }: NonNullable<Column['each']>, at: number): number =>
  1 + stream(0, `random list:${axis}`).integer(Math.min(listLength, most), at);

/** One entry; `at` counts on beyond the samples in lists. */
function entryAt(plan: DataPlan, column: Told, name: string, at: number): unknown {
  const random = stream(0, `random ${name}`);
  switch (column.kind) {
    case 'class': {
      const words = wordsOfVocabulary(plan, column.vocabulary);
      return column.open === true && at % 7 === 6 ? 'something else' : inTurn([...words], name, at);
    }
    case 'labels':
      return labelsAt(plan, column, name, at);
    case 'id':
      return inTurn(poolOf(plan, column.name, Array.from({ length: idCount }, (_, id) => `${column.name} ${id}`)), name, at); // prettier-ignore
    case 'scalar': {
      const compared = poolOf(plan, column.name, []);
      return compared.length > 0 ? inTurn(compared, name, at) : (2 * random.uniform(at) - 1) / column.scale;
    }
    case 'vector':
      return Array.from({ length: column.size }, (_, place) => 2 * random.uniform(at * column.size + place) - 1);
    default: {
      const compared = poolOf(plan, column.name, []);
      return compared.length > 0 ? inTurn(compared, name, at) : randomSentence(random, at);
    }
  }
}

/** What conditions ask for first, filled up with others. */
function poolOf(plan: DataPlan, column: string, others: readonly string[]): readonly (string | number)[] {
  const compared = comparedWith(plan.data, column);
  return [...compared, ...others].slice(0, Math.max(compared.length, others.length));
}

/** Each of them as often as every other, in an order that is drawn. */
function inTurn<Item>(items: readonly Item[], name: string, at: number): Item | undefined {
  const order = stream(0, `random order:${name}`).permutation(sampleCount, Math.floor(at / sampleCount));
  return items[(order[at % sampleCount] ?? 0) % items.length];
}

/** The words that are present; of words that the file lists, a record that leaves some unknown. */
function labelsAt(plan: DataPlan, { vocabulary }: ColumnOf<'labels'>, name: string, at: number): unknown {
  const words = wordsOfVocabulary(plan, vocabulary);
  const declared = plan.vocabularies.find((one) => one.name === vocabulary);
  if (declared?.from !== undefined) return [...new Set([inTurn(words, name, at), inTurn(words, `${name} 2`, at)])];
  const random = stream(0, `random ${name}`);
  const labelOf = (place: number): number => {
    const known = random.integer(5, 2 * (at * words.length + place)) > 0;
    return known ? random.integer(2, 2 * (at * words.length + place) + 1) : -1;
  };
  return Object.fromEntries(words.map((word, place) => [word, labelOf(place)]));
}

/** What stands in a template of a column. */
function wordAt(plan: DataPlan, column: Column, name: string, at: number): unknown {
  if (column.kind === 'class') return inTurn([...wordsOfVocabulary(plan, column.vocabulary)], name, at);
  return randomSentence(stream(0, `random ${name}`), at);
}
