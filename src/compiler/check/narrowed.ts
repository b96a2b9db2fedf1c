import type { DatasetSpec } from '../program/dataset.ts';
import { groupEntries, narrowingWords } from '../program/vocabulary.ts';
import type { CheckedExperiment, CheckedModel, Narrowing } from './checked.ts';
import { dataValuesOf, rootsOf } from './reachability.ts';

/** How the program calls a data set as a function with other words, or fewer, sees it. */
export const narrowedData = (data: string, over: Narrowing): string =>
  `${data} ${'group' in over ? 'over' : 'with'} ${narrowingWords(over)}`;

/** Whether a set tells a class of the vocabulary: then the part of it that a function sees is a set of its own. */
const hasWordsOf = (
  { columns, data: specs }: Pick<CheckedModel, 'columns' | 'data'>,
  data: string,
  { vocabulary }: Narrowing,
): boolean =>
  columns.some(
    (column) =>
      'vocabulary' in column &&
      column.vocabulary === vocabulary &&
      specs.some((spec) => spec.name === data && column.name in spec.columns),
  );

/** The experiment as a function over a part of a vocabulary sees it: those words alone, numbered anew. */
export function narrowed(checked: CheckedExperiment, over: Narrowing | undefined): CheckedExperiment {
  if (over === undefined) return checked;
  const vocabularies = checked.vocabularies.map((each) => {
    if (each.name !== over.vocabulary) return each;
    if ('words' in over) {
      const other = checked.vocabularies.find(({ name }) => name === over.words);
      return other === undefined ? each : { ...other, name: each.name };
    }
    const kept = groupEntries(each, over.group);
    const entries = kept.map((at) => each.entries[at] ?? '');
    const columns = Object.fromEntries(Object.entries(each.columns ?? {}).map(([name, values]) => [name, kept.map((at) => values[at] ?? '')])); // prettier-ignore
    const { shares: _shares, ...rest } = each;
    return { ...rest, entries, groups: {}, ...(each.columns === undefined ? {} : { columns }) };
  });
  return { ...checked, vocabularies, narrowing: over };
}

/** The data sets that functions over parts of vocabularies read, each as a set of its own. */
export function narrowedSets(checked: CheckedExperiment): DatasetSpec[] {
  const wanted = checked.stages.flatMap((stage) => {
    const { training, evaluations } = stage;
    const read = [...new Set(dataValuesOf(rootsOf(stage)).map(({ attributes }) => attributes.data))];
    const seen = [training.over, ...evaluations.map((each) => each.over)].flatMap((over) =>
      over === undefined ? [] : [over],
    );
    return [
      ...read.flatMap((data) => seen.flatMap((over) => (hasWordsOf(stage, data, over) ? [{ data, over }] : []))),
      ...(training.data === undefined || training.over === undefined ? [] : [{ data: training.data, over: training.over }]), // prettier-ignore
      ...evaluations.flatMap(({ data, over }) => (over === undefined ? [] : [{ data, over }])),
    ];
  });
  const specs = new Map(checked.stages.flatMap((stage) => stage.data.map((spec) => [spec.name, spec] as const)));
  return wanted.flatMap(({ data, over }): DatasetSpec[] => {
    const spec = specs.get(data);
    if (spec === undefined) return [];
    return [{ ...spec, name: narrowedData(data, over), source: { kind: 'same', data }, steps: [], narrow: over }];
  });
}

/** The set as a function over a part of a vocabulary sees it: the samples of that part, where the set tells. */
export function setOf(checked: CheckedExperiment, data: string, over: Narrowing | undefined): string {
  if (over === undefined) return data;
  return hasWordsOf(checked, data, over) ? narrowedData(data, over) : data;
}

/** How many samples each set has that values go over. */
export function sampleCounts(
  checked: CheckedExperiment,
  over: Narrowing | undefined,
  counted: (data: string) => number,
): ReadonlyMap<string, number> {
  const sets = new Set(dataValuesOf(rootsOf(checked)).map(({ attributes }) => attributes.data));
  return new Map([...sets].map((data) => [data, counted(setOf(checked, data, over))]));
}

/** Parts of vocabularies that the functions of a stage see; what reads all is among them. */
export function narrowings({
  training,
  evaluations,
}: Pick<CheckedModel, 'training' | 'evaluations'>): readonly (Narrowing | undefined)[] {
  const found = new Map<string, Narrowing | undefined>();
  for (const over of [training.over, ...evaluations.map((each) => each.over)])
    found.set(over === undefined ? '' : narrowingWords(over), over);
  return [...found.values()];
}

export const sameNarrowing = (a: Narrowing | undefined, b: Narrowing | undefined): boolean =>
  (a === undefined ? '' : narrowingWords(a)) === (b === undefined ? '' : narrowingWords(b));
