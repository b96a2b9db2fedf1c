import type { ResnetConfig } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { join } from './path.ts';
import { normalisePixels } from './pixels.ts';
import { basicUnit, bottleneckUnit, convolutionNorm, globalAverage, relu } from './residual-unit.ts';
import type { TowerResult } from './tower.ts';

/** Units per stage and how many times `width` the first stage puts out (He et al., 2016, table 1). */
const structure: Readonly<
  Record<ResnetConfig['depth'], { readonly units: readonly number[]; readonly expansion: 1 | 4 }>
> = {
  18: { units: [2, 2, 2, 2], expansion: 1 },
  34: { units: [3, 4, 6, 3], expansion: 1 },
  50: { units: [3, 4, 6, 3], expansion: 4 },
};

/**
 * torchvision's ResNet on images `[n, h, w, 3]` without its classifier: 7×7 stem of stride 2 (`stem.{conv,norm}`), 3×3 max-pool of
 * stride 2, four stages (`stage1.0` … `stage4.1`), global average. Features `[n, resnetWidth]`. Taps: `stem`, `stage1` … `stage4`,
 * each `[n, h', w', c]`. `until`: the last stage.
 */
export function resnet(
  context: LayerContext,
  path: string,
  image: NodeId,
  config: ResnetConfig,
  until = 4,
): TowerResult {
  const { builder } = context;
  const { units, expansion } = structure[config.depth];
  const unit = expansion === 4 ? bottleneckUnit : basicUnit;
  const taps = new Map<string, NodeId>();

  const pixels = normalisePixels(builder, image, config.statistics);
  const stem = convolutionNorm(context, join(path, 'stem'), '', pixels, {
    output: config.width,
    kernel: 7,
    stride: 2,
  });
  let value = builder.add('max_pool', [relu(builder, stem)], {
    window: [3, 3],
    stride: [2, 2],
    padding: [1, 1, 1, 1],
  });
  taps.set('stem', value);
  for (const [stage, count] of units.slice(0, until).entries()) {
    const output = config.width * expansion * 2 ** stage;
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      value = unit(context, join(path, `stage${stage + 1}.${index}`), value, { output, stride });
    }
    taps.set(`stage${stage + 1}`, value);
  }
  return { features: globalAverage(builder, value), taps };
}

/** Channels of the last stage. */
export function resnetWidth(config: ResnetConfig): number {
  return config.width * structure[config.depth].expansion * 8;
}
