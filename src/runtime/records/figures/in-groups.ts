import { isOfSamples, ofSample, sampleCount, wordOf, type ShownValue } from './shown-value.ts';

/**
 * Samples in the order of the value that groups them, those of one value together; as they came where nothing groups. Values without samples
 * stay as they are.
 */
export function inGroups(values: readonly ShownValue[]): readonly ShownValue[] {
  const group = values.find(({ role }) => role === 'by');
  if (group === undefined || !isOfSamples(group)) return values;
  const key = (index: number): number | string => group.texts?.[index]?.join(' / ') ?? group.data[index] ?? Number.POSITIVE_INFINITY; // prettier-ignore
  const order = Array.from({ length: sampleCount([group]) }, (_, index) => index).sort((a, b) => compare(key(a), key(b)) || a - b); // prettier-ignore
  return values.map((value) => (isOfSamples(value) ? inOrder(value, order) : value));
}

/** What the group of each sample is called; nothing where nothing groups. */
export function groupNames(values: readonly ShownValue[]): readonly string[] | undefined {
  const group = values.find(({ role }) => role === 'by');
  if (group === undefined || !isOfSamples(group)) return undefined;
  return Array.from({ length: sampleCount([group]) }, (_, index) => group.texts?.[index]?.join(' / ') ?? wordOf(group, group.data[index])); // prettier-ignore
}

/** Cards below the names of their groups, each over the whole width. */
export function groupedCards(cards: readonly string[], groups: readonly string[] | undefined, escape: (text: string) => string): string {
  return cards
    .map((card, index) => {
      const name = groups?.[index];
      const isFirst = name !== undefined && (index === 0 || groups?.[index - 1] !== name);
      return `${isFirst ? `<h4>${escape(name)}</h4>\n` : ''}<div>${card}</div>`;
    })
    .join('\n');
} // prettier-ignore

const compare = (a: number | string, b: number | string): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b || 0 : String(a) < String(b) ? -1 : a === b ? 0 : 1;

function inOrder(value: ShownValue, order: readonly number[]): ShownValue {
  const parts = order.map((index) => ofSample(value, index));
  return {
    ...value,
    data: parts.flatMap(({ data }) => data),
    ...(value.texts !== undefined && { texts: parts.map(({ texts }) => texts?.[0] ?? []) }),
  };
}
