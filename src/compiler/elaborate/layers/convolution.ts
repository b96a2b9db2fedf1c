import { invariant } from '../../common/invariant.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/parameter.ts';
import type { LayerContext } from '../layer-context.ts';
import { frameworkDefault } from './initialisations.ts';
import { join } from './path.ts';

export interface ConvolutionOptions {
  readonly output: number;
  /** Height and width of the kernel. */
  readonly kernel: number;
  /** Defaults: stride 1, dilation 1, groups 1, no bias. */
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
  readonly bias?: boolean;
  /** On all four sides; default: keeps the extent at stride 1 for an odd kernel. */
  readonly padding?: number;
  /** Defaults: PyTorch's, uniform ±1/√(inputs of one output). */
  readonly weightInit?: Initialisation;
}

/** `x [n, h, w, channels] → [n, h', w', output]`. Tensors `weight [kernel, kernel, channels/groups, output]` and `bias`. */
export function convolution(context: LayerContext, path: string, x: NodeId, options: ConvolutionOptions): NodeId {
  const { builder } = context;
  const { output, kernel, stride = 1, dilation = 1, groups = 1, bias = false } = options;
  const padding = options.padding ?? Math.floor((dilation * (kernel - 1)) / 2);
  const channels = builder.shape(x)[3];
  invariant(channels, `convolution ${path} needs images [n, h, w, channels]`);
  const initial = frameworkDefault((kernel * kernel * channels) / groups);

  const shape = [kernel, kernel, channels / groups, output];
  const weight = context.parameter(join(path, 'weight'), shape, options.weightInit ?? initial);
  const result = builder.add('conv2d', [x, weight], {
    stride: [stride, stride],
    padding: [padding, padding, padding, padding],
    dilation: [dilation, dilation],
    groups,
  });
  if (!bias) return result;
  return builder.add('add', [result, context.parameter(join(path, 'bias'), [output], initial)], {});
}
