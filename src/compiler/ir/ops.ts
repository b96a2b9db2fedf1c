import type { DType, Shape } from '../types/dtype.ts';

/**
 * The whole vocabulary of the IR on one screen: op → attributes. Shapes are static and positional, images NHWC, filters HWIO.
 * Every op has exactly one result. What an op means is `evaluate.ts`, its result type `infer.ts`, its gradient
 * `../differentiate/gradients.ts`, its kernels `../lower/targets/*`: each a table over `OpName`, so a new op does not compile until answered.
 */
export interface OpAttributes
  extends Record<UnaryOp, None>, Record<BinaryOp, None>, Record<CompareOp, None>, Record<LogicOp, None> {
  // leaves
  input: { readonly name: string; readonly dtype: DType; readonly shape: Shape };
  /** Row-major values; one value stands for a whole tensor of it. bool as 0/1. */
  constant: { readonly dtype: DType; readonly shape: Shape; readonly values: readonly number[] };
  /** 0, 1, 2 … along `axis`, repeated along the others. i32. */
  iota: { readonly shape: Shape; readonly axis: number };

  // elementwise: also every UnaryOp, BinaryOp, CompareOp and LogicOp below
  /** bool → 0/1; f32 → i32 truncates; anything → bool is `!= 0`. */
  cast: { readonly dtype: DType };
  /** Identity forward; nothing flows back. */
  stop: None;

  /** `(condition, a, b)`: a where the condition holds, else b; all three broadcast. */
  select: None;

  // linear algebra
  /** `(a, b)`: matrix product over the last two dimensions; leading dimensions are equal, or b has rank 2. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  /** `(x [n,h,w,c], filter [kh,kw,c/groups,o])`. */
  conv2d: Convolution;
  /** `(dy, filter)` → the gradient of x. */
  conv2d_grad_input: Convolution & { readonly inputShape: Shape };
  /** `(x, dy)` → the gradient of the filter. */
  conv2d_grad_filter: Convolution & { readonly filterShape: Shape };
  max_pool: Pooling;
  /** `(x, dy)`: the first maximum of a window (row-major) takes the whole gradient. */
  max_pool_grad: Pooling;
  /** Mean of the window's real elements; padding does not count. */
  avg_pool: Pooling;
  avg_pool_grad: Pooling & { readonly inputShape: Shape };

  // along axes
  reduce_sum: Reduction;
  reduce_max: Reduction;
  reduce_min: Reduction;
  /** Index of the first maximum along `axis`, which goes. i32. */
  argmax: { readonly axis: number };
  cumsum: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };
  softmax: { readonly axis: number };
  log_softmax: { readonly axis: number };
  /** Mean over `axes`, kept as extent 1. */
  moment_mean: { readonly axes: readonly number[] };
  /** `1 / sqrt(variance + epsilon)` over `axes` (biased, centred before squaring), kept as extent 1. */
  moment_rstd: { readonly axes: readonly number[]; readonly epsilon: number };
  /** `(x, scale [c], bias [c])` over the last dimension. */
  layer_norm: { readonly epsilon: number };
  /** `(x [..., c], mean, rstd, scale, bias)`, the four broadcast to x: `(x - mean) * rstd * scale + bias`. */
  batch_norm: None;
  /** `(x [..., c], scale [c], bias [c])`: batch norm by the moments of x itself over all dimensions but the last. */
  batch_norm_training: { readonly epsilon: number };
  /** `(dy, x, scale)` → the gradient of x there, through the moments too. */
  batch_norm_grad_input: { readonly epsilon: number };
  /** `(dy, x)` → the gradient of scale there. */
  batch_norm_grad_scale: { readonly epsilon: number };
  /** Values of the k largest along the last dimension, largest first, ties by lower index. */
  top_k_values: { readonly k: number };
  /** Their indices, i32. */
  top_k_indices: { readonly k: number };

  // shape
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  /** To `shape`, trailing dimensions aligned, extents of 1 repeated. */
  broadcast: { readonly shape: Shape };
  slice: { readonly starts: readonly number[]; readonly sizes: readonly number[] };
  pad: { readonly before: readonly number[]; readonly after: readonly number[]; readonly value: number };
  concat: { readonly axis: number };
  reverse: { readonly axes: readonly number[] };

  // by index (i32; out of range is an error of the program, caught by the reference)
  /** `(x, indices)`: x.shape[..axis] + indices.shape + x.shape[axis+1..]. */
  gather: { readonly axis: number };
  /** `(updates, indices)`: the transpose of gather into `size` rows; repeated indices add. */
  scatter_add: { readonly axis: number; readonly size: number };
  /** `(x, indices)`, shapes equal but along `axis`: `out[.., j, ..] = x[.., indices[.., j, ..], ..]`. */
  gather_along: { readonly axis: number };
  /** `(updates, indices)`: its transpose into extent `size` along `axis`; repeated indices add. */
  scatter_add_along: { readonly axis: number; readonly size: number };
  /** f32 rows of 0 and 1 along a new last dimension. */
  one_hot: { readonly depth: number };

  // images
  /** NHWC to `height × width`, half-pixel centres, edges clamped, no antialiasing. Cubic has a = −0.75. */
  resize: Resizing;
  resize_grad: Resizing & { readonly inputShape: Shape };
}

/**
 * Elementwise, one operand. `gelu` is the exact (erf) one; `round` takes halves to even; `sign(0)` is 0;
 * i32 for neg, abs, sign and relu only.
 */
// prettier-ignore
export type UnaryOp =
  | 'neg' | 'exp' | 'log' | 'sqrt' | 'abs' | 'sign' | 'sin' | 'cos' | 'acos' | 'tanh'
  | 'sigmoid' | 'softplus' | 'relu' | 'erf' | 'gelu' | 'floor' | 'ceil' | 'round';

/** Two operands of one dtype; trailing dimensions align, an extent of 1 repeats. i32 for all but pow and atan2; `div` truncates there. */
export type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'atan2';

/** As above, result bool; `eq` and `ne` also of bool. */
export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

/** bool → bool; `not` has one operand. */
export type LogicOp = 'and' | 'or' | 'not';

type None = Readonly<Record<string, never>>;

interface Convolution {
  readonly stride: readonly [number, number];
  /** top, bottom, left, right */
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

interface Pooling {
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
}

interface Reduction {
  readonly axes: readonly number[];
  /** Keep the reduced axes as extent 1. */
  readonly keep: boolean;
}

interface Resizing {
  readonly height: number;
  readonly width: number;
  readonly method: 'nearest' | 'linear' | 'cubic';
}

export type OpName = keyof OpAttributes;
