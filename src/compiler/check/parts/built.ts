/** What of the catalogue has a body. The rest is checked, explained and compared, and refused where it would have to run. */
import type { LayerName } from '../../types/catalogue/layers.ts';
import type { EncoderConfig, ImageTowerConfig } from '../../types/model-config.ts';
import type { ImageTap } from './image-tower.ts';

const builtLayers: ReadonlySet<LayerName> = new Set<LayerName>(['linear', 'mlp']);

const builtImageTaps: Readonly<Record<ImageTowerConfig['kind'], ReadonlySet<ImageTap | undefined>>> = {
  vit: new Set([undefined]),
  modified_resnet: new Set(),
  resnet: new Set([undefined]),
  residual: new Set([undefined]),
};

export const layerIsBuilt = (layer: LayerName): boolean => builtLayers.has(layer);

export const imageTapIsBuilt = ({ kind }: ImageTowerConfig, tap: ImageTap | undefined): boolean =>
  builtImageTaps[kind].has(tap);

export const textTapIsBuilt = ({ kind }: EncoderConfig, tap: string): boolean =>
  kind === 'text_transformer' && tap === '';
