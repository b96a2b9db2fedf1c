import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Initialisation } from '../../program/parameter.ts';
import type { LayerContext } from '../layer-context.ts';
import { conv } from './conv.ts';
import { join } from './path.ts';

/**
 * Feature pyramid (Lin et al., 2017) of maps `[n, h, w, c]`, finest first: each to `channels` (`lateral.<i>`), coarser ones brought to the
 * finer size (nearest) and added, and a 3×3 convolution for each level (`output.<i>`).
 */
export function fpn(
  context: LayerContext,
  path: string,
  maps: readonly NodeId[],
  channels: number,
  init?: Initialisation,
): readonly NodeId[] {
  const m = new Arithmetic(context.builder);
  const start = init === undefined ? {} : { init };
  const one = { output: channels, stride: [1, 1], dilation: 1, groups: 1, bias: true, ...start } as const;
  const levels = maps.map((map, level) => conv(context, join(path, `lateral.${level}`), map, { ...one, kernel: [1, 1] })); // prettier-ignore
  for (let level = levels.length - 2; level >= 0; level--) {
    const [fine, coarse] = [levels[level], levels[level + 1]];
    if (fine === undefined || coarse === undefined) continue;
    const [, height = 1, width = 1] = m.shape(fine);
    levels[level] = m.add(fine, m.op('resize', [coarse], { height, width, method: 'nearest' }));
  }
  return levels.map((level, index) => conv(context, join(path, `output.${index}`), level, { ...one, kernel: [3, 3] }));
}
