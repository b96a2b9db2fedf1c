import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { invariant } from '../../common/invariant.ts';
import { batchNorm } from './batch-norm.ts';
import { convolution } from './convolution.ts';
import { kaimingFanOut } from './initialisations.ts';
import { join } from './path.ts';

export interface UnitOptions {
  /** Channels of the result. */
  readonly output: number;
  readonly stride: number;
}

/** Two 3×3 convolutions around a shortcut (He et al., 2016): `conv1 norm1 conv2 norm2`, and `shortcut.{conv,norm}` where the shape changes. */
export function basicUnit(context: LayerContext, path: string, x: NodeId, options: UnitOptions): NodeId {
  const { builder } = context;
  const { output, stride } = options;
  const first = convolutionNorm(context, path, '1', x, { output, kernel: 3, stride });
  const second = convolutionNorm(context, path, '2', relu(builder, first), { output, kernel: 3, stride: 1 });
  return relu(builder, builder.add('add', [second, shortcut(context, path, x, options)], {}));
}

/** 1×1, 3×3 (with the stride, as torchvision has it), 1×1 to four times the inner channels. */
export function bottleneckUnit(context: LayerContext, path: string, x: NodeId, options: UnitOptions): NodeId {
  const { builder } = context;
  const { output, stride } = options;
  const inner = output / 4;
  const first = convolutionNorm(context, path, '1', x, { output: inner, kernel: 1, stride: 1 });
  const second = convolutionNorm(context, path, '2', relu(builder, first), { output: inner, kernel: 3, stride });
  const third = convolutionNorm(context, path, '3', relu(builder, second), { output, kernel: 1, stride: 1 });
  return relu(builder, builder.add('add', [third, shortcut(context, path, x, options)], {}));
}

/** Convolution without bias, then batch norm: parts `conv` and `norm`, with `suffix` where a unit has several. */
export function convolutionNorm(
  context: LayerContext,
  path: string,
  suffix: string,
  x: NodeId,
  options: { readonly output: number; readonly kernel: number; readonly stride: number },
): NodeId {
  const { output, kernel, stride } = options;
  const weightInit = kaimingFanOut(kernel * kernel * output);
  const convolved = convolution(context, join(path, `conv${suffix}`), x, { output, kernel, stride, weightInit });
  return batchNorm(context, join(path, `norm${suffix}`), convolved);
}

/** Mean over height and width: `[n, h, w, c] → [n, c]`. */
export function globalAverage(builder: GraphBuilder, x: NodeId): NodeId {
  const [n, , , channels] = builder.shape(x);
  invariant(n && channels, 'the global average needs images [n, h, w, c]');
  return builder.add('reshape', [builder.add('moment_mean', [x], { axes: [1, 2] })], { shape: [n, channels] });
}

export function relu(builder: GraphBuilder, x: NodeId): NodeId {
  return builder.add('relu', [x], {});
}

function shortcut(context: LayerContext, path: string, x: NodeId, { output, stride }: UnitOptions): NodeId {
  if (stride === 1 && context.builder.shape(x)[3] === output) return x;
  return convolutionNorm(context, join(path, 'shortcut'), '', x, { output, kernel: 1, stride });
}
