import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/compiler/differentiate/differentiate.ts';
import { Arithmetic } from '../../../src/compiler/ir/arithmetic.ts';
import { evaluateGraph } from '../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, type Graph, type NodeId } from '../../../src/compiler/ir/graph.ts';
import { printGraph } from '../../../src/compiler/ir/print.ts';
import type { TensorData } from '../../../src/compiler/ir/tensor-data.ts';
import { graphPasses, optimise } from '../../../src/compiler/optimise/optimise.ts';
import { weightedSum } from '../../support/finite-differences.ts';
import { growGraph } from '../../support/random-graph.ts';
import { Random, draws, feed } from '../../support/random.ts';

const precision = { precision: 'f64' } as const;

/** Outputs of two graphs that differ by more than rounding. */
function differences(before: Graph, after: Graph, feeds: Record<string, TensorData>): string[] {
  const expected = evaluateGraph(before, feeds, precision);
  const found = evaluateGraph(after, feeds, precision);
  return before.outputs.flatMap(({ name }) => {
    const [a, b] = [expected[name], found[name]];
    if (!a || !b || a.shape.join() !== b.shape.join() || a.dtype !== b.dtype) return [`${name} has another type`];
    const apart = a.data.findIndex(
      (value, at) => !(Math.abs(value - (b.data[at] ?? NaN)) <= 1e-9 * (1 + Math.abs(value))),
    );
    return apart < 0 ? [] : [`${name}[${apart}]: ${a.data[apart]} became ${b.data[apart]}`];
  });
}

function randomGraph(random: Random, withGradient: boolean): { graph: Graph; feeds: Record<string, TensorData> } {
  const builder = new GraphBuilder('random');
  const feeds: Record<string, TensorData> = {};
  const shapes = [[2, 3, 4], [4], random.shape(2), random.shape(3)];
  const inputs = shapes.map((shape, index) => {
    feeds[`x${index}`] = feed('f32', shape, random.values(shape, draws.any));
    return builder.add('input', [], { name: `x${index}`, dtype: 'f32', shape });
  });
  const pool = growGraph(builder, random, 25);
  const last = pool.slice(-3);
  for (const [index, node] of last.entries()) builder.output(`y${index}`, node);
  if (!withGradient) return { graph: builder.finish(), feeds };
  const m = new Arithmetic(builder);
  const loss = last.map((node) => weightedSum(builder, node)).reduce((a, b) => m.add(a, b));
  const { graph, gradients } = differentiate(builder.finish(), loss, inputs, { missing: 'zero' });
  const outputs = [...gradients].map(([input, gradient]) => ({ name: `d${input}`, node: gradient }));
  return { graph: { ...graph, outputs: [...graph.outputs, ...outputs] }, feeds };
}

describe('an optimised graph computes the same', () => {
  test.each([false, true])('on random graphs (with gradients: %s)', (withGradient) => {
    for (let seed = 0; seed < 250; seed++) {
      const { graph, feeds } = randomGraph(new Random(seed), withGradient);
      for (const pass of graphPasses) {
        const once = optimise(graph, [pass]);
        expect(differences(graph, once, feeds), `seed ${seed}, ${pass.name}`).toEqual([]);
      }
      const optimised = optimise(graph);
      expect(differences(graph, optimised, feeds), `seed ${seed}\n${printGraph(graph)}`).toEqual([]);
      expect(optimised.nodes.length).toBeLessThanOrEqual(graph.nodes.length + 12);
    }
  });
});

/** What is left of one formula over x [2, 3], y [2, 3], v [3]: the printed nodes without those inputs. */
function left(build: (m: Arithmetic, x: NodeId, y: NodeId, v: NodeId) => NodeId): string[] {
  const builder = new GraphBuilder('formula');
  const m = new Arithmetic(builder);
  const input = (name: string, shape: number[]): NodeId => builder.add('input', [], { name, dtype: 'f32', shape });
  const [x, y, v] = [input('x', [2, 3]), input('y', [2, 3]), input('v', [3])];
  builder.output('result', build(m, x, y, v));
  const { nodes, outputs } = optimise(builder.finish());
  const name = (id: NodeId): string => {
    const node = nodes[id];
    if (node?.op === 'input') return node.attributes.name;
    if (node?.op === 'constant') return `[${node.type.shape.join()}]${node.attributes.values.join()}`;
    return `${node?.op}(${node?.inputs.map(name).join(', ')})`;
  };
  return outputs.map((output) => name(output.node));
}

describe('formulas come down to', () => {
  const cases: [string, string, (m: Arithmetic, x: NodeId, y: NodeId, v: NodeId) => NodeId][] = [
    ['x + 0', 'x', (m, x) => m.shift(x, 0)],
    ['0 · x', '[2,3]0', (m, x) => m.scale(x, 0)],
    ['zeros + v', 'broadcast(v)', (m, x, _, v) => m.add(m.scale(x, 0), v)],
    ['--x · 1', 'x', (m, x) => m.scale(m.neg(m.neg(x)), 1)],
    ['x + -y', 'sub(x, y)', (m, x, y) => m.add(x, m.neg(y))],
    ['-(2 (3 x))', 'mul(x, []-6)', (m, x) => m.neg(m.mul(m.number(2), m.scale(x, 3)))],
    ['(-x) (-y)', 'mul(x, y)', (m, x, y) => m.mul(m.neg(x), m.neg(y))],
    ['x²', 'mul(x, x)', (m, x) => m.binary('pow', x, m.number(2))],
    ['1 + 2 · 3', '[]7', (m) => m.shift(m.scale(m.number(2), 3), 1)],
    ['stop x', 'x', (m, x) => m.op('stop', [x], {})],
    ['x + broadcast v', 'add(x, v)', (m, x, _, v) => m.add(x, m.broadcast(v, [2, 3]))],
    ['sin (broadcast v) + x', 'add(sin(v), x)', (m, x, _, v) => m.add(m.unary('sin', m.broadcast(v, [2, 3])), x)],
    ['Σ 2 x', 'mul(reduce_sum(x), []2)', (m, x) => m.sum(m.scale(x, 2), [0], false)],
    ['Σ broadcast v', 'mul(v, []2)', (m, _, __, v) => m.sum(m.broadcast(v, [2, 3]), [0], false)],
    ['Σ Σ x', 'reduce_sum(x)', (m, x) => m.sum(m.sum(x, [1], true), [0, 1], false)],
    ['xᵀᵀ', 'x', (m, x) => m.op('transpose', [m.swapLastTwo(x)], { permutation: [1, 0] })],
    ['x as [6] as [2,3]', 'x', (m, x) => m.reshape(m.op('reshape', [x], { shape: [6] }), [2, 3])],
    ['x yᵀ', 'matmul(x, y)', (m, x, y) => m.matmul(x, m.swapLastTwo(y), false, false)],
    ['parts of x put together', 'x', (m, x) => {
      const part = (start: number, size: number): NodeId => m.op('slice', [x], { starts: [0, start], sizes: [2, size] });
      return m.op('concat', [part(0, 1), part(1, 2)], { axis: 1 });
    }],
    ['a part of parts put together', 'y', (m, x, y) => m.op('slice', [m.op('concat', [x, y], { axis: 0 })], { starts: [2, 0], sizes: [2, 3] })],
    ['x + y and y + x', 'mul(add(x, y), add(x, y))', (m, x, y) => m.mul(m.add(x, y), m.add(y, x))],
    ['max(x, x)', 'x', (m, x) => m.binary('max', x, x)],
    ['true ? x : y', 'x', (m, x, y) => m.op('select', [m.filled(1, [], 'bool'), x, y], {})],
    // Σ_k x[i, 1, k] y[1, j, k] never exists as [2, 2, 3].
    ['similarities', 'matmul(x, y)', (m, x, y) =>
      m.sum(m.mul(m.reshape(x, [2, 1, 3]), m.reshape(y, [1, 2, 3])), [2], false)],
  ]; // prettier-ignore
  test.each(cases)('%s → %s', (_, expected, build) => {
    expect(left(build)).toEqual([expected]);
  });
});

test('a linear layer over [batch, token, width] stays two-dimensional, bias included', () => {
  const builder = new GraphBuilder('linear');
  const m = new Arithmetic(builder);
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [4, 5, 3] });
  const weight = builder.add('input', [], { name: 'weight', dtype: 'f32', shape: [3, 2] });
  const bias = builder.add('input', [], { name: 'bias', dtype: 'f32', shape: [2] });
  builder.output('y', m.unary('relu', m.add(m.matmul(x, weight, false, false), bias)));
  const text = printGraph(optimise(builder.finish()));
  expect(text).toContain('matmul(%3, %1) transposeA=false transposeB=false : f32[20,2]');
  expect(text).toContain('add(%4, %2) : f32[20,2]');
  expect(text).toContain('relu(%5) : f32[20,2]');
});

test('a GELU whose gradient is taken computes erf once', () => {
  const builder = new GraphBuilder('gelu');
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [3] });
  const y = builder.add('gelu', [x], {});
  const loss = builder.add('reduce_sum', [y], { axes: [0], keep: false });
  const { graph, gradients } = differentiate(builder.finish(), loss, [x]);
  const outputs = [
    { name: 'loss', node: loss },
    { name: 'dx', node: gradients.get(x) ?? -1 },
  ];
  const ops = optimise({ ...graph, outputs }).nodes.map((node) => node.op);
  expect(ops.filter((op) => op === 'erf')).toHaveLength(1);
  expect(ops).not.toContain('gelu');
});

test('a GELU without a gradient stays one op', () => {
  const builder = new GraphBuilder('gelu');
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [3] });
  builder.output('y', builder.add('gelu', [x], {}));
  expect(optimise(builder.finish()).nodes.map((node) => node.op)).toEqual(['input', 'gelu']);
});

test('inputs that no output needs are gone', () => {
  const builder = new GraphBuilder('unused');
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [3] });
  builder.add('input', [], { name: 'unused', dtype: 'f32', shape: [3] });
  builder.output('y', x);
  expect(optimise(builder.finish()).nodes.map((node) => node.op)).toEqual(['input']);
});
