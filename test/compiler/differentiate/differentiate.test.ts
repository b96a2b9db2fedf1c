import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/compiler/differentiate/differentiate.ts';
import { Arithmetic } from '../../../src/compiler/ir/arithmetic.ts';
import { evaluateNodes } from '../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, type Graph, type NodeId } from '../../../src/compiler/ir/graph.ts';
import type { OpName } from '../../../src/compiler/ir/ops.ts';
import type { Shape } from '../../../src/compiler/types/dtype.ts';
import { gradientDisagreements, type TestInput } from '../../support/finite-differences.ts';
import { Random, draws, feed } from '../../support/random.ts';

function input(random: Random, shape: Shape): TestInput {
  return { shape, values: random.values(shape, (r) => draws.any(r) * 0.5) };
}

/** Attention with one projection cut in three, a layer norm and a GELU network after it, on [2, 3, 4]. */
function transformerBlock(builder: GraphBuilder, ids: readonly NodeId[]): NodeId {
  const m = new Arithmetic(builder);
  const [x, projection, scale, bias, up, down] = ids as [NodeId, NodeId, NodeId, NodeId, NodeId, NodeId];
  const normal = m.op('layer_norm', [x, scale, bias], { epsilon: 1e-5 });
  const joint = m.matmul(normal, projection, false, false);
  const [q, k, v] = [0, 4, 8].map((start) => m.op('slice', [joint], { starts: [0, 0, start], sizes: [2, 3, 4] })) as [
    NodeId,
    NodeId,
    NodeId,
  ];
  const weights = m.op('softmax', [m.scale(m.matmul(q, k, false, true), 0.5)], { axis: 2 });
  const attended = m.add(x, m.matmul(weights, v, false, false));
  return m.add(attended, m.matmul(m.unary('gelu', m.matmul(attended, up, false, true)), down, false, false));
}

test('a transformer block agrees with central differences', () => {
  const random = new Random(5);
  const inputs = [[2, 3, 4], [4, 12], [4], [4], [6, 4], [6, 4]].map((shape) => input(random, shape));
  expect(gradientDisagreements(inputs, transformerBlock)).toEqual([]);
});

test('a residual convolution with batch statistics agrees with central differences', () => {
  const random = new Random(6);
  const inputs = [[2, 4, 3, 2], [3, 3, 2, 2], [2], [2]].map((shape) => input(random, shape));
  const wrong = gradientDisagreements(inputs, (builder, ids) => {
    const m = new Arithmetic(builder);
    const [x, filter, scale, bias] = ids as [NodeId, NodeId, NodeId, NodeId];
    const y = m.op('conv2d', [x, filter], { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 });
    return m.add(x, m.unary('tanh', m.op('batch_norm_training', [y, scale, bias], { epsilon: 1e-3 })));
  });
  expect(wrong).toEqual([]);
});

test('an unrolled recurrence with shared weights agrees with central differences', () => {
  const random = new Random(7);
  const inputs = [
    [2, 5, 3],
    [3, 3],
    [3, 3],
  ].map((shape) => input(random, shape));
  const wrong = gradientDisagreements(inputs, (builder, ids) => {
    const m = new Arithmetic(builder);
    const [x, inner, recurrent] = ids as [NodeId, NodeId, NodeId];
    let state = m.filled(0, [2, 3]);
    for (let step = 0; step < 5; step++) {
      const now = m.reshape(m.op('slice', [x], { starts: [0, step, 0], sizes: [2, 1, 3] }), [2, 3]);
      state = m.unary('tanh', m.add(m.matmul(now, inner, false, false), m.matmul(state, recurrent, false, false)));
    }
    return state;
  });
  expect(wrong).toEqual([]);
});

/** Nodes of this op from `from` on. */
function count(graph: Graph, op: OpName, from: number): number {
  return graph.nodes.slice(from).filter((node) => node.op === op).length;
}

test('slices that overlap, along one axis and along two, agree with central differences', () => {
  const wrong = gradientDisagreements([input(new Random(8), [4, 6])], (builder, [x = 0]) => {
    const m = new Arithmetic(builder);
    const part = (starts: number[], sizes: number[]): NodeId =>
      m.sum(m.unary('sin', m.op('slice', [x], { starts, sizes })), [0, 1], false);
    const columns = [0, 2, 3, 5].map((start) => part([0, start], [4, start === 5 ? 1 : 3]));
    const parts = [...columns, part([1, 0], [2, 6]), part([1, 2], [3, 3]), part([0, 0], [4, 6])];
    return parts.reduce((a, b) => m.mul(m.shift(a, 1), b));
  });
  expect(wrong).toEqual([]);
});

describe('the walk', () => {
  test('computes nothing for what is frozen', () => {
    const builder = new GraphBuilder('frozen');
    const m = new Arithmetic(builder);
    const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [2, 3] });
    const frozen = builder.add('input', [], { name: 'frozen', dtype: 'f32', shape: [3, 3] });
    const trained = builder.add('input', [], { name: 'trained', dtype: 'f32', shape: [3, 3] });
    const features = m.unary('tanh', m.matmul(x, frozen, false, false));
    const loss = m.sum(m.matmul(features, trained, false, false), [0, 1], false);
    const { graph, gradients } = differentiate(builder.finish(), loss, [trained]);
    expect([...gradients.keys()]).toEqual([trained]);
    // One product for the trained matrix; none through the frozen one.
    expect(count(graph, 'matmul', loss + 1)).toBe(1);
  });

  test('passes through a frozen matrix to what feeds it', () => {
    const builder = new GraphBuilder('prompt');
    const m = new Arithmetic(builder);
    const prompt = builder.add('input', [], { name: 'prompt', dtype: 'f32', shape: [2, 3] });
    const frozen = builder.add('input', [], { name: 'frozen', dtype: 'f32', shape: [3, 3] });
    const loss = m.sum(m.matmul(prompt, frozen, false, false), [0, 1], false);
    const { graph } = differentiate(builder.finish(), loss, [prompt]);
    expect(count(graph, 'matmul', loss + 1)).toBe(1);
  });

  test('makes one concat of slices that tile a tensor, zeros in the gaps', () => {
    const builder = new GraphBuilder('slices');
    const m = new Arithmetic(builder);
    const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [2, 9] });
    const parts = [0, 3, 7].map((start) => m.op('slice', [x], { starts: [0, start], sizes: [2, 2] }));
    const loss = parts.map((part) => m.sum(m.square(part), [0, 1], false)).reduce((a, b) => m.add(a, b));
    const { graph, gradients } = differentiate(builder.finish(), loss, [x]);
    expect(count(graph, 'concat', loss + 1)).toBe(1);
    expect(count(graph, 'pad', loss + 1)).toBe(0);
    const values = Array.from({ length: 18 }, (_, at) => at + 1);
    const gradient = gradients.get(x) ?? -1;
    const found = evaluateNodes(graph, { x: feed('f32', [2, 9], values) }, [gradient], { precision: 'f64' });
    const expected = values.map((value, at) => ([2, 5, 6].includes(at % 9) ? 0 : 2 * value));
    expect([...(found.get(gradient)?.data ?? [])]).toEqual(expected);
  });

  test('sums a broadcast operand once, after adding what its users sent', () => {
    const builder = new GraphBuilder('bias');
    const m = new Arithmetic(builder);
    const bias = builder.add('input', [], { name: 'bias', dtype: 'f32', shape: [3] });
    const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [2, 3] });
    const loss = m.sum(m.mul(m.add(x, bias), m.sub(x, bias)), [0, 1], false);
    const { graph } = differentiate(builder.finish(), loss, [bias]);
    expect(count(graph, 'reduce_sum', loss + 1)).toBe(1);
  });

  test('gives zeros to what the loss does not depend on, only where asked', () => {
    const builder = new GraphBuilder('missing');
    const m = new Arithmetic(builder);
    const used = builder.add('input', [], { name: 'used', dtype: 'f32', shape: [2] });
    const unused = builder.add('input', [], { name: 'unused', dtype: 'f32', shape: [3] });
    const stopped = builder.add('input', [], { name: 'stopped', dtype: 'f32', shape: [2] });
    const loss = m.sum(m.mul(used, m.op('stop', [stopped], {})), [0], false);
    const forward = builder.finish();
    expect([...differentiate(forward, loss, [used, unused, stopped]).gradients.keys()]).toEqual([used]);
    const { graph, gradients } = differentiate(forward, loss, [used, unused, stopped], { missing: 'zero' });
    expect(graph.nodes[gradients.get(unused) ?? -1]?.type.shape).toEqual([3]);
    expect(graph.nodes[gradients.get(stopped) ?? -1]?.op).toBe('constant');
  });

  test('leaves the forward nodes as they were', () => {
    const builder = new GraphBuilder('ids');
    const m = new Arithmetic(builder);
    const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [] });
    const loss = builder.labelled('f', () => m.unary('sin', x));
    const forward = builder.finish();
    const { graph } = differentiate(forward, loss, [x]);
    expect(graph.nodes.slice(0, forward.nodes.length)).toEqual(forward.nodes);
    expect(graph.nodes.at(-1)?.label).toBe('gradient of f');
  });

  test('at kinks follows the conventions', () => {
    const builder = new GraphBuilder('kinks');
    const m = new Arithmetic(builder);
    const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [3] });
    const y = builder.add('input', [], { name: 'y', dtype: 'f32', shape: [3] });
    const terms = [
      m.sum(m.unary('relu', x), [0], false),
      m.sum(m.unary('abs', x), [0], false),
      m.sum(m.binary('max', x, y), [0], false),
      m.scale(m.op('reduce_max', [x], { axes: [0], keep: false }), 30),
    ];
    const loss = terms.reduce((a, b) => m.add(a, b));
    const { graph, gradients } = differentiate(builder.finish(), loss, [x, y]);
    const zeros = feed('f32', [3], [0, 0, 0]);
    const found = evaluateNodes(graph, { x: zeros, y: zeros }, gradients.values());
    // relu and abs give 0, the tie of max belongs to x, three tied maxima share 30.
    expect([...(found.get(gradients.get(x) ?? -1)?.data ?? [])]).toEqual([11, 11, 11]);
    expect([...(found.get(gradients.get(y) ?? -1)?.data ?? [])]).toEqual([0, 0, 0]);
  });
});
