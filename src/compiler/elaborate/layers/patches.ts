import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { conv } from './conv.ts';
import { frameworkDefault } from './initialisations.ts';
import { join } from './path.ts';

interface PatchOptions {
  readonly output: number;
  readonly patch: number;
  readonly bias: boolean;
}

/** Pictures `[n, h, w, c]` to patches `[n, h / patch, w / patch, output]`. Tensors `weight [patch, patch, c, output]` and `bias`. */
export function patches(context: LayerContext, path: string, x: NodeId, { output, patch, bias }: PatchOptions): NodeId {
  return conv(context, path, x, {
    output,
    kernel: [patch, patch],
    stride: [patch, patch],
    dilation: 1,
    groups: 1,
    bias,
  });
}

/**
 * Films `[n, frames, h, w, c]` to patches that reach over `time` frames, centred and with stride 1 in time: `[n, frames, h', w', output]`.
 * Tensors `weight [time, patch, patch, c, output]` and `bias`. What is no frame, at the ends or where `real [n, frames]` is false, counts 0.
 */
export function filmPatches(
  context: LayerContext,
  path: string,
  x: NodeId,
  { output, patch, bias, time, inflate }: PatchOptions & { readonly time: number; readonly inflate: 'centre' | 'mean' },
  real?: NodeId,
): NodeId {
  const m = new Arithmetic(context.builder);
  const [n = 1, frames = 1, height = 1, width = 1, channels = 1] = m.shape(x);
  const initial = frameworkDefault(time * patch * patch * channels);
  const flat = { how: inflate, init: frameworkDefault(patch * patch * channels) };
  const weight = context.parameter(join(path, 'weight'), [time, patch, patch, channels, output], initial, { inflate: flat }); // prettier-ignore
  const quiet = real === undefined ? x : m.where(m.reshape(real, [n, frames, 1, 1, 1]), x);
  const before = Math.floor((time - 1) / 2);
  const film = m.op('pad', [quiet], { before: [0, before, 0, 0, 0], after: [0, time - 1 - before, 0, 0, 0], value: 0 });
  let sum: NodeId | undefined;
  for (let step = 0; step < time; step++) {
    const seen = m.op('slice', [film], { starts: [0, step, 0, 0, 0], sizes: [n, frames, height, width, channels] });
    const filter = m.op('slice', [weight], { starts: [step, 0, 0, 0, 0], sizes: [1, patch, patch, channels, output] });
    const given = m.op('conv2d', [m.reshape(seen, [n * frames, height, width, channels]), m.reshape(filter, [patch, patch, channels, output])], {
      stride: [patch, patch], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1,
    }); // prettier-ignore
    sum = sum === undefined ? given : m.add(sum, given);
  }
  const all = m.reshape(sum ?? x, [n, frames, height / patch, width / patch, output]);
  return bias ? m.add(all, context.parameter(join(path, 'bias'), [output], initial)) : all;
}
