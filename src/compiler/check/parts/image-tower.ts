/** What an image tower gives, by its taps: which axes, of which sizes. */
import type { Span } from '../../source/span.ts';
import { known, structuralAxis, type Axis } from '../../types/axis.ts';
import type { ImageTowerConfig } from '../../types/model-config.ts';
import { imageWidth } from './encoder-config.ts';

/** Taps of an image tower beside its feature. `projected`: only where the tower is half of a CLIP. `picked`: `stage[3]`. */
const imageTaps = {
  /** Every token in the joint space. */
  tokens: { projected: true, picked: false },
  /** The same laid out as a picture, without the class token. */
  map: { projected: true, picked: false },
  /** Tokens as the last block leaves them. */
  hidden: { projected: false, picked: false },
  /** The last feature map, unprojected. */
  grid: { projected: false, picked: false },
  /** The map after one stage of a ResNet (from 1), or one block of another tower (from 0). */
  stage: { projected: false, picked: true },
  /** Probabilities of one block, `[head, query, key]`. */
  attention: { projected: false, picked: true },
  /** Patches as vectors, before class token and positions. */
  patches: { projected: false, picked: false },
  /** Tokens as the first block takes them. */
  embed: { projected: false, picked: false },
  /** From the tokens of the last block to the feature. */
  pool: { projected: false, picked: false },
} as const;

export type ImageTap = keyof typeof imageTaps;

export const isImageTap = (name: string): name is ImageTap => Object.hasOwn(imageTaps, name);

/** Names of the taps that a tower of this kind has. */
export function legalImageTaps(config: ImageTowerConfig, isClip: boolean): ImageTap[] {
  const names = Object.keys(imageTaps) as ImageTap[]; // keys of the table
  return names.filter((name) => {
    if (imageTaps[name].projected && !isClip) return false;
    const tokens = ['hidden', 'attention', 'patches', 'embed', 'pool'].includes(name);
    return config.kind === 'vit' || !tokens;
  });
}

/** The first and the last index of `stage[…]` or `attention[…]`. */
export function pickRange(config: ImageTowerConfig): readonly [number, number] {
  switch (config.kind) {
    case 'vit':
      return [0, config.layers - 1];
    case 'residual':
      return [0, config.blocks.length - 1];
    default:
      return [1, 4];
  }
}

/** The size that a tower was built for; undefined where any size will do. */
export function builtFor(config: ImageTowerConfig): number | undefined {
  return config.kind === 'vit' || config.kind === 'modified_resnet' ? config.size : undefined;
}

/** Height or width of the map after a stage, of an image with `pixels`. */
export function stageExtent(config: ImageTowerConfig, stage: number, pixels: number): number {
  switch (config.kind) {
    case 'vit':
      return Math.floor(pixels / config.patch);
    case 'modified_resnet':
      // strides are average pools of 2, which drop an odd row
      return Math.floor(Math.ceil(pixels / 2) / 2 ** stage);
    case 'resnet': {
      let extent = Math.ceil(Math.ceil(pixels / 2) / 2);
      for (let index = 1; index < stage; index++) extent = Math.ceil(extent / 2);
      return extent;
    }
    case 'residual':
      return config.strides.slice(0, stage + 1).reduce((extent, stride) => Math.ceil(extent / stride), Math.ceil(pixels / 2)); // prettier-ignore
  }
}

export function stageChannels(config: ImageTowerConfig, stage: number): number {
  switch (config.kind) {
    case 'vit':
      return config.width;
    case 'modified_resnet':
      return config.width * 4 * 2 ** (stage - 1);
    case 'resnet':
      return config.width * (config.depth === 50 ? 4 : 1) * 2 ** (stage - 1);
    case 'residual':
      return config.blocks[stage] ?? config.width;
  }
}

export interface Picture {
  /** Axes before height, width and channel. */
  readonly lead: readonly Axis[];
  readonly height: Axis;
  readonly width: Axis;
  readonly channel: Axis;
  readonly pixels: readonly [number, number];
  readonly span: Span;
}

/** Height and width of the last map. */
export function lastMap(config: ImageTowerConfig, [height, width]: readonly [number, number]): readonly [Axis, Axis] {
  const [, last] = pickRange(config);
  return [
    structuralAxis('height', known(stageExtent(config, last, height))),
    structuralAxis('width', known(stageExtent(config, last, width))),
  ];
}

/** Places that a tower's attention sees: patches or the pixels of the last map, and the class token or their mean. */
export function tokenCount(config: ImageTowerConfig, pixels: readonly [number, number]): number {
  const [, last] = pickRange(config);
  const places = stageExtent(config, last, pixels[0]) * stageExtent(config, last, pixels[1]);
  return config.kind === 'vit' || config.kind === 'modified_resnet' ? places + 1 : places;
}

export const mapChannel = (config: ImageTowerConfig): Axis => structuralAxis('channel', known(imageWidth(config)));
