/** From the numbers of a checkpoint to ours. */
export type Layout =
  | { readonly kind: 'same' }
  /** Axis i of ours is axis `permutation[i]` of theirs. */
  | { readonly kind: 'permuted'; readonly permutation: readonly number[] }
  /** Several of theirs, one behind the other along the first axis. */
  | { readonly kind: 'joined' }
  /** Theirs begins with so many axes of extent 1. */
  | { readonly kind: 'led'; readonly ones: number };

/** One tensor, or one in each of many blocks: `#` stands for a number, in the same order on both sides. */
export interface Rule {
  readonly ours: string;
  readonly theirs: readonly string[];
  readonly how: Layout;
  /** It belongs to the head, which stands beside the encoder in a file: its name has no prefix. */
  readonly isHead?: true;
  /** Only of kernels of this height: `conv1` is the patches of a ViT, or the 3×3 stem of a ResNet. */
  readonly kernel?: number;
}

const same: Layout = { kind: 'same' };
/** `[out, in, kh, kw]` → `[kh, kw, in, out]`. */
const kernel: Layout = { kind: 'permuted', permutation: [2, 3, 1, 0] };

export const plain = (ours: string, theirs: string): Rule[] => [{ ours, theirs: [theirs], how: same }];

/** `[out, in]` there, `[in, out]` here. */
export const transposed = (ours: string, theirs: string): Rule[] => [
  { ours, theirs: [theirs], how: { kind: 'permuted', permutation: [1, 0] } },
];

/** Axes of extent 1 stand before its own. */
export const led = (ours: string, theirs: string, ones: number): Rule[] => [
  { ours, theirs: [theirs], how: { kind: 'led', ones } },
];

export const kernelRule = (ours: string, theirs: string): Rule[] => [{ ours, theirs: [theirs], how: kernel }];

export const linear = (ours: string, theirs: string): Rule[] => [
  ...plain(`${ours}.weight`, `${theirs}.weight`),
  ...plain(`${ours}.bias`, `${theirs}.bias`),
];

export const norm = (ours: string, theirs: string, [scale, bias] = ['weight', 'bias']): Rule[] => [
  ...plain(`${ours}.scale`, `${theirs}.${scale}`),
  ...plain(`${ours}.bias`, `${theirs}.${bias}`),
];

export const batchNorm = (ours: string, theirs: string): Rule[] => [
  ...norm(ours, theirs),
  ...plain(`${ours}.mean`, `${theirs}.running_mean`),
  ...plain(`${ours}.variance`, `${theirs}.running_var`),
];

/** Query, key and value one behind the other here, three linear layers there. */
export const joined = (ours: string, theirs: readonly string[]): Rule[] =>
  ['weight', 'bias'].map((part) => ({
    ours: `${ours}.${part}`,
    theirs: theirs.map((name) => `${name}.${part}`),
    how: { kind: 'joined' },
  }));

/** The same rules inside a part. */
export const inside = (ours: string, theirs: string, rules: readonly Rule[]): Rule[] =>
  rules.map((rule) => ({ ...rule, ours: ours + rule.ours, theirs: rule.theirs.map((name) => theirs + name) }));

export const ofHead = (rules: readonly Rule[]): Rule[] => rules.map((rule) => ({ ...rule, isHead: true }));
