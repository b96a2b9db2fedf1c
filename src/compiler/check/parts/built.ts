/** What of the catalogue has a body. The rest is checked, explained and compared, and refused where it would have to run. */
import type { EncoderConfig, ImageTowerConfig } from '../../types/model-config.ts';
import type { ImageTap } from './image-tower.ts';

const builtImageTaps: Readonly<Record<ImageTowerConfig['kind'], ReadonlySet<ImageTap | undefined>>> = {
  vit: new Set([undefined, 'tokens', 'map', 'hidden', 'grid', 'stage', 'attention', 'patches', 'embed', 'pool']),
  modified_resnet: new Set([undefined, 'tokens', 'map', 'grid', 'stage']),
  resnet: new Set([undefined, 'tokens', 'map', 'grid', 'stage']),
  residual: new Set([undefined, 'tokens', 'map', 'grid', 'stage']),
};

export const imageTapIsBuilt = ({ kind }: ImageTowerConfig, tap: ImageTap | undefined): boolean =>
  builtImageTaps[kind].has(tap);

export const textTapIsBuilt = ({ kind }: EncoderConfig, _tap: string): boolean =>
  kind === 'text_transformer' || kind === 'bert';
