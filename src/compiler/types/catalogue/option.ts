/** What an option of a built-in part may be. Published sizes are the defaults; one without a default follows from the others. */
export type Option =
  /** A whole number of at least 1. */
  | { readonly kind: 'count'; readonly most: number; readonly otherwise?: number }
  | { readonly kind: 'number'; readonly least: number; readonly most: number; readonly otherwise?: number }
  /** A list of whole numbers of at least 1. */
  | { readonly kind: 'counts'; readonly otherwise?: readonly number[] }
  /** `3`, or height and width apart: `(3, 1)`. */
  | { readonly kind: 'extent'; readonly otherwise?: readonly [number, number] }
  | { readonly kind: 'word'; readonly words: readonly string[]; readonly otherwise?: string }
  /** `on` or `off`. */
  | { readonly kind: 'switch'; readonly otherwise: boolean }
  | { readonly kind: 'axis' }
  /** A file, or one of these names. */
  | { readonly kind: 'path'; readonly otherwise?: string; readonly names?: readonly string[] }
  /** How a tensor starts: `normal(0.02)`, `zeros`. */
  | { readonly kind: 'start' }
  /** A tower inside another encoder: `image: vit(…)`. */
  | { readonly kind: 'tower'; readonly towers: readonly string[] };

export type Options = Readonly<Record<string, Option>>;

export const count = (otherwise?: number, most = 1_000_000): Option => ({
  kind: 'count',
  most,
  ...(otherwise === undefined ? {} : { otherwise }),
});

export const number = (otherwise: number | undefined, least: number, most: number): Option => ({
  kind: 'number',
  least,
  most,
  ...(otherwise === undefined ? {} : { otherwise }),
});

export const counts = (...otherwise: readonly number[]): Option => ({ kind: 'counts', otherwise });

export const extent = (otherwise?: readonly [number, number]): Option => ({
  kind: 'extent',
  ...(otherwise === undefined ? {} : { otherwise }),
});

export const word = (words: readonly string[], otherwise?: string): Option => ({
  kind: 'word',
  words,
  ...(otherwise === undefined ? {} : { otherwise }),
});

export const toggle = (otherwise: boolean): Option => ({ kind: 'switch', otherwise });

export const axis: Option = { kind: 'axis' };

export const start: Option = { kind: 'start' };

export const path = (otherwise?: string): Option => ({
  kind: 'path',
  ...(otherwise === undefined ? {} : { otherwise }),
});

/** A file, or what has a name of its own. */
export const pathOr = (...names: readonly string[]): Option => ({ kind: 'path', names });

export const tower = (...towers: readonly string[]): Option => ({ kind: 'tower', towers });

/** A probability of leaving out. */
export const share = (otherwise: number): Option => number(otherwise, 0, 0.999);

/** What every activation option offers. */
export const activations = ['relu', 'gelu', 'quick_gelu'] as const;
