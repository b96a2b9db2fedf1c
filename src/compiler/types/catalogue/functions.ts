/** The built-in functions, one a file. Losses and metrics that are formulas are in `library/*.clipx`. */
import type { FunctionSignature } from './functions/function.ts';
import { abs } from './functions/abs.ts';
import { acos } from './functions/acos.ts';
import { all } from './functions/all.ts';
import { angle } from './functions/angle.ts';
import { any } from './functions/any.ts';
import { argmax } from './functions/argmax.ts';
import { argmin } from './functions/argmin.ts';
import { asIndex } from './functions/as-index.ts';
import { atan2 } from './functions/atan2.ts';
import { averageRecall } from './functions/average-recall.ts';
import { bezierStrokes } from './functions/bezier-strokes.ts';
import { bleu } from './functions/bleu.ts';
import { ceil } from './functions/ceil.ts';
import { cider } from './functions/cider.ts';
import { clamp } from './functions/clamp.ts';
import { concat } from './functions/concat.ts';
import { convTranspose } from './functions/conv-transpose.ts';
import { conv2d } from './functions/conv2d.ts';
import { cos } from './functions/cos.ts';
import { cumsum } from './functions/cumsum.ts';
import { dot } from './functions/dot.ts';
import { draw } from './functions/draw.ts';
import { erf } from './functions/erf.ts';
import { exp } from './functions/exp.ts';
import { expand } from './functions/expand.ts';
import { fill } from './functions/fill.ts';
import { flip } from './functions/flip.ts';
import { floor } from './functions/floor.ts';
import { gaussian } from './functions/gaussian.ts';
import { gaussianBlur } from './functions/gaussian-blur.ts';
import { gelu } from './functions/gelu.ts';
import { generate } from './functions/generate.ts';
import { index } from './functions/index.ts';
import { known } from './functions/known.ts';
import { log } from './functions/log.ts';
import { logSoftmax } from './functions/log-softmax.ts';
import { log10 } from './functions/log10.ts';
import { logsumexp } from './functions/logsumexp.ts';
import { maskOf } from './functions/mask-of.ts';
import { max } from './functions/max.ts';
import { mean } from './functions/mean.ts';
import { meanAp } from './functions/mean-ap.ts';
import { median } from './functions/median.ts';
import { mel } from './functions/mel.ts';
import { merge } from './functions/merge.ts';
import { min } from './functions/min.ts';
import { normalize } from './functions/normalize.ts';
import { oneHot } from './functions/one-hot.ts';
import { only } from './functions/only.ts';
import { outer } from './functions/outer.ts';
import { pad } from './functions/pad.ts';
import { partOf } from './functions/part-of.ts';
import { pool } from './functions/pool.ts';
import { prod } from './functions/prod.ts';
import { quickGelu } from './functions/quick-gelu.ts';
import { rank } from './functions/rank.ts';
import { redraw } from './functions/redraw.ts';
import { relu } from './functions/relu.ts';
import { resize } from './functions/resize.ts';
import { reverse } from './functions/reverse.ts';
import { rougeL } from './functions/rouge-l.ts';
import { round } from './functions/round.ts';
import { shift } from './functions/shift.ts';
import { shuffle } from './functions/shuffle.ts';
import { sigmoid } from './functions/sigmoid.ts';
import { sign } from './functions/sign.ts';
import { sin } from './functions/sin.ts';
import { size } from './functions/size.ts';
import { softNms } from './functions/soft-nms.ts';
import { softmax } from './functions/softmax.ts';
import { softplus } from './functions/softplus.ts';
import { spearman } from './functions/spearman.ts';
import { spectrogram } from './functions/spectrogram.ts';
import { split } from './functions/split.ts';
import { sqrt } from './functions/sqrt.ts';
import { stack } from './functions/stack.ts';
import { stop } from './functions/stop.ts';
import { sum } from './functions/sum.ts';
import { tanh } from './functions/tanh.ts';
import { tiles } from './functions/tiles.ts';
import { top } from './functions/top.ts';
import { uniform } from './functions/uniform.ts';
import { unmerge } from './functions/unmerge.ts';
import { untile } from './functions/untile.ts';
import { upper } from './functions/upper.ts';
import { variance } from './functions/var.ts';
import { warp } from './functions/warp.ts';
import { where } from './functions/where.ts';
import { windows } from './functions/windows.ts';

export const functions = {
  exp,
  log,
  log10,
  sqrt,
  abs,
  sign,
  sin,
  acos,
  tanh,
  sigmoid,
  softplus,
  relu,
  gelu,
  quick_gelu: quickGelu,
  erf,
  floor,
  ceil,
  round,
  atan2,
  clamp,
  where,
  stop,
  dot,
  cos,
  angle,
  normalize,
  outer,
  sum,
  mean,
  prod,
  var: variance,
  any,
  all,
  logsumexp,
  argmax,
  argmin,
  max,
  min,
  median,
  softmax,
  log_softmax: logSoftmax,
  top,
  rank,
  spearman,
  cumsum,
  shift,
  reverse,
  shuffle,
  stack,
  concat,
  part_of: partOf,
  merge,
  unmerge,
  split,
  windows,
  expand,
  pad,
  upper,
  one_hot: oneHot,
  as_index: asIndex,
  index,
  size,
  mask_of: maskOf,
  known,
  only,
  fill,
  resize,
  flip,
  pool,
  conv2d,
  conv_transpose: convTranspose,
  gaussian_blur: gaussianBlur,
  warp,
  tiles,
  untile,
  bezier_strokes: bezierStrokes,
  spectrogram,
  mel,
  uniform,
  gaussian,
  draw,
  redraw,
  generate,
  bleu,
  rouge_l: rougeL,
  cider,
  soft_nms: softNms,
  mean_ap: meanAp,
  average_recall: averageRecall,
} as const satisfies Readonly<Record<string, FunctionSignature>>;

export type FunctionName = keyof typeof functions;
