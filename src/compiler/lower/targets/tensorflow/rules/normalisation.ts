import type { NodeId } from '../../../../ir/graph.ts';
import { elementCount, sameShape, type Shape } from '../../../../types/dtype.ts';
import { flag, float, text, type TensorName } from '../graph-writer.ts';
import type { Lowering, LoweringRules, NodeOf } from '../lowering.ts';

/**
 * Batch norm is one kernel, and its three gradients another: written out, the step of a ResNet takes 1.8 times as long. Layer norm is
 * written out, which is as fast as that kernel on a reshaped x, forward and backward, and does not need oneDNN.
 *
 * The squares are those of the centred x, which digits need, and are not written as SquaredDifference: TensorFlow's optimiser takes
 * `Mean, SquaredDifference, Mean, Rsqrt, …` for oneDNN's layer norm, and forgets our epsilon on the way (2.15: 0.001 it is).
 */
export const normalisationRules: LoweringRules<
  | 'moment_mean'
  | 'moment_rstd'
  | 'layer_norm'
  | 'batch_norm'
  | 'batch_norm_training'
  | 'batch_norm_grad_input'
  | 'batch_norm_grad_scale'
> = {
  moment_mean: (node, lowering) =>
    fromBatchNorm(node, lowering) ?? meanOf(lowering, node.inputs[0], node.attributes.axes),
  moment_rstd: (node, lowering) =>
    fromBatchNorm(node, lowering) ?? rstdOf(lowering, node.inputs[0], node.attributes.axes, node.attributes.epsilon),
  layer_norm: (node, lowering) => {
    const [x, scale, bias] = node.inputs;
    const axes = [lowering.shape(x).length - 1];
    const rstd = rstdOf(lowering, x, axes, node.attributes.epsilon);
    const normalised = lowering.mul(centred(lowering, x, axes), rstd);
    return lowering.add(lowering.mul(normalised, lowering.value(scale)), lowering.value(bias));
  },
  // (x − mean) · (rstd · scale) + bias
  batch_norm: (node, lowering) => {
    const fused = givenStatistics(node, lowering);
    if (fused !== undefined) return fused;
    const [x = '', mean = '', rstd = '', scale = '', bias = ''] = lowering.operands(node);
    return lowering.add(lowering.mul(lowering.sub(x, mean), lowering.mul(rstd, scale)), bias);
  },
  batch_norm_training: (node, lowering) => {
    const { y } = forward(node, lowering);
    return lowering.reshape(y, images(node.type.shape), node.type.shape);
  },
  batch_norm_grad_input: (node, lowering) => {
    const results = backward(node, lowering);
    for (const [other, gradient] of lowering.groups.batchNorms.gradients) {
      if (gradient !== node.id) continue;
      const { op, type } = lowering.node(other);
      const value = op === 'reduce_sum' ? results.bias : results.scale;
      lowering.setValue(other, lowering.reshape(value, type.shape.slice(-1), type.shape));
    }
    return results.x;
  },
  batch_norm_grad_scale: (node, lowering) => fromGradient(node, lowering) ?? backward(node, lowering).scale,
};

/** Writing the gradient of x gives those of scale and bias their values. */
export function fromGradient(
  node: NodeOf<'reduce_sum' | 'batch_norm_grad_scale'>,
  lowering: Lowering,
): TensorName | undefined {
  const gradient = lowering.groups.batchNorms.gradients.get(node.id);
  if (gradient === undefined) return undefined;
  lowering.value(gradient);
  return lowering.known(node.id);
}

function meanOf(lowering: Lowering, x: NodeId | undefined, axes: readonly number[]): TensorName {
  return lowering.reduce('Mean', lowering.value(x), axes, true);
}

function centred(lowering: Lowering, x: NodeId | undefined, axes: readonly number[]): TensorName {
  return lowering.sub(lowering.value(x), meanOf(lowering, x, axes));
}

function rstdOf(lowering: Lowering, x: NodeId | undefined, axes: readonly number[], epsilon: number): TensorName {
  const difference = centred(lowering, x, axes);
  const variance = lowering.reduce('Mean', lowering.mul(difference, difference), axes, true);
  return lowering.kernel('Rsqrt', [lowering.add(variance, lowering.number(epsilon))]);
}

// ── batch norm ───────────────────────────────────────────────────────

/** Results of FusedBatchNormV3. */
interface Forward {
  readonly y: TensorName;
  readonly mean: TensorName;
  /** With n − 1. */
  readonly variance: TensorName;
  /** What the gradient's kernel asks for; what it holds differs between devices. */
  readonly reserves: readonly TensorName[];
}

function forward(node: NodeOf<'batch_norm_training'>, lowering: Lowering): Forward {
  const [x, scale, bias] = node.inputs;
  return fusedNorm(lowering, x, lowering.value(scale), lowering.value(bias), node.attributes.epsilon);
}

function fusedNorm(
  lowering: Lowering,
  x: NodeId | undefined,
  scale: TensorName,
  bias: TensorName,
  epsilon: number,
): Forward {
  const none = lowering.writer.tensor('f32', [0], new Float32Array(0));
  const shape = lowering.shape(x);
  const [y = '', mean = '', variance = '', ...reserves] = lowering.writer.nodeWithResults(
    'FusedBatchNormV3',
    [lowering.reshape(lowering.value(x), shape, images(shape)), scale, bias, none, none],
    { epsilon: float(epsilon), is_training: flag(true), data_format: text('NHWC') },
  );
  return { y, mean, variance, reserves };
}

/** One kernel where every operand has a value per channel: after a convolution it costs next to nothing. */
function givenStatistics(node: NodeOf<'batch_norm'>, lowering: Lowering): TensorName | undefined {
  const { shape } = node.type;
  const channels = shape.slice(-1);
  const isPerChannel = (id: NodeId): boolean => sameShape(lowering.shape(id).slice(-1), channels);
  const [x = 0, ...statistics] = node.inputs;
  if (!statistics.every((id) => isPerChannel(id) && elementCount(lowering.shape(id)) === channels[0])) return undefined;
  const flat = statistics.map((id) => lowering.reshape(lowering.value(id), lowering.shape(id), channels));
  const [mean = '', rstd = '', scale = '', bias = ''] = flat;
  const one = lowering.writer.constant('f32', channels, [1]);
  const result = lowering.kernel(
    'FusedBatchNormV3',
    [lowering.reshape(lowering.value(x), shape, images(shape)), lowering.mul(rstd, scale), bias, mean, one],
    { epsilon: float(0), is_training: flag(false), data_format: text('NHWC') },
  );
  return lowering.reshape(result, images(shape), shape);
}

/** The gradients, from the statistics of the norm they belong to. */
function backward(
  node: NodeOf<'batch_norm_grad_input' | 'batch_norm_grad_scale'>,
  lowering: Lowering,
): { readonly x: TensorName; readonly scale: TensorName; readonly bias: TensorName } {
  const [dy, x] = node.inputs;
  const { epsilon } = node.attributes;
  const shape = lowering.shape(x);
  const channels = shape.at(-1) ?? 1;
  const filled = (value: number): TensorName => lowering.writer.constant('f32', [channels], [value]);
  const scale = node.op === 'batch_norm_grad_input' ? lowering.value(node.inputs[2]) : filled(1);
  const norm = normOf(node, lowering);
  const { reserves } =
    norm === undefined ? fusedNorm(lowering, x, filled(1), filled(0), epsilon) : forward(norm, lowering);
  const [dx = '', ofScale = '', ofBias = ''] = lowering.writer.nodeWithResults(
    'FusedBatchNormGradV3',
    [
      lowering.reshape(lowering.value(dy), shape, images(shape)),
      lowering.reshape(lowering.value(x), shape, images(shape)),
      scale,
      ...reserves,
    ],
    { epsilon: float(epsilon), is_training: flag(true), data_format: text('NHWC') },
  );
  return { x: lowering.reshape(dx, images(shape), shape), scale: ofScale, bias: ofBias };
}

/** The moments that a batch norm has computed. Its reserved results are not the same on every device, its variance is. */
function fromBatchNorm(node: NodeOf<'moment_mean' | 'moment_rstd'>, lowering: Lowering): TensorName | undefined {
  const norm = normOf(node, lowering);
  if (norm === undefined) return undefined;
  const { mean, variance } = forward(norm, lowering);
  const { shape } = node.type;
  if (node.op === 'moment_mean') return lowering.reshape(mean, shape.slice(-1), shape);
  const count = elementCount(lowering.shape(node.inputs[0]).slice(0, -1));
  const biased = lowering.mul(variance, lowering.number((count - 1) / count));
  const rstd = lowering.kernel('Rsqrt', [lowering.add(biased, lowering.number(node.attributes.epsilon))]);
  return lowering.reshape(rstd, shape.slice(-1), shape);
}

function normOf(node: { readonly id: NodeId }, lowering: Lowering): NodeOf<'batch_norm_training'> | undefined {
  const norm = lowering.groups.batchNorms.norms.get(node.id);
  const found = norm === undefined ? undefined : lowering.node(norm);
  return found?.op === 'batch_norm_training' ? found : undefined;
}

/** `[…, channels]` as the images that the kernels take. */
function images(shape: Shape): Shape {
  if (shape.length === 4) return shape;
  return [elementCount(shape.slice(0, -1)), 1, 1, shape.at(-1) ?? 1];
}
