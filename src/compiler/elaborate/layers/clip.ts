import type { ClipConfig } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { imageTower } from './image-tower.ts';
import { constant } from './initialisations.ts';
import { join } from './path.ts';
import { project } from './project.ts';
import { textTransformer } from './text-transformer.ts';
import type { TowerResult } from './tower.ts';

/**
 * CLIP (Radford et al., 2021): an image and a text tower into one joint space. Parts `image`, `image.projection`, `text`,
 * `text.projection`, `logit_scale`. Features are not normalised: that is the formula's business.
 */

/** Images `[n, h, w, 3]` → joint features `[n, joint]`. */
export function clipImage(context: LayerContext, path: string, image: NodeId, config: ClipConfig): TowerResult {
  const tower = imageTower(context, join(path, 'image'), image, config.image);
  return projected(context, join(path, 'image'), tower, config);
}

/** Token ids `i32 [rows, context]` and the index of each end token `i32 [rows]` → joint features `[rows, joint]`. */
export function clipText(
  context: LayerContext,
  path: string,
  ids: NodeId,
  end: NodeId,
  config: ClipConfig,
): TowerResult {
  const tower = textTransformer(context, join(path, 'text'), ids, end, config.text);
  return projected(context, join(path, 'text'), tower, config);
}

/** The logarithm of the factor on cosines, a scalar that starts at log(1/0.07) and never decays. */
export function clipLogitScale(context: LayerContext, path: string): NodeId {
  return context.parameter(join(path, 'logit_scale'), [], constant(Math.log(1 / 0.07)), { decay: false });
}

function projected(context: LayerContext, path: string, tower: TowerResult, config: ClipConfig): TowerResult {
  const features = project(context, join(path, 'projection'), tower.features, config.joint);
  return { features, taps: new Map([...tower.taps, ['pooled', tower.features]]) };
}
