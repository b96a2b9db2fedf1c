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
}

/** Sizes that only a batch or the data decide. */
export interface SizeEnvironment {
  readonly batch: number;
  readonly vocabularies: ReadonlyMap<string, number>;
}

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
