import type { InspectedTensor } from './inspect-weights.ts';

/** Tensors of one dtype and shape whose names differ in numbers alone: `blocks.{0..11}.norm.weight`, 12. */
export interface FoldedTensors {
  readonly name: string;
  readonly dtype: InspectedTensor['dtype'];
  readonly shape: InspectedTensor['shape'];
  readonly count: number;
}

type Numbered = { readonly tensor: InspectedTensor; readonly numbers: readonly number[] };

/** Folds the repeated blocks of a list of tensors; what is folded stands where its first one stood. */
export function foldTensors(tensors: readonly InspectedTensor[]): readonly FoldedTensors[] {
  const groups = new Map<string, Numbered[]>();
  for (const tensor of tensors) {
    const parts = tensor.name.split('.');
    const key = [parts.map((part) => (isNumber(part) ? '#' : part)).join('.'), tensor.dtype, ...tensor.shape].join(' ');
    const group = groups.get(key) ?? [];
    group.push({ tensor, numbers: parts.filter(isNumber).map(Number) });
    groups.set(key, group);
  }
  return [...groups.values()].flatMap((group) => foldGroup(group, []));
}

const isNumber = (part: string): boolean => /^(0|[1-9]\d{0,8})$/.test(part);

/** Folds a group if its numbers are every combination of those at each place; else by its first number that varies. */
function foldGroup(group: readonly Numbered[], fixed: readonly number[]): FoldedTensors[] {
  const [first] = group;
  if (first === undefined) return [];
  const places = first.numbers.map((_, at) => [...new Set(group.map(({ numbers }) => numbers[at] ?? 0))].toSorted((a, b) => a - b)); // prettier-ignore
  const combinations = places.reduce((product, { length }) => product * length, 1);
  if (combinations === group.length) return [folded(first.tensor, places, group.length)];
  const at = places.findIndex(({ length }, place) => length > 1 && !fixed.includes(place));
  if (at === -1) return group.map(({ tensor, numbers }) => folded(tensor, numbers.map((number) => [number]), 1)); // prettier-ignore
  return (places[at] ?? []).flatMap((number) => foldGroup(group.filter(({ numbers }) => numbers[at] === number), [...fixed, at])); // prettier-ignore
}

function folded({ name, dtype, shape }: InspectedTensor, places: readonly (readonly number[])[], count: number): FoldedTensors {
  let at = 0;
  const parts = name.split('.').map((part) => (isNumber(part) ? written(places[at++] ?? []) : part));
  return { name: parts.join('.'), dtype, shape, count };
} // prettier-ignore

/** `{0..11}`, `{0,2,4}` */
function written(numbers: readonly number[]): string {
  const [low = 0] = numbers;
  const high = numbers.at(-1) ?? low;
  if (numbers.length === 1) return String(low);
  return high - low + 1 === numbers.length && numbers.length > 2 ? `{${low}..${high}}` : `{${numbers.join(',')}}`;
}
