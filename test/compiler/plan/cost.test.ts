import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/compiler/ir/graph.ts';
import { graphCost } from '../../../src/compiler/plan/cost.ts';

test('a matrix product of [m, k] and [k, n] takes 2 m k n operations, whichever way its operands lie', () => {
  for (const [transposeA, transposeB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const graph = new GraphBuilder('g');
    const a = graph.add('input', [], { name: 'a', dtype: 'f32', shape: transposeA ? [5, 3] : [3, 5] });
    const b = graph.add('input', [], { name: 'b', dtype: 'f32', shape: transposeB ? [7, 5] : [5, 7] });
    graph.output('y', graph.add('matmul', [a, b], { transposeA, transposeB }));
    expect(graphCost(graph.finish()).flops).toBe(2 * 3 * 5 * 7);
  }
});

test('a value is freed after its last reader: a chain needs two links at a time', () => {
  const graph = new GraphBuilder('g');
  let value = graph.add('input', [], { name: 'x', dtype: 'f32', shape: [256] });
  for (let link = 0; link < 10; link++) value = graph.add('exp', [value], {});
  graph.output('y', value);
  expect(graphCost(graph.finish()).peakBytes).toBe(2 * 256 * 4);
});

test('what a later op still reads stays: a fan of ten needs all of them', () => {
  const graph = new GraphBuilder('g');
  const x = graph.add('input', [], { name: 'x', dtype: 'f32', shape: [256] });
  const parts = Array.from({ length: 10 }, () => graph.add('exp', [x], {}));
  const sum = parts.slice(1).reduce((left, right) => graph.add('add', [left, right], {}), parts[0] ?? x);
  graph.output('y', sum);
  expect(graphCost(graph.finish()).peakBytes).toBe(11 * 256 * 4);
});
