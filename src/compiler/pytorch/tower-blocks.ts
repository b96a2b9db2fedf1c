/** Blocks of towers that are called by themselves: `bert.blocks(x)`, `clip.text.blocks[0..3](x)`. */
import type { InstanceShape, Part, Typed } from '../check/typed.ts';
import { Unsupported } from './unsupported.ts';

interface TowerBlocks {
  /** Of the class of the library, behind what holds the tower. */
  readonly method: string;
  /** Which of them, where not all. */
  readonly options: readonly string[];
}

/** How the blocks that a part of an encoder is are called. */
export function towerBlocks(typed: Typed, { config }: Extract<InstanceShape, { kind: 'encoder' }>, { path, shape }: Part): TowerBlocks {
  const isImage = path === 'image';
  const tower = config.kind === 'clip' ? (isImage ? config.image : config.text) : config;
  const { first, layers } = shape.kind === 'layer' ? shape.options : {};
  const isKnown = tower.kind === 'bert' || tower.kind === 'ast' || tower.kind === 'text_transformer' || tower.kind === 'vit';
  if (!isKnown || typeof first !== 'number' || typeof layers !== 'number') throw new Unsupported(typed, `blocks of \`${tower.kind}\` by themselves`);
  return { method: `${isImage ? '.visual' : ''}.through`, options: layers === tower.layers ? [] : [`first=${first}`, `layers=${layers}`] };
} // prettier-ignore
