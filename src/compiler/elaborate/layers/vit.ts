import { invariant } from '../../common/invariant.ts';
import type { VitConfig } from '../../types/model-config.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { frameworkDefault, normal } from './initialisations.ts';
import { layerNorm } from './layer-norm.ts';
import { join } from './path.ts';
import { normalisePixels } from './pixels.ts';
import type { TowerResult } from './tower.ts';
import { transformer } from './transformer.ts';

/**
 * Vision transformer in CLIP's form on images `[n, size, size, 3]` (u8, or f32 in 0..1): patches, class token, positions, norm before,
 * pre-norm blocks, norm after on the class token. Features `[n, width]`, unprojected.
 * Taps: `tokens [n, 1 + patches, width]` (before norm_post, as what follows may want one token or all), `norm_pre`, `blocks.<i>`.
 */
export function vit(context: LayerContext, path: string, image: NodeId, config: VitConfig): TowerResult {
  const { builder } = context;
  const { size, patch, width, layers, heads, activation, statistics } = config;
  const [n, height, breadth] = builder.shape(image);
  invariant(n && height === size && breadth === size, `vit ${path} needs images of ${size} pixels`);
  const taps = new Map<string, NodeId>();

  const patches = patchTokens(context, join(path, 'patches'), normalisePixels(builder, image, statistics), config);
  const initial = normal(width ** -0.5);
  const token = context.parameter(join(path, 'class'), [width], initial);
  const first = builder.add('broadcast', [token], { shape: [n, 1, width] });
  const sequence = builder.add('concat', [first, patches], { axis: 1 });
  const positions = context.parameter(join(path, 'positions'), [1 + (size / patch) ** 2, width], initial);
  const placed = builder.add('add', [sequence, positions], {});
  const before = layerNorm(context, join(path, 'norm_pre'), placed);
  taps.set('norm_pre', before);

  const tokens = transformer(context, path, before, { layers, heads, activation }, taps);
  taps.set('tokens', tokens);
  const row = builder.add('slice', [tokens], { starts: [0, 0, 0], sizes: [n, 1, width] });
  const pooled = builder.add('reshape', [row], { shape: [n, width] });
  return { features: layerNorm(context, join(path, 'norm_post'), pooled), taps };
}

/** A convolution whose stride is its kernel is a product with the unfolded patches. `weight [patch, patch, 3, width]`, no bias. */
function patchTokens(context: LayerContext, path: string, pixels: NodeId, config: VitConfig): NodeId {
  const { builder } = context;
  const { size, patch, width } = config;
  const [n] = builder.shape(pixels);
  invariant(n && size % patch === 0, `${path}: ${size} pixels do not split into patches of ${patch}`);
  const grid = size / patch;
  const inputs = patch * patch * 3;

  const weight = context.parameter(join(path, 'weight'), [patch, patch, 3, width], frameworkDefault(inputs));
  const strips = builder.add('reshape', [pixels], { shape: [n, grid, patch, grid, patch * 3] });
  const squares = builder.add('transpose', [strips], { permutation: [0, 1, 3, 2, 4] });
  const rows = builder.add('reshape', [squares], { shape: [n * grid * grid, inputs] });
  const matrix = builder.add('reshape', [weight], { shape: [inputs, width] });
  const product = builder.add('matmul', [rows, matrix], { transposeA: false, transposeB: false });
  return builder.add('reshape', [product], { shape: [n, grid * grid, width] });
}
