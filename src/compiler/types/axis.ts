/**
 * Named axes. Two axes are the same axis when their ids are equal, never because their sizes happen to be: a declared axis, a
 * vocabulary or an owner's axis (`clip.joint`) is one identity everywhere.
 */

/** What an axis counts: samples, classes and factors; tokens, frames and pixels; or the numbers of one vector. */
export type AxisKind = 'item' | 'position' | 'feature';

/** Extent of an axis, possibly known only once a batch size or the data is. */
export type Size =
  | { readonly kind: 'known'; readonly value: number }
  /** Samples the loss sees; the whole set in a metric. */
  | { readonly kind: 'batch' }
  /** Entries of a vocabulary that is read from data. */
  | { readonly kind: 'vocabulary'; readonly name: string }
  /** Samples of a whole data set. */
  | { readonly kind: 'samples'; readonly data: string }
  /** `n (n − 1) / 2`: the pairs i < j of an axis. */
  | { readonly kind: 'pairs'; readonly of: Size }
  /** `floor(of / by)` */
  | { readonly kind: 'quotient'; readonly of: Size; readonly by: number }
  | { readonly kind: 'sum'; readonly parts: readonly Size[] }
  | { readonly kind: 'product'; readonly parts: readonly Size[] };

export interface Axis {
  /** Identity: `batch`, `clip.joint`, `factor`, `face.height`, `info_nce#3.other`. */
  readonly id: string;
  /** How it prints where it is unique. */
  readonly name: string;
  readonly kind: AxisKind;
  readonly size: Size;
  /** The axis that it renames, if it does: `other` of `x[batch as other]`. */
  readonly renames?: string;
  /** Names of its entries: `axis sign: item = [pos, neg]`. */
  readonly entries?: readonly string[];
  /** Sizes of the values that `concat` laid side by side along it. */
  readonly parts?: readonly Size[];
  /** The axes of which it counts all combinations, the last of them the fastest. */
  readonly merged?: readonly Axis[];
  /** The picture that its entries are windows of. */
  readonly tiled?: { readonly height: Axis; readonly width: Axis; readonly stride: number };
}

/**
 * Axes that say where in a picture, text or sound something stands. They carry their size per value: two of one name are the same axis
 * where their sizes are.
 */
export const structuralKinds: ReadonlyMap<string, AxisKind> = new Map<string, AxisKind>([
  ['height', 'position'], ['width', 'position'], ['channel', 'feature'], ['token', 'position'], ['frame', 'position'],
  ['point', 'position'], ['time', 'position'], ['slot', 'position'], ['head', 'item'], ['query', 'position'], ['key', 'position'],
  ['level', 'position'],
]); // prettier-ignore

/** `height` of 64 pixels: the same axis in every value that has as many. */
export function structuralAxis(name: string, size: Size): Axis {
  return { id: `${name}:${printSize(size)}`, name, kind: structuralKinds.get(name) ?? 'position', size };
}

/** Whether the axis carries its size per value. A declared axis of such a name does not. */
export const isStructural = (axis: Axis): boolean => structuralKinds.has(axis.name) && axis.id !== axis.name;

/** An axis in the words of the file: with its owner where it has one, `clip.joint`. */
export function axisWord({ id, name }: Axis): string {
  // made inside a fn, or a size that belongs to a value
  return id.includes('#') || id.includes(':') ? name : id;
}

/** Sizes that only a batch or the data decide. */
export interface SizeEnvironment {
  readonly batch: number;
  readonly vocabularies: ReadonlyMap<string, number>;
  /** Of the data sets that values go over as a whole. */
  readonly samples?: ReadonlyMap<string, number>;
}

/** How many samples a data set that was not read is taken to have. */
const nominalSamples = 64;

export const known = (value: number): Size => ({ kind: 'known', value });

export const batchAxis: Axis = { id: 'batch', name: 'batch', kind: 'item', size: { kind: 'batch' } };

/** The number of entries, given what the environment knows. */
export function extent(size: Size, environment: SizeEnvironment): number {
  switch (size.kind) {
    case 'known':
      return size.value;
    case 'batch':
      return environment.batch;
    case 'vocabulary':
      return environment.vocabularies.get(size.name) ?? 0;
    case 'samples':
      return environment.samples?.get(size.data) ?? nominalSamples;
    case 'pairs': {
      const items = extent(size.of, environment);
      return (items * (items - 1)) / 2;
    }
    case 'quotient':
      return Math.floor(extent(size.of, environment) / size.by);
    case 'sum':
      return size.parts.reduce((total, part) => total + extent(part, environment), 0);
    case 'product':
      return size.parts.reduce((total, part) => total * extent(part, environment), 1);
  }
}

/** True where both sizes are the same whatever the environment. */
export function sameSize(a: Size, b: Size): boolean {
  return printSize(a) === printSize(b);
}

export function printSize(size: Size): string {
  switch (size.kind) {
    case 'known':
      return String(size.value);
    case 'batch':
      return 'batch';
    case 'vocabulary':
      return `size(${size.name})`;
    case 'samples':
      return `samples(${size.data})`;
    case 'pairs':
      return `pairs(${printSize(size.of)})`;
    case 'quotient':
      return `${printSize(size.of)} / ${size.by}`;
    case 'sum':
      return size.parts.map(printSize).join(' + ');
    case 'product':
      return size.parts.map(printSize).join(' * ');
  }
}

/** The size of what is laid side by side; a number where all are known. */
export function sumOfSizes(sizes: readonly Size[]): Size {
  const parts = sizes.flatMap((size) => (size.kind === 'sum' ? size.parts : [size]));
  const numbers = parts.flatMap((size) => (size.kind === 'known' ? [size.value] : []));
  const total = numbers.reduce((sum, size) => sum + size, 0);
  const rest = parts.filter((size) => size.kind !== 'known');
  const [only] = rest;
  if (only === undefined) return known(total);
  if (total === 0) return rest.length === 1 ? only : { kind: 'sum', parts: rest };
  return { kind: 'sum', parts: [...rest, known(total)] };
}

/** The size of all combinations; a number where all are known. */
export function productOfSizes(sizes: readonly Size[]): Size {
  const parts = sizes.flatMap((size) => (size.kind === 'product' ? size.parts : [size]));
  const numbers = parts.flatMap((size) => (size.kind === 'known' ? [size.value] : []));
  const factor = numbers.reduce((product, size) => product * size, 1);
  const rest = parts.filter((size) => size.kind !== 'known');
  const [only] = rest;
  if (only === undefined) return known(factor);
  if (factor === 1) return rest.length === 1 ? only : { kind: 'product', parts: rest };
  return { kind: 'product', parts: [...rest, known(factor)] };
}

/** `batch / 2`, rounded down; undefined where the divisor counts nothing. */
export function quotientOfSize(size: Size, by: number): Size | undefined {
  if (!Number.isInteger(by) || by < 1) return undefined;
  if (by === 1) return size;
  return size.kind === 'known' ? known(Math.floor(size.value / by)) : { kind: 'quotient', of: size, by };
}
