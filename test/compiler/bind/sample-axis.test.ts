import { describe, expect, test } from 'vitest';
import { sampleAxes, type SampleAxis } from '../../../src/compiler/bind/sample-axis.ts';
import { Arithmetic } from '../../../src/compiler/ir/arithmetic.ts';
import { evaluateNodes } from '../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, type Graph, type NodeId } from '../../../src/compiler/ir/graph.ts';
import { printGraph } from '../../../src/compiler/ir/print.ts';
import type { TensorData } from '../../../src/compiler/ir/tensor-data.ts';
import { elementCount, type Shape } from '../../../src/compiler/types/dtype.ts';
import { growGraph } from '../../support/random-graph.ts';
import { Random, draws, feed } from '../../support/random.ts';

/** The sample that each element belongs to. */
function sampleOf({ dim, inner }: { dim: number; inner: number }, shape: Shape): number[] {
  const after = elementCount(shape.slice(dim + 1));
  const extent = shape[dim] ?? 1;
  return Array.from({ length: elementCount(shape) }, (_, at) => Math.floor((Math.floor(at / after) % extent) / inner));
}

/** `tensor` with sample s taken from sample `from[s]`. */
function permuted(tensor: TensorData, axis: { dim: number; inner: number }, from: readonly number[]): number[] {
  const after = elementCount(tensor.shape.slice(axis.dim + 1)) * axis.inner;
  return sampleOf(axis, tensor.shape).map(
    (sample, at) => tensor.data[at + ((from[sample] ?? 0) - sample) * after] ?? NaN,
  );
}

function close(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return Array.from(a).every((value, at) => Math.abs(value - (b[at] ?? NaN)) <= 1e-9 * (1 + Math.abs(value)));
}

interface Probe {
  readonly graph: Graph;
  readonly batch: number;
  readonly sampleInputs: ReadonlySet<NodeId>;
  readonly feeds: Record<string, TensorData>;
}

/** Claims that evaluation refutes: by another order of the samples, and by another first sample. */
function refuted({ graph, batch, sampleInputs, feeds }: Probe, random: Random): string[] {
  const axes = sampleAxes(graph, batch, sampleInputs);
  const all = graph.nodes.map((node) => node.id);
  const evaluate = (changed: Record<string, TensorData>): ReadonlyMap<NodeId, TensorData> =>
    evaluateNodes(graph, { ...feeds, ...changed }, all, { precision: 'f64' });
  const change = (alter: (tensor: TensorData) => number[]): Record<string, TensorData> =>
    Object.fromEntries(
      graph.nodes.flatMap((node) => {
        const tensor = node.op === 'input' && sampleInputs.has(node.id) ? feeds[node.attributes.name] : undefined;
        if (node.op !== 'input' || !tensor) return [];
        return [[node.attributes.name, feed(tensor.dtype, tensor.shape, alter(tensor))]];
      }),
    );
  const order = random.shuffle(Array.from({ length: batch }, (_, index) => index));
  const first = { dim: 0, inner: 1 };
  const base = evaluate({});
  const reordered = evaluate(change((tensor) => permuted(tensor, first, order)));
  const replaced = evaluate(
    change((tensor) => {
      const samples = sampleOf(first, tensor.shape);
      return Array.from(tensor.data, (value, at) => (samples[at] === 0 ? draws.any(random) : value));
    }),
  );
  return graph.nodes.flatMap(({ id, op }) => {
    const axis = axes[id];
    const [before, after, other] = [base.get(id), reordered.get(id), replaced.get(id)];
    if (!axis || !before || !after || !other) return [`node ${id} was not evaluated`];
    if (axis.kind === 'mixed') return [];
    if (axis.kind === 'none') {
      return close(before.data, after.data) && close(before.data, other.data)
        ? []
        : [`node ${id} (${op}) depends on samples`];
    }
    const samples = sampleOf(axis, before.shape);
    const untouched = samples.every(
      (sample, at) => sample === 0 || close([before.data[at] ?? NaN], [other.data[at] ?? NaN]),
    );
    if (!untouched) return [`node ${id} (${op}) mixes samples`];
    return close(permuted(before, axis, order), after.data) ? [] : [`node ${id} (${op}) depends on places`];
  });
}

test('no claim on random graphs is refuted by evaluation', () => {
  const counts = { none: 0, sample: 0, mixed: 0 };
  for (let seed = 0; seed < 400; seed++) {
    const random = new Random(seed);
    const batch = random.pick([2, 3, 4]);
    const builder = new GraphBuilder('random');
    const feeds: Record<string, TensorData> = {};
    const sampleInputs = new Set<NodeId>();
    // Other extents equal the batch often, so that an analysis by extent alone would fail.
    const shapes = [[batch, 3, 4], [batch], [batch, 2], [batch, batch], [batch, 4], [3]];
    for (const [index, shape] of shapes.entries()) {
      const name = `x${index}`;
      const id = builder.add('input', [], { name, dtype: 'f32', shape });
      feeds[name] = feed('f32', shape, random.values(shape, draws.any));
      if (index < 4) sampleInputs.add(id);
    }
    growGraph(builder, random, 25);
    const graph = builder.finish();
    const probe = { graph, batch, sampleInputs, feeds };
    expect(refuted(probe, random), `seed ${seed}\n${printGraph(graph)}`).toEqual([]);
    for (const axis of sampleAxes(graph, batch, sampleInputs)) counts[axis.kind] += 1;
  }
  // The analysis would also be right if it said nothing: it must not.
  expect(counts.sample).toBeGreaterThan(counts.mixed / 2);
});

describe('claims', () => {
  const batch = 4;
  const builder = new GraphBuilder('claims');
  const m = new Arithmetic(builder);
  const input = (name: string, shape: Shape, dtype: 'f32' | 'i32' = 'f32'): NodeId =>
    builder.add('input', [], { name, dtype, shape });
  const x = input('x', [batch, 5, 6]);
  const rows = input('rows', [batch, 6]);
  const ids = input('ids', [batch, 7], 'i32');
  const pictures = input('pictures', [batch, 8, 8, 3]);
  const weight = input('weight', [6, 6]);
  const table = input('table', [10, 6]);
  const filter = input('filter', [3, 3, 3, 5]);
  const flat = m.reshape(x, [20, 6]);
  const heads = m.transpose(m.reshape(x, [batch, 5, 2, 3]), [0, 2, 1, 3]);
  const window = { stride: [1, 1], padding: [0, 0, 0, 0] } as const;

  const claimed: [string, NodeId, SampleAxis][] = [
    ['an input', x, { kind: 'sample', dim: 0, inner: 1 }],
    ['a parameter', weight, { kind: 'none' }],
    ['tokens as rows', flat, { kind: 'sample', dim: 0, inner: 5 }],
    ['a linear layer over tokens', m.matmul(flat, weight, false, false), { kind: 'sample', dim: 0, inner: 5 }],
    ['rows as tokens again', m.reshape(m.unary('relu', flat), [batch, 5, 6]), { kind: 'sample', dim: 0, inner: 1 }],
    ['heads', heads, { kind: 'sample', dim: 0, inner: 1 }],
    ['heads as a stack', m.op('reshape', [heads], { shape: [8, 5, 3] }), { kind: 'sample', dim: 0, inner: 2 }],
    ['attention within a sample', m.matmul(heads, heads, false, true), { kind: 'sample', dim: 0, inner: 1 }],
    ['a mean over tokens', m.op('moment_mean', [x], { axes: [1] }), { kind: 'sample', dim: 0, inner: 1 }],
    ['a norm', m.sum(m.square(rows), [1], false), { kind: 'sample', dim: 0, inner: 1 }],
    ['looked-up tokens', m.op('gather', [table, ids], { axis: 0 }), { kind: 'sample', dim: 0, inner: 1 }],
    ['a sum with zeros of the batch', m.add(rows, m.filled(0, [batch, 6])), { kind: 'sample', dim: 0, inner: 1 }],
    ['a sum with a broadcast row', m.add(rows, m.broadcast(input('row', [6]), [batch, 6])), { kind: 'sample', dim: 0, inner: 1 }],
    ['similarities to a table', m.matmul(table, rows, false, true), { kind: 'sample', dim: 1, inner: 1 }],
    ['the first token', m.op('slice', [x], { starts: [0, 0, 0], sizes: [batch, 1, 6] }), { kind: 'sample', dim: 0, inner: 1 }],
    ['a convolution', m.op('conv2d', [pictures, filter], { ...window, dilation: [1, 1], groups: 1 }), { kind: 'sample', dim: 0, inner: 1 }],
    ['a pooled picture', m.op('max_pool', [pictures], { ...window, window: [2, 2] }), { kind: 'sample', dim: 0, inner: 1 }],
    ['similarities within the batch', m.matmul(rows, rows, false, true), { kind: 'mixed' }],
    ['a batch mean', m.op('moment_mean', [rows], { axes: [0] }), { kind: 'mixed' }],
    ['a sum with the place in the batch', m.add(rows, m.op('cast', [m.op('iota', [], { shape: [batch, 1], axis: 0 })], { dtype: 'f32' })), { kind: 'mixed' }],
    ['a softmax over the batch', m.op('softmax', [rows], { axis: 0 }), { kind: 'mixed' }],
    ['half of the batch', m.op('slice', [rows], { starts: [0, 0], sizes: [2, 6] }), { kind: 'mixed' }],
    ['the gradient of a filter', m.op('conv2d_grad_filter', [pictures, m.op('conv2d', [pictures, filter], { ...window, dilation: [1, 1], groups: 1 })], { ...window, dilation: [1, 1], groups: 1, filterShape: [3, 3, 3, 5] }), { kind: 'mixed' }],
  ]; // prettier-ignore
  const axes = sampleAxes(builder.finish(), batch, new Set([x, rows, ids, pictures]));
  test.each(claimed)('%s', (_, node, axis) => {
    expect(axes[node]).toEqual(axis);
  });
});

describe('rows that are repeated for each sample', () => {
  const batch = 4;
  const builder = new GraphBuilder('copies');
  const m = new Arithmetic(builder);
  const queries = builder.add('input', [], { name: 'queries', dtype: 'f32', shape: [3, 6] });
  const first = m.broadcast(queries, [batch, 3, 6]);
  const last = m.broadcast(m.reshape(queries, [3, 1, 6]), [3, batch, 6]);
  const rows = m.reshape(first, [12, 6]);
  const turned = m.reshape(last, [12, 6]);
  const looking = m.matmul(m.reshape(rows, [12, 1, 6]), m.reshape(rows, [12, 1, 6]), false, true);
  const growing = new Map([[first, [0]], [last, [1]]]); // prettier-ignore
  const graph = builder.finish();

  test('are each sample its own where they stand beside other rows', () => {
    const axes = sampleAxes(graph, batch, new Set(), growing);
    expect(axes[rows]).toEqual({ kind: 'sample', dim: 0, inner: 3 });
    expect(axes[looking]).toEqual({ kind: 'sample', dim: 0, inner: 3 });
  });

  test('are not where the other rows come first', () => {
    expect(sampleAxes(graph, batch, new Set(), growing)[turned]).toEqual({ kind: 'none' });
  });

  test('are of no sample where no number of samples made them', () => {
    expect(sampleAxes(graph, batch, new Set())[rows]).toEqual({ kind: 'none' });
  });
});
