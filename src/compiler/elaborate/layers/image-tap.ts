/** What an image tower gives at a tap, `[n, …]`: only what the tap reads is built, so that no tensor is declared in vain. */
import { InternalError, invariant } from '../../common/invariant.ts';
import type { ImageTowerConfig } from '../../types/model-config.ts';
import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { modifiedResnetPool, modifiedResnetStages } from './modified-resnet.ts';
import { join } from './path.ts';
import { residualTower } from './residual-tower.ts';
import { resnet } from './resnet.ts';
import { vitNormed, vitPool, vitTokens, vitTrunk } from './vit.ts';

export interface TapRequest {
  readonly context: LayerContext;
  /** Of the tower: `image`, or empty. */
  readonly path: string;
  /** `[n, h, w, 3]` */
  readonly image: NodeId;
  readonly config: ImageTowerConfig;
  /** `map`, `stage.3`, `attention.0`; empty for the feature. */
  readonly tap: string;
  /** The joint width where the tower is half of a CLIP. */
  readonly joint?: number;
  /** `[n, more, width]`: tokens behind the patches. */
  readonly appended?: NodeId;
}

export function imageTap(request: TapRequest): NodeId {
  switch (request.config.kind) {
    case 'vit':
      return vitTap(request, request.config);
    case 'modified_resnet':
      return modifiedResnetTap(request, request.config);
    default:
      return averagedTap(request, request.config);
  }
}

/** The bare matrix of CLIP on the last dimension. */
function projected({ context, path, joint }: TapRequest, x: NodeId): NodeId {
  if (joint === undefined) return x;
  const m = new Arithmetic(context.builder);
  const shape = m.shape(x);
  const width = shape.at(-1) ?? 1;
  const rows = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const init = { kind: 'normal', mean: 0, deviation: width ** -0.5 } as const;
  const matrix = context.parameter(join(path, 'projection'), [width, joint], init);
  return m.reshape(m.matmul(m.reshape(x, [rows, width]), matrix, false, false), [...shape.slice(0, -1), joint]);
}

function vitTap(request: TapRequest, config: Extract<ImageTowerConfig, { kind: 'vit' }>): NodeId {
  const { context, path, image, tap, appended } = request;
  const m = new Arithmetic(context.builder);
  const [, height = 1, width = 1] = m.shape(image);
  const [rows, columns] = [height / config.patch, width / config.patch];
  const asMap = (tokens: NodeId): NodeId => {
    const [n = 1, , numbers = 1] = m.shape(tokens);
    const places = m.op('slice', [tokens], { starts: [0, 1, 0], sizes: [n, rows * columns, numbers] });
    return m.reshape(places, [n, rows, columns, numbers]);
  };
  const [name = '', index = ''] = tap.split('.');
  if (name === 'embed' || name === 'patches') {
    const taps = new Map<string, NodeId>();
    const before = vitTokens(context, path, image, config, taps, appended);
    return name === 'embed' ? before : (taps.get('patches') ?? before);
  }
  const layers = name === 'stage' || name === 'attention' ? Number(index) + 1 : config.layers;
  // the same share in each block of a tower that is cut short
  const depth = config.stochasticDepth === undefined ? {} : { stochasticDepth: (config.stochasticDepth * (layers - 1)) / Math.max(1, config.layers - 1) }; // prettier-ignore
  const { tokens, taps } = vitTrunk(context, path, image, { ...config, layers, ...depth }, appended);
  switch (name) {
    case '':
      return projected(request, vitPool(context, path, tokens, config));
    case 'tokens':
      return projected(request, vitNormed(context, path, tokens, config));
    case 'map':
      return asMap(projected(request, vitNormed(context, path, tokens, config)));
    case 'hidden':
      return tokens;
    case 'grid':
    case 'stage':
      return asMap(tokens);
    case 'attention': {
      const probabilities = taps.get(`blocks.${index}.attention`);
      invariant(probabilities !== undefined, `block ${index} of ${path}`);
      return probabilities;
    }
    default:
      throw new InternalError(`a ViT has no tap ${tap}`);
  }
}

function modifiedResnetTap(
  { context, path, image, tap, joint }: TapRequest,
  config: Extract<ImageTowerConfig, { kind: 'modified_resnet' }>,
): NodeId {
  const m = new Arithmetic(context.builder);
  const [name = '', index = ''] = tap.split('.');
  const stages = modifiedResnetStages(context, path, image, config, name === 'stage' ? Number(index) : 4);
  const last = stages.at(-1);
  invariant(last !== undefined, `${path} has stages`);
  if (name === 'stage' || name === 'grid') return last;
  const pool = modifiedResnetPool(context, path, last, config, joint ?? config.output ?? config.width * 32);
  const [n = 1, height = 1, width = 1] = m.shape(last);
  switch (name) {
    case '':
      return pool.pooled;
    case 'tokens':
      return pool.mixed;
    case 'map': {
      const tokens = index === 'value' ? pool.values : pool.mixed;
      const numbers = m.shape(tokens)[2] ?? 1;
      const places = m.op('slice', [tokens], { starts: [0, 1, 0], sizes: [n, height * width, numbers] });
      return m.reshape(places, [n, height, width, numbers]);
    }
    default:
      throw new InternalError(`a ResNet of CLIP has no tap ${tap}`);
  }
}

/** Towers that end in an average over the places. */
function averagedTap(request: TapRequest, config: Extract<ImageTowerConfig, { kind: 'resnet' | 'residual' }>): NodeId {
  const { context, path, image, tap } = request;
  const m = new Arithmetic(context.builder);
  const [name = '', index = ''] = tap.split('.');
  const last = config.kind === 'resnet' ? 4 : config.blocks.length - 1;
  const at = name === 'stage' ? Number(index) : last;
  const tower = config.kind === 'resnet' ? resnet(context, path, image, config, at) : residualTower(context, path, image, config, at + 1); // prettier-ignore
  const map = tower.taps.get(config.kind === 'resnet' ? `stage${at}` : `blocks.${at}`);
  invariant(map !== undefined, `${path} has stage ${at}`);
  const [n = 1, height = 1, width = 1] = m.shape(map);
  switch (name) {
    case '':
      return projected(request, tower.features);
    case 'grid':
    case 'stage':
      return map;
    case 'map':
      return projected(request, map);
    case 'tokens': {
      const all = projected(request, map);
      return m.reshape(all, [n, height * width, m.shape(all).at(-1) ?? 1]);
    }
    default:
      throw new InternalError(`this tower has no tap ${tap}`);
  }
}
