import type { OpName } from './ops.ts';

/** What an op does to positions: all that passes need to know of most ops. */
export type OpFamily =
  /** No operand. */
  | 'leaf'
  /** Each element of the result needs the elements at its own place, operands broadcast. */
  | 'elementwise'
  /** Sums of products. */
  | 'contraction'
  /** Windows over the height and width of images. */
  | 'window'
  /** Along or over axes. */
  | 'axis'
  /** Moves elements without looking at them. */
  | 'shape'
  /** Places given by the elements of an operand. */
  | 'index';

const families: { readonly [Op in OpName]: OpFamily } = {
  input: 'leaf',
  constant: 'leaf',
  iota: 'leaf',
  neg: 'elementwise',
  exp: 'elementwise',
  log: 'elementwise',
  sqrt: 'elementwise',
  abs: 'elementwise',
  sign: 'elementwise',
  sin: 'elementwise',
  cos: 'elementwise',
  acos: 'elementwise',
  tanh: 'elementwise',
  sigmoid: 'elementwise',
  softplus: 'elementwise',
  relu: 'elementwise',
  erf: 'elementwise',
  gelu: 'elementwise',
  floor: 'elementwise',
  ceil: 'elementwise',
  round: 'elementwise',
  not: 'elementwise',
  cast: 'elementwise',
  stop: 'elementwise',
  add: 'elementwise',
  sub: 'elementwise',
  mul: 'elementwise',
  div: 'elementwise',
  pow: 'elementwise',
  max: 'elementwise',
  min: 'elementwise',
  atan2: 'elementwise',
  eq: 'elementwise',
  ne: 'elementwise',
  lt: 'elementwise',
  le: 'elementwise',
  gt: 'elementwise',
  ge: 'elementwise',
  and: 'elementwise',
  or: 'elementwise',
  select: 'elementwise',
  matmul: 'contraction',
  conv2d: 'window',
  conv2d_grad_input: 'window',
  conv2d_grad_filter: 'window',
  max_pool: 'window',
  max_pool_grad: 'window',
  avg_pool: 'window',
  avg_pool_grad: 'window',
  reduce_sum: 'axis',
  reduce_max: 'axis',
  reduce_min: 'axis',
  argmax: 'axis',
  cumsum: 'axis',
  softmax: 'axis',
  log_softmax: 'axis',
  moment_mean: 'axis',
  moment_rstd: 'axis',
  layer_norm: 'axis',
  batch_norm: 'axis',
  batch_norm_training: 'axis',
  batch_norm_grad_input: 'axis',
  batch_norm_grad_scale: 'axis',
  top_k_values: 'axis',
  top_k_indices: 'axis',
  reshape: 'shape',
  transpose: 'shape',
  broadcast: 'shape',
  slice: 'shape',
  pad: 'shape',
  concat: 'shape',
  reverse: 'shape',
  gather: 'index',
  scatter_add: 'index',
  gather_along: 'index',
  scatter_add_along: 'index',
  one_hot: 'index',
  resize: 'window',
  resize_grad: 'window',
};

export function opFamily(op: OpName): OpFamily {
  return families[op];
}
