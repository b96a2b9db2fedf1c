import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/parameter.ts';
import type { LayerContext } from '../layer-context.ts';
import { frameworkDefault } from './initialisations.ts';
import { join } from './path.ts';

export interface ConvOptions {
  readonly output: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: number;
  readonly groups: number;
  readonly bias: boolean;
  readonly init?: Initialisation;
}

/**
 * What stands around the picture, so that ⌈pixels / stride⌉ are left: as many before as an odd kernel reaches back, as PyTorch's
 * `padding = (kernel − 1) / 2` does; none where the kernel is the stride.
 */
function padding(pixels: number, kernel: number, stride: number, dilation: number): readonly [number, number] {
  const reach = dilation * (kernel - 1) + 1;
  const total = Math.max(0, (Math.ceil(pixels / stride) - 1) * stride + reach - pixels);
  const before = Math.min(total, kernel % 2 === 1 ? (reach - 1) / 2 : Math.floor(total / 2));
  return [before, total - before];
}

/** `x [n, h, w, channels] → [n, ⌈h/s⌉, ⌈w/s⌉, output]`. Tensors `weight [kh, kw, channels/groups, output]` and `bias`. */
export function conv(context: LayerContext, path: string, x: NodeId, options: ConvOptions): NodeId {
  const m = new Arithmetic(context.builder);
  const { output, kernel, stride, dilation, groups, bias, init } = options;
  const [, height = 1, width = 1, channels = 1] = m.shape(x);
  const initial = frameworkDefault((kernel[0] * kernel[1] * channels) / groups);
  const weight = context.parameter(join(path, 'weight'), [kernel[0], kernel[1], channels / groups, output], init ?? initial); // prettier-ignore
  const [top, bottom] = padding(height, kernel[0], stride[0], dilation);
  const [left, right] = padding(width, kernel[1], stride[1], dilation);
  const result = m.op('conv2d', [x, weight], {
    stride,
    padding: [top, bottom, left, right],
    dilation: [dilation, dilation],
    groups,
  });
  return bias ? m.add(result, context.parameter(join(path, 'bias'), [output], initial)) : result;
}

/**
 * The transpose of a convolution without padding: `x [n, h, w, channels] → [n, (h − 1)·s + kh, …, output]`.
 * Tensors `weight [kh, kw, output, channels]` and `bias`.
 */
export function convTranspose(
  context: LayerContext,
  path: string,
  x: NodeId,
  { output, kernel, stride, bias, init }: Omit<ConvOptions, 'dilation' | 'groups'>,
): NodeId {
  const m = new Arithmetic(context.builder);
  const [n = 1, height = 1, width = 1, channels = 1] = m.shape(x);
  const initial = frameworkDefault(kernel[0] * kernel[1] * output);
  const weight = context.parameter(join(path, 'weight'), [kernel[0], kernel[1], output, channels], init ?? initial);
  const inputShape = [n, (height - 1) * stride[0] + kernel[0], (width - 1) * stride[1] + kernel[1], output];
  const result = m.op('conv2d_grad_input', [x, weight], { stride, padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1, inputShape }); // prettier-ignore
  return bias ? m.add(result, context.parameter(join(path, 'bias'), [output], initial)) : result;
}
