import type { ModifiedResnetConfig } from '../../types/model-config.ts';
import { Arithmetic } from '../../ir/arithmetic.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { attentionPool, type PooledTokens } from './attention-pool.ts';
import { join } from './path.ts';
import { normalisePixels } from './pixels.ts';
import { convolutionNorm, relu } from './residual-unit.ts';

/**
 * CLIP's ResNet on images `[n, h, w, 3]` (Radford et al., 2021): a stem of three 3×3 convolutions and an average pool, four stages of
 * bottleneck units whose strides are average pools. Parts `stem.{conv1,norm1,…}`, `stage<s>.<i>`. Result: the map after each stage up to
 * `until`, each `[n, h', w', c]`.
 */
export function modifiedResnetStages(
  context: LayerContext,
  path: string,
  image: NodeId,
  { width, blocks, statistics }: ModifiedResnetConfig,
  until = 4,
): readonly NodeId[] {
  const { builder } = context;
  let value = normalisePixels(builder, image, statistics);
  const stem = join(path, 'stem');
  for (const [index, channels] of [width / 2, width / 2, width].entries()) {
    const stride = index === 0 ? 2 : 1;
    value = relu(builder, convolutionNorm(context, stem, String(index + 1), value, { output: channels, kernel: 3, stride })); // prettier-ignore
  }
  value = averagePool(builder, value, 2);
  return blocks.slice(0, until).map((count, stage) => {
    const channels = width * 4 * 2 ** stage;
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      value = unit(context, join(path, `stage${stage + 1}.${index}`), value, channels, stride);
    }
    return value;
  });
}

/** Its pooling of the last map, which also projects: part `pool`. */
export function modifiedResnetPool(
  context: LayerContext,
  path: string,
  map: NodeId,
  { heads, size }: ModifiedResnetConfig,
  output: number,
): PooledTokens {
  const m = new Arithmetic(context.builder);
  const [n = 1, height = 1, breadth = 1, channels = 1] = m.shape(map);
  const made = size / 32;
  return attentionPool(context, join(path, 'pool'), m.reshape(map, [n, height * breadth, channels]), {
    heads,
    output,
    positions: { made: [made, made], here: [height, breadth] },
  });
}

/** 1×1, 3×3, average pool by the stride, 1×1 to four times the inner channels; the shortcut is pooled too, then 1×1. */
function unit(context: LayerContext, path: string, x: NodeId, output: number, stride: number): NodeId {
  const { builder } = context;
  const inner = output / 4;
  const first = relu(builder, convolutionNorm(context, path, '1', x, { output: inner, kernel: 1, stride: 1 }));
  const second = relu(builder, convolutionNorm(context, path, '2', first, { output: inner, kernel: 3, stride: 1 }));
  const third = convolutionNorm(context, path, '3', averagePool(builder, second, stride), { output, kernel: 1, stride: 1 }); // prettier-ignore
  const changes = stride > 1 || builder.shape(x)[3] !== output;
  const shortcut = changes ? convolutionNorm(context, join(path, 'shortcut'), '', averagePool(builder, x, stride), { output, kernel: 1, stride: 1 }) : x; // prettier-ignore
  return relu(builder, builder.add('add', [third, shortcut], {}));
}

function averagePool(builder: GraphBuilder, x: NodeId, by: number): NodeId {
  if (by === 1) return x;
  return builder.add('avg_pool', [x], { window: [by, by], stride: [by, by], padding: [0, 0, 0, 0] });
}
