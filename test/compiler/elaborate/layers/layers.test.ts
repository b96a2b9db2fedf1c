import { describe, expect, it } from 'vitest';
import { clipStatistics, plainStatistics } from '../../../../src/compiler/types/model-config.ts';
import { attention } from '../../../../src/compiler/elaborate/layers/attention.ts';
import { batchNorm } from '../../../../src/compiler/elaborate/layers/batch-norm.ts';
import { convolution } from '../../../../src/compiler/elaborate/layers/convolution.ts';
import { DeclaringContext } from '../../../../src/compiler/elaborate/layers/declaring-context.ts';
import { towerOutputWidth } from '../../../../src/compiler/elaborate/layers/image-tower.ts';
import { linear } from '../../../../src/compiler/elaborate/layers/linear.ts';
import { mlp } from '../../../../src/compiler/elaborate/layers/mlp.ts';
import { normalisePixels } from '../../../../src/compiler/elaborate/layers/pixels.ts';
import { project } from '../../../../src/compiler/elaborate/layers/project.ts';
import { residualTower } from '../../../../src/compiler/elaborate/layers/residual-tower.ts';
import { evaluateNodes } from '../../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, graphInputs, type NodeId } from '../../../../src/compiler/ir/graph.ts';
import { tensorOf, type TensorData } from '../../../../src/compiler/ir/tensor-data.ts';
import { elementCount, type DType, type Shape } from '../../../../src/compiler/types/dtype.ts';

describe('linear', () => {
  it('is x·Wᵀ + b on the last dimension of any rank', () => {
    for (const lead of [[], [2], [2, 3]]) {
      const { context, input, value } = scratch();
      const y = linear(context, 'l', input('x', [...lead, 3]), { output: 2 });
      const got = value(y, { 'E.l.weight': [1, 2, 3, 4, 5, 6], 'E.l.bias': [10, 20] });
      expect(got.shape).toEqual([...lead, 2]);
      for (let row = 0; row < elementCount(lead); row++) {
        const [a, b, c] = [0, 1, 2].map((at) => fill(row * 3 + at)) as [number, number, number];
        expect(got.data[row * 2]).toBeCloseTo(a + 2 * b + 3 * c + 10, 5);
        expect(got.data[row * 2 + 1]).toBeCloseTo(4 * a + 5 * b + 6 * c + 20, 5);
      }
    }
  });

  it('starts as PyTorch does', () => {
    const { context, input } = scratch();
    linear(context, 'l', input('x', [2, 16]), { output: 4 });
    const expected = { kind: 'uniform', low: -0.25, high: 0.25 };
    expect(context.parameters.get('l.weight')).toMatchObject({ shape: [4, 16], init: expected });
    expect(context.parameters.get('l.bias')).toMatchObject({ shape: [4], init: expected });
  });
});

describe('mlp', () => {
  it('puts the activation between its layers and not after them', () => {
    const { context, input, value } = scratch();
    const y = mlp(context, 'm', input('x', [1, 1]), { hidden: [2], output: 1 });
    // relu([1, -1]·x) · [1, 1] − 5 = |x| − 5
    const weights = { 'E.m.layers.0.weight': [1, -1], 'E.m.layers.0.bias': [0], 'E.m.layers.1.weight': [1, 1], 'E.m.layers.1.bias': [-5] }; // prettier-ignore
    expect([...value(y, { ...weights, x: [-3] }).data]).toEqual([-2]);
  });
});

describe('convolution', () => {
  it('keeps the extent by default, takes stride, groups and bias', () => {
    const { context, input, value } = scratch();
    const x = input('x', [1, 4, 4, 2]);
    expect(context.builder.shape(convolution(context, 'a', x, { output: 6, kernel: 3 }))).toEqual([1, 4, 4, 6]);
    expect(context.builder.shape(convolution(context, 'b', x, { output: 6, kernel: 5, stride: 2 }))).toEqual([
      1, 2, 2, 6,
    ]);
    const grouped = convolution(context, 'c', x, { output: 2, kernel: 1, groups: 2, bias: true });
    expect(context.parameters.get('c.weight')?.shape).toEqual([1, 1, 1, 2]);
    const got = value(grouped, { 'E.c.weight': [2, 3], 'E.c.bias': [1, -1] });
    expect(got.data[6]).toBeCloseTo(2 * fill(6) + 1, 5);
    expect(got.data[7]).toBeCloseTo(3 * fill(7) - 1, 5);
  });
});

describe('batch norm', () => {
  it('normalises a batch of vectors and moves the running statistics', () => {
    const { context, input, value } = scratch(true);
    const y = batchNorm(context, 'n', input('x', [4, 1]));
    const feeds = { x: [1, 2, 3, 6], 'E.n.scale': [2], 'E.n.bias': [1], 'E.n.mean': [10], 'E.n.variance': [20] };
    // mean 3, biased variance 3.5, unbiased 14/3
    const root = Math.sqrt(3.5 + 1e-5);
    const got = value(y, feeds);
    for (const [index, x] of [1, 2, 3, 6].entries()) expect(got.data[index]).toBeCloseTo((2 * (x - 3)) / root + 1, 5);
    expect(value(update(context, 'n.mean'), feeds).data[0]).toBeCloseTo(9 + 0.3, 5);
    expect(value(update(context, 'n.variance'), feeds).data[0]).toBeCloseTo(18 + 1.4 / 3, 5);
  });

  it('moves them twice where it runs twice in a step', () => {
    const { context, input, value } = scratch(true);
    batchNorm(context, 'n', input('x', [2, 1]));
    batchNorm(context, 'n', input('y', [2, 1]));
    const feeds = { x: [1, 3], y: [5, 7], 'E.n.mean': [0], 'E.n.variance': [1], 'E.n.scale': [1], 'E.n.bias': [0] };
    expect(value(update(context, 'n.mean'), feeds).data[0]).toBeCloseTo(0.9 * 0.2 + 0.6, 6);
  });

  it('moves them once by one value, however often it is read', () => {
    const { context, input, value } = scratch(true);
    const [x, y] = [input('x', [2, 1]), input('y', [2, 1])];
    for (const each of [x, x, y, x]) batchNorm(context, 'n', each);
    const feeds = { x: [1, 3], y: [5, 7], 'E.n.mean': [0], 'E.n.variance': [1], 'E.n.scale': [1], 'E.n.bias': [0] };
    expect(value(update(context, 'n.mean'), feeds).data[0]).toBeCloseTo(0.9 * 0.2 + 0.6, 6);
  });

  it('uses the running statistics where it does not train', () => {
    const { context, input, value } = scratch(false);
    const y = batchNorm(context, 'n', input('x', [1, 1, 2, 1]));
    const feeds = { x: [5, 9], 'E.n.scale': [1], 'E.n.bias': [0], 'E.n.mean': [3], 'E.n.variance': [4 - 1e-5] };
    expect([...value(y, feeds).data]).toEqual([1, 3]);
    expect(context.bufferUpdates.size).toBe(0);
  });
});

describe('attention', () => {
  it('refuses a width that does not split into heads', () => {
    const { context, input } = scratch();
    expect(() => attention(context, 'a', input('x', [1, 2, 6]), { heads: 4 })).toThrow(/width 6.*4 heads/);
  });
});

describe('pixels', () => {
  it('counts bytes as 0..1 before subtracting the mean and dividing', () => {
    const { context, input, value } = scratch();
    const { mean, deviation } = clipStatistics;
    const bytes = normalisePixels(context.builder, input('x', [1, 1, 2, 3], 'u8'), clipStatistics);
    const got = value(bytes, { x: [0, 127, 255, 1, 2, 3] });
    for (const [index, byte] of [0, 127, 255, 1, 2, 3].entries()) {
      const channel = index % 3;
      expect(got.data[index]).toBeCloseTo((byte / 255 - (mean[channel] ?? 0)) / (deviation[channel] ?? 1), 5);
    }
  });

  it('leaves f32 images in 0..1 alone without statistics', () => {
    const { context, input } = scratch();
    const image = input('x', [1, 2, 2, 3]);
    expect(normalisePixels(context.builder, image, plainStatistics)).toBe(image);
  });
});

describe('the residual tower', () => {
  it('has the size of the recipe with its projection, and its features', () => {
    const { context, input } = scratch(true);
    const config = {
      kind: 'residual',
      size: 48,
      width: 32,
      blocks: [32, 64, 64, 128, 128, 256],
      strides: [1, 2, 1, 2, 1, 2],
      statistics: plainStatistics,
    } as const;
    const { features, taps } = residualTower(context, 'image', input('x', [2, 48, 48, 3], 'u8'), config);
    project(context, 'image.projection', features, 128);
    expect(context.builder.shape(features)).toEqual([2, towerOutputWidth(config)]);
    expect(context.builder.shape(taps.get('blocks.3') ?? -1)).toEqual([2, 6, 6, 128]);
    let total = 0;
    for (const { shape, options } of context.parameters.values()) {
      if (options.role !== 'buffer') total += elementCount(shape);
    }
    // 1.63 M, as the PyTorch model of the same recipe counts: convolutions, 16 norms of 1,824 channels together, projection.
    expect(total).toBe(1_592_160 + 2 * 1_824 + 32_768);
  });
});

describe('the declaring context', () => {
  it('gives one tensor for one path', () => {
    const { context } = scratch();
    const first = context.parameter('w', [2], { kind: 'constant', value: 0 });
    expect(context.parameter('w', [2], { kind: 'constant', value: 0 })).toBe(first);
    expect(() => context.parameter('w', [3], { kind: 'constant', value: 0 })).toThrow(
      /E\.w is \[2\], asked for as \[3\]/,
    );
  });
});

// ── a graph to try a layer in ────────────────────────────────────────

function scratch(training = false) {
  const builder = new GraphBuilder('scratch');
  const context = new DeclaringContext(builder, 'E', () => training);
  const input = (name: string, shape: Shape, dtype: DType = 'f32'): NodeId =>
    builder.add('input', [], { name, dtype, shape });

  /** Feeds not given count 0, 1/8, 2/8 … so that every element differs. */
  function value(node: NodeId, given: Readonly<Record<string, readonly number[]>> = {}): TensorData {
    const graph = { name: 'scratch', nodes: builder.nodes, outputs: [] };
    const feeds = Object.fromEntries(
      graphInputs(graph).map(({ name, type }) => {
        const counted = Array.from({ length: elementCount(type.shape) }, (_, index) => fill(index));
        return [name, tensorOf(type.dtype, type.shape, given[name] ?? counted, 'f32')];
      }),
    );
    return evaluateNodes(graph, feeds, [node]).get(node) ?? expect.fail('nothing computed');
  }
  return { context, input, value };
}

function fill(index: number): number {
  return index / 8;
}

function update(context: DeclaringContext, path: string): NodeId {
  return context.bufferUpdates.get(path) ?? expect.fail(`no update of ${path}`);
}
