/** Parts of built-in towers that are called, copied or started from by themselves: `clip.text.blocks[0..3]`, `bert.blocks`. */
import type { EncoderConfig } from '../../types/model-config.ts';
import { known, type Axis } from '../../types/axis.ts';
import type { Checker } from '../checker.ts';
import type { Instance, InstanceShape, LayerOption, Origin } from '../typed.ts';
import type { Pick, PlacedPart, Value } from '../value.ts';
import type { EncoderShape } from './encoder-shape.ts';

interface Blocks {
  readonly count: number;
  readonly options: Readonly<Record<string, LayerOption>>;
  readonly width: Axis;
}

function blocksOf(shape: EncoderShape, tower: string): Blocks | undefined {
  const { config } = shape;
  const own: EncoderConfig = config.kind === 'clip' ? (tower === 'text' ? config.text : config.image) : config;
  const width = shape.axes[`${tower}.width`] ?? shape.joint;
  switch (own.kind) {
    case 'vit':
    case 'text_transformer': {
      const eps = own.epsilon ?? (own.kind === 'vit' && own.form === 'timm' ? 1e-6 : 1e-5);
      const hidden = own.hidden === undefined ? {} : { hidden: own.hidden };
      const share = own.kind === 'vit' ? own.stochasticDepth : undefined;
      const depth = share === undefined ? {} : { depth: share, blocks: own.layers };
      return {
        count: own.layers,
        width,
        options: { heads: own.heads, activation: own.activation, norm: 'pre', causal: own.kind === 'text_transformer', dropout: 0, eps, ...hidden, ...depth }, // prettier-ignore
      };
    }
    case 'bert':
      return {
        count: own.layers,
        width,
        options: { heads: own.heads, activation: own.activation, norm: 'post', causal: false, dropout: own.dropout, eps: own.epsilon ?? 1e-12, hidden: own.hidden }, // prettier-ignore
      };
    case 'ast':
      return {
        count: own.layers,
        width,
        options: {
          heads: own.heads,
          activation: own.activation,
          norm: 'pre',
          causal: false,
          dropout: 0,
          eps: own.epsilon ?? 1e-6,
        },
      };
    default:
      return undefined;
  }
}

export const blockCount = (shape: EncoderShape, tower: string): number => blocksOf(shape, tower)?.count ?? 0;

export const hasBlocks = (shape: EncoderShape, tower: string): boolean => blockCount(shape, tower) > 0;

/** A run of a tower's blocks as a `transformer`; `tower` is the path of the tower in its encoder, `image`, `text` or empty. */
export function blocksPart(
  checker: Checker,
  instance: Instance,
  shape: EncoderShape,
  tower: string,
  pick: Pick | undefined,
): PlacedPart | undefined {
  const blocks = blocksOf(shape, tower);
  if (blocks === undefined) return undefined;
  const { count } = blocks;
  const indices = (pick?.indices ?? Array.from({ length: count }, (_, index) => index)).map((index) => (index < 0 ? count + index : index)); // prettier-ignore
  const [first = 0] = indices;
  const run = indices.every((index, place) => index === first + place && index >= 0 && index < count);
  if (!run) {
    return checker.report.error('CX5006', pick?.span ?? instance.span, `\`${instance.name}\` has blocks 0 to ${count - 1}, taken in a run`, {
      expected: '`blocks[0..3]` or `blocks[-1]`',
    }); // prettier-ignore
  }
  const path = tower === '' ? 'blocks' : `${tower}.blocks`;
  const key = pick === undefined ? path : `${path}[${first}..${first + indices.length - 1}]`;
  const part: InstanceShape = {
    kind: 'layer',
    layer: 'transformer',
    options: { layers: indices.length, first, ...blocks.options },
    // among several axes of places theirs is `token`
    axes: { along: blocks.width, prefer: { id: 'token', name: 'token', kind: 'position', size: known(1) } },
  };
  checker.partsOf(instance.name).set(key, { path: tower, shape: part });
  return { name: `${instance.name}.${key}`, owner: instance.name, key, shape: part, span: instance.span };
}

/** The patches of a ViT as a layer by itself: it reads pixels as they come, neither mean nor deviation taken away. */
function patchesOf({ config }: EncoderShape, path: string): InstanceShape | undefined {
  const tower = config.kind === 'clip' ? (path === 'image.patches' ? config.image : undefined) : path === 'patches' ? config : undefined; // prettier-ignore
  if (tower?.kind !== 'vit') return undefined;
  return { kind: 'layer', layer: 'patchify', options: { over: '2d', patch: tower.patch, width: tower.width, time: 1, inflate: 'centre', bias: tower.form === 'timm' }, axes: {} }; // prettier-ignore
}

/** What `copy(…)` and `from …` take: the shape of an encoder, module or part, and where its tensors stand. */
export function partsOfTower(
  checker: Checker,
  value: Value,
): { readonly shape: InstanceShape; readonly origin: Origin } | undefined {
  if (value.kind === 'instance')
    return { shape: value.instance.shape, origin: { kind: 'part', owner: value.instance.name, path: '' } };
  if (value.kind === 'part') {
    const { part } = value;
    const path = part.key === '' ? '' : (checker.partsOf(part.owner).get(part.key)?.path ?? part.key);
    if (part.shape.kind !== 'layer' || typeof part.shape.options['first'] !== 'number')
      return { shape: part.shape, origin: { kind: 'part', owner: part.owner, path } };
    const { first, ...options } = part.shape.options;
    return { shape: { ...part.shape, options }, origin: { kind: 'part', owner: part.owner, path, shift: first } };
  }
  if (value.kind === 'tap') {
    const { instance, path } = value;
    const flat = instance.shape.kind === 'encoder' ? patchesOf(instance.shape, path) : undefined;
    if (flat !== undefined) return { shape: flat, origin: { kind: 'part', owner: instance.name, path } };
    if (instance.shape.kind === 'encoder' && (path === 'image' || path === 'text'))
      return { shape: { ...instance.shape, tower: path }, origin: { kind: 'part', owner: instance.name, path: '' } };
    return undefined;
  }
  if (value.kind === 'tensor' && value.typed.op === 'parameter') {
    const { owner, path } = value.typed.attributes;
    const shape: InstanceShape = { kind: 'composite', label: 'param' };
    return { shape, origin: { kind: 'part', owner, path: path === '' ? 'value' : path, whole: true } };
  }
  return undefined;
}
