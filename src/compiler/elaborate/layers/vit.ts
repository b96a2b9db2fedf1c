import { invariant } from '../../common/invariant.ts';
import type { VitConfig } from '../../types/model-config.ts';
import { Arithmetic } from '../../ir/arithmetic.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';
import { cubicWeights } from '../../types/naming/resize-positions.ts';
import type { LayerContext } from '../layer-context.ts';
import { frameworkDefault, normal } from './initialisations.ts';
import { layerNorm } from './layer-norm.ts';
import { join } from './path.ts';
import { normalisePixels } from './pixels.ts';
import type { TowerResult } from './tower.ts';
import { transformer } from './transformer.ts';

/**
 * Vision transformer on images `[n, height, width, 3]` (u8, or f32 in 0..1): patches, class token, positions, norm before
 * (in CLIP's form, `norm_pre`), pre-norm blocks, norm after on the class token. Features `[n, width]`, unprojected.
 * Taps: `patches [n, patches, width]`, `norm_pre` and `tokens [n, 1 + patches (+ appended), width]` (before norm_post, as what follows may
 * want one token or all), `blocks.<i>`, `blocks.<i>.attention`. `appended [n, more, width]` stands behind the patches, without positions.
 */
export function vit(
  context: LayerContext,
  path: string,
  image: NodeId,
  config: VitConfig,
  appended?: NodeId,
): TowerResult {
  const { tokens, taps } = vitTrunk(context, path, image, config, appended);
  return { features: vitPool(context, path, tokens, config), taps };
}

/** The tower without its last norm. */
export function vitTrunk(
  context: LayerContext,
  path: string,
  image: NodeId,
  config: VitConfig,
  appended?: NodeId,
): { readonly tokens: NodeId; readonly taps: ReadonlyMap<string, NodeId> } {
  const taps = new Map<string, NodeId>();
  const before = vitTokens(context, path, image, config, taps, appended);
  const { layers, heads, activation, hidden, stochasticDepth: share } = config;
  const options = {
    layers,
    heads,
    activation,
    epsilon: vitEpsilon(config),
    ...(hidden === undefined ? {} : { hidden }),
    ...(share === undefined ? {} : { depth: { share, blocks: layers } }),
  };
  const tokens = transformer(context, path, before, options, taps);
  taps.set('tokens', tokens);
  return { tokens, taps };
}

/** Tokens as the first block takes them; tapped as `patches` and `norm_pre`. */
export function vitTokens(
  context: LayerContext,
  path: string,
  image: NodeId,
  config: VitConfig,
  taps: Map<string, NodeId>,
  appended?: NodeId,
): NodeId {
  const { builder } = context;
  const { size, patch, width, statistics } = config;
  const [n, height, breadth] = builder.shape(image);
  invariant(n && height && breadth, `vit ${path} needs images [n, height, width, 3]`);
  const resizes = config.positions === 'resize';
  invariant(resizes || (height === size && breadth === size), `vit ${path} needs images of ${size} pixels`);

  const patches = patchTokens(context, join(path, 'patches'), normalisePixels(builder, image, statistics), config);
  taps.set('patches', patches);
  const initial = normal(width ** -0.5);
  const token = context.parameter(join(path, 'class'), [width], initial);
  const first = builder.add('broadcast', [token], { shape: [n, 1, width] });
  const sequence = builder.add('concat', [first, patches], { axis: 1 });
  const own = size / patch;
  const table = context.parameter(join(path, 'positions'), [1 + own ** 2, width], initial);
  const positions = resizedPositions(builder, table, [own, own], [height / patch, breadth / patch]);
  const placed = builder.add('add', [sequence, positions], {});
  const whole = appended === undefined ? placed : builder.add('concat', [placed, appended], { axis: 1 });
  // ImageNet's towers have no norm here
  const before = config.form === 'timm' ? whole : layerNorm(context, join(path, 'norm_pre'), whole, vitEpsilon(config));
  taps.set('norm_pre', before);
  return before;
}

/** Under the roots of its norms: 1e-5 as CLIP has it, 1e-6 as timm does. */
export const vitEpsilon = ({ epsilon, form }: VitConfig): number => epsilon ?? (form === 'timm' ? 1e-6 : 1e-5);

/** From the tokens of the last block to the feature: the class token, normed. */
export function vitPool(context: LayerContext, path: string, tokens: NodeId, config: VitConfig): NodeId {
  const { builder } = context;
  const [n = 1, , width = 1] = builder.shape(tokens);
  const row = builder.add('slice', [tokens], { starts: [0, 0, 0], sizes: [n, 1, width] });
  const pooled = builder.add('reshape', [row], { shape: [n, width] });
  return layerNorm(context, join(path, 'norm_post'), pooled, vitEpsilon(config));
}

/** Every token normed as the class token is. */
export function vitNormed(context: LayerContext, path: string, tokens: NodeId, config: VitConfig): NodeId {
  return layerNorm(context, join(path, 'norm_post'), tokens, vitEpsilon(config));
}

/**
 * A table `[1 + rows · columns, width]` for a grid of another size: the places interpolated as timm and open_clip do (bicubic, antialiased),
 * the first row as it is. Along each axis that is a product with a matrix of constants.
 */
export function resizedPositions(
  builder: GraphBuilder,
  table: NodeId,
  [rows, columns]: readonly [number, number],
  [height, width]: readonly [number, number],
): NodeId {
  if (rows === height && columns === width) return table;
  const m = new Arithmetic(builder);
  const [, numbers = 1] = m.shape(table);
  const first = m.op('slice', [table], { starts: [0, 0], sizes: [1, numbers] });
  const rest = m.op('slice', [table], { starts: [1, 0], sizes: [rows * columns, numbers] });
  const along = (x: NodeId, from: number, to: number): NodeId => {
    const weights = m.op('constant', [], { dtype: 'f32', shape: [to, from], values: cubicWeights(from, to).flat() });
    return m.matmul(weights, x, false, false);
  };
  const tall = m.reshape(along(m.reshape(rest, [rows, columns * numbers]), rows, height), [height, columns, numbers]);
  const turned = m.reshape(m.transpose(tall, [1, 0, 2]), [columns, height * numbers]);
  const whole = m.reshape(along(turned, columns, width), [width, height, numbers]);
  const flat = m.reshape(m.transpose(whole, [1, 0, 2]), [height * width, numbers]);
  return m.op('concat', [first, flat], { axis: 0 });
}

/** A convolution whose stride is its kernel is a product with the unfolded patches. `weight [patch, patch, 3, width]`, a bias in the form of timm alone. */
function patchTokens(context: LayerContext, path: string, pixels: NodeId, config: VitConfig): NodeId {
  const { builder } = context;
  const { patch, width } = config;
  const [n = 1, height = 1, breadth = 1] = builder.shape(pixels);
  invariant(height % patch === 0 && breadth % patch === 0, `${path}: pixels do not split into patches of ${patch}`);
  const [rows, columns] = [height / patch, breadth / patch];
  const inputs = patch * patch * 3;

  const weight = context.parameter(join(path, 'weight'), [patch, patch, 3, width], frameworkDefault(inputs));
  const strips = builder.add('reshape', [pixels], { shape: [n, rows, patch, columns, patch * 3] });
  const squares = builder.add('transpose', [strips], { permutation: [0, 1, 3, 2, 4] });
  const flat = builder.add('reshape', [squares], { shape: [n * rows * columns, inputs] });
  const matrix = builder.add('reshape', [weight], { shape: [inputs, width] });
  const product = builder.add('matmul', [flat, matrix], { transposeA: false, transposeB: false });
  const bias =
    config.form === 'timm' ? context.parameter(join(path, 'bias'), [width], frameworkDefault(inputs)) : undefined;
  const made = bias === undefined ? product : builder.add('add', [product, bias], {});
  return builder.add('reshape', [made], { shape: [n, rows * columns, width] });
}
