/** Filters over films that start as filters over pictures, against the convolution that they stand for. */
import { describe, expect, it } from 'vitest';
import { DeclaringContext } from '../../../src/compiler/elaborate/layers/declaring-context.ts';
import { filmPatches, patches } from '../../../src/compiler/elaborate/layers/patches.ts';
import { evaluateNodes } from '../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder } from '../../../src/compiler/ir/graph.ts';
import { tensorOf } from '../../../src/compiler/ir/tensor-data.ts';
import type { ParameterTensor } from '../../../src/compiler/program/parameter.ts';
import { inflated } from '../../../src/runtime/weights/inflate.ts';
import { initialiseParameters } from '../../../src/runtime/weights/initialise.ts';

const [frames, side, patch, output] = [4, 4, 2, 3];
const film = Array.from({ length: frames * side * side * 3 }, (_, at) => Math.sin(1 + 1.3 * at));
const flat = Float32Array.from({ length: patch * patch * 3 * output }, (_, at) => Math.cos(0.7 * at));

/** What the filters see of every frame. */
function seen(how: 'centre' | 'mean', time: number): number[] {
  const builder = new GraphBuilder('films');
  const context = new DeclaringContext(builder, 'P', () => false);
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [1, frames, side, side, 3] });
  const node = filmPatches(context, '', x, { output, patch, bias: false, time, inflate: how });
  const weight = inflated({ shape: [time, patch, patch, 3, output], inflate: how }, flat);
  const feeds = {
    x: tensorOf('f32', [1, frames, side, side, 3], film, 'f64'),
    'P.weight': tensorOf('f32', [time, patch, patch, 3, output], [...weight], 'f64'),
  };
  return [...(evaluateNodes(builder.finish(), feeds, [node], { precision: 'f64' }).get(node)?.data ?? [])];
}

/** Patches of each frame by itself. */
function frameByFrame(): number[] {
  const builder = new GraphBuilder('pictures');
  const context = new DeclaringContext(builder, 'P', () => false);
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [frames, side, side, 3] });
  const node = patches(context, '', x, { output, patch, bias: false });
  const feeds = {
    x: tensorOf('f32', [frames, side, side, 3], film, 'f64'),
    'P.weight': tensorOf('f32', [patch, patch, 3, output], [...flat], 'f64'),
  };
  return [...(evaluateNodes(builder.finish(), feeds, [node], { precision: 'f64' }).get(node)?.data ?? [])];
}

describe('filters over films', () => {
  it('with the filter of pictures in the middle frame see what that sees', () => {
    const wanted = frameByFrame();
    for (const time of [1, 3, 5])
      seen('centre', time).forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? Number.NaN, 12));
  });

  it('with an equal part of it in each frame see the mean of the frames', () => {
    const single = frameByFrame();
    const size = single.length / frames;
    const found = seen('mean', 3);
    // the second frame has one on both sides
    for (let at = 0; at < size; at++) {
      const mean = [0, 1, 2].reduce((sum, frame) => sum + (single[frame * size + at] ?? Number.NaN) / 3, 0);
      expect(found[size + at]).toBeCloseTo(mean, 6);
    }
  });

  it('are drawn as filters of pictures are, from the stream of those', () => {
    const base = { owner: 'P', role: 'weight', state: 'trainable', learningRateScale: 1, decay: true, decidedAt: 't:1' } as const; // prettier-ignore
    const init = { kind: 'uniform', low: -1, high: 1, stream: 'E.patches.weight' } as const;
    const tensors: ParameterTensor[] = [
      { ...base, name: 'E.patches.weight', shape: [patch, patch, 3, output], init: { kind: 'uniform', low: -1, high: 1 } }, // prettier-ignore
      { ...base, name: 'P.weight', shape: [3, patch, patch, 3, output], init, inflate: 'centre' },
    ];
    const values = initialiseParameters(tensors, 5, '.');
    const own = [...(values.get('E.patches.weight') ?? [])];
    const zeros = Array<number>(own.length).fill(0);
    expect([...(values.get('P.weight') ?? [])]).toEqual([...zeros, ...own, ...zeros]);
  });
});
