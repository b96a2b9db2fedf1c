import { invariant } from '../../common/invariant.ts';
import type { EncoderConfig, ImageTowerConfig } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { modifiedResnetPool, modifiedResnetStages } from './modified-resnet.ts';
import { residualTower } from './residual-tower.ts';
import { resnet, resnetWidth } from './resnet.ts';
import type { TowerResult } from './tower.ts';
import { vit } from './vit.ts';

/** Any image tower on images `[n, h, w, 3]` (u8, or f32 in 0..1): features `[n, towerOutputWidth]`, unprojected. */
export function imageTower(context: LayerContext, path: string, image: NodeId, config: ImageTowerConfig): TowerResult {
  switch (config.kind) {
    case 'vit':
      return vit(context, path, image, config);
    case 'resnet':
      return resnet(context, path, image, config);
    case 'residual':
      return residualTower(context, path, image, config);
    case 'modified_resnet': {
      const stages = modifiedResnetStages(context, path, image, config);
      const last = stages.at(-1);
      invariant(last !== undefined, `${path} has stages`);
      const taps = new Map(stages.map((stage, index) => [`stage${index + 1}`, stage]));
      return { features: modifiedResnetPool(context, path, last, config, towerOutputWidth(config)).pooled, taps };
    }
  }
}

/** Width of an encoder's features; for CLIP, of its joint space. */
export function towerOutputWidth(config: EncoderConfig): number {
  switch (config.kind) {
    case 'clip':
      return config.joint;
    case 'vit':
    case 'text_transformer':
    case 'bert':
    case 'ast':
      return config.width;
    case 'modified_resnet':
      return config.output ?? config.width * 32;
    case 'resnet':
      return resnetWidth(config);
    case 'residual':
      return config.blocks.at(-1) ?? config.width;
  }
}
