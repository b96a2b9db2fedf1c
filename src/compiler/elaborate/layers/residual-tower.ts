import type { ResidualConfig } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { join } from './path.ts';
import { normalisePixels } from './pixels.ts';
import { basicUnit, convolutionNorm, globalAverage, relu } from './residual-unit.ts';
import type { TowerResult } from './tower.ts';

/**
 * The small image tower of the emoji experiments on images `[n, h, w, 3]`: 3×3 stem of stride 2 (`stem.{conv,norm}`), one basic unit
 * per entry of the config (`blocks.<i>`), global average. Features `[n, channels of the last block]`. Taps: `blocks.<i> [n, h', w', c]`.
 */
export function residualTower(
  context: LayerContext,
  path: string,
  image: NodeId,
  config: ResidualConfig,
  until = config.blocks.length,
): TowerResult {
  const { builder } = context;
  const { width, blocks, strides, statistics } = config;
  const taps = new Map<string, NodeId>();
  const pixels = normalisePixels(builder, image, statistics);
  const stem = convolutionNorm(context, join(path, 'stem'), '', pixels, { output: width, kernel: 3, stride: 2 });
  let value = relu(builder, stem);
  for (const [index, output] of blocks.slice(0, until).entries()) {
    value = basicUnit(context, join(path, `blocks.${index}`), value, { output, stride: strides[index] ?? 1 });
    taps.set(`blocks.${index}`, value);
  }
  return { features: globalAverage(builder, value), taps };
}
