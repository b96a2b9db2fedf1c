import { describe, expect, test } from 'vitest';
import { InternalError } from '../../../src/compiler/common/invariant.ts';
import { evaluateGraph } from '../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder } from '../../../src/compiler/ir/graph.ts';
import type { OpAttributes, OpName } from '../../../src/compiler/ir/ops.ts';
import type { DType } from '../../../src/compiler/types/dtype.ts';
import { graphOver, type TestInput } from '../../support/finite-differences.ts';
import { feed } from '../../support/random.ts';

type Nested = number | readonly Nested[];

/** A tensor written as nested lists. */
function tensor(nested: Nested, dtype: DType = 'f32'): TestInput {
  const shape: number[] = [];
  for (let level = nested; typeof level !== 'number'; level = level[0] ?? 0) shape.push(level.length);
  return { dtype, shape, values: [nested].flat(9).map(Number) };
}

const int = (nested: Nested): TestInput => tensor(nested, 'i32');
const bool = (nested: Nested): TestInput => tensor(nested, 'bool');

interface Example<Op extends OpName> {
  readonly inputs: readonly TestInput[];
  readonly attributes: OpAttributes[Op];
  /** Worked out by hand. */
  readonly result: TestInput;
}

function unary(...pairs: readonly [number, number][]) {
  return { inputs: [tensor(pairs.map(([x]) => x))], attributes: {}, result: tensor(pairs.map(([, y]) => y)) };
}

/** [1, 2, 3] against [2], so that something is repeated. */
function binary(a: Nested, b: Nested, result: Nested, dtype: DType = 'f32') {
  return { inputs: [tensor(a), tensor(b)], attributes: {}, result: tensor(result, dtype) };
}

const row = (...values: number[]): Nested => [[values.map((value) => [value])]];
const window = { stride: [1, 2], padding: [0, 0, 1, 0] } as const;
const convolution = { ...window, dilation: [1, 1], groups: 1 } as const;
const third = 1 / 3;

const examples: { readonly [Op in OpName]: Example<Op> } = {
  input: { inputs: [], attributes: { name: 'fed', dtype: 'f32', shape: [2] }, result: tensor([7, 8]) },
  constant: { inputs: [], attributes: { dtype: 'f32', shape: [2, 2], values: [1, 2, 3, 4] }, result: tensor([[1, 2], [3, 4]]) },
  iota: { inputs: [], attributes: { shape: [2, 3], axis: 1 }, result: int([[0, 1, 2], [0, 1, 2]]) },

  neg: unary([1, -1], [-2, 2]),
  exp: unary([0, 1], [1, Math.E]),
  log: unary([1, 0], [Math.E, 1]),
  sqrt: unary([4, 2], [0.25, 0.5]),
  abs: unary([-3, 3], [2, 2]),
  sign: unary([-3, -1], [0, 0], [0.1, 1]),
  sin: unary([0, 0], [Math.PI / 6, 0.5]),
  cos: unary([0, 1], [Math.PI / 3, 0.5]),
  acos: unary([1, 0], [0.5, Math.PI / 3]),
  tanh: unary([0, 0], [Math.log(3) / 2, 0.5]),
  sigmoid: unary([0, 0.5], [Math.log(3), 0.75], [-1000, 0], [1000, 1]),
  softplus: unary([0, Math.LN2], [1000, 1000], [-1000, 0]),
  relu: unary([-2, 0], [3, 3]),
  erf: unary([0, 0], [1, 0.8427007929497149], [-0.3, -0.3286267594591274], [5, 0.9999999999984626]),
  gelu: unary([0, 0], [1, 0.8413447460685429], [-2, -0.045500263896358], [10, 10]),
  floor: unary([1.7, 1], [-1.2, -2]),
  ceil: unary([1.2, 2], [-1.7, -1]),
  round: unary([0.5, 0], [1.5, 2], [2.5, 2], [-0.5, 0], [-1.5, -2], [1.4, 1], [-1.6, -2]),
  not: { inputs: [bool([0, 1])], attributes: {}, result: bool([1, 0]) },
  cast: { inputs: [tensor([1.9, -1.9, 0])], attributes: { dtype: 'i32' }, result: int([1, -1, 0]) },
  stop: unary([1, 1]),

  add: binary([[1, 2], [3, 4]], [10, 20], [[11, 22], [13, 24]]),
  sub: binary([[1], [2]], [10, 20], [[-9, -19], [-8, -18]]),
  mul: binary([1, 2], 3, [3, 6]),
  div: { inputs: [int([7, -7]), int([2])], attributes: {}, result: int([3, -3]) },
  pow: binary([2, 9], [3, 0.5], [8, 3]),
  max: binary([1, 5], [3], [3, 5]),
  min: binary([1, 5], [3], [1, 3]),
  atan2: binary([1, -1], [1, -1], [Math.PI / 4, -3 * Math.PI / 4]),
  eq: binary([1, 2], [2], [0, 1], 'bool'),
  ne: binary([1, 2], [2], [1, 0], 'bool'),
  lt: binary([1, 2, 3], [2], [1, 0, 0], 'bool'),
  le: binary([1, 2, 3], [2], [1, 1, 0], 'bool'),
  gt: binary([1, 2, 3], [2], [0, 0, 1], 'bool'),
  ge: binary([1, 2, 3], [2], [0, 1, 1], 'bool'),
  and: { inputs: [bool([0, 1, 1]), bool([1, 0, 1])], attributes: {}, result: bool([0, 0, 1]) },
  or: { inputs: [bool([0, 1, 0]), bool([1, 0, 0])], attributes: {}, result: bool([1, 1, 0]) },
  select: { inputs: [bool([[1], [0]]), tensor([1, 2]), tensor(9)], attributes: {}, result: tensor([[1, 2], [9, 9]]) },

  // [[1,2],[3,4]]ᵀ [[1,0],[1,1]]ᵀ
  matmul: { inputs: [tensor([[1, 2], [3, 4]]), tensor([[1, 0], [1, 1]])], attributes: { transposeA: true, transposeB: true }, result: tensor([[1, 4], [2, 6]]) },
  // Row 1 2 3 4 with a 0 before it, windows 0 1, 2 3; filter 10 1.
  conv2d: { inputs: [tensor(row(1, 2, 3, 4)), tensor([[[[10]], [[1]]]])], attributes: convolution, result: tensor(row(1, 23)) },
  conv2d_grad_input: { inputs: [tensor(row(5, 7)), tensor([[[[10]], [[1]]]])], attributes: { ...convolution, inputShape: [1, 1, 4, 1] }, result: tensor(row(5, 70, 7, 0)) },
  conv2d_grad_filter: { inputs: [tensor(row(1, 2, 3, 4)), tensor(row(5, 7))], attributes: { ...convolution, filterShape: [1, 2, 1, 1] }, result: tensor([[[[14]], [[26]]]]) },
  // Windows (-, -1), (-2, -3) and their averages: padding is neither a 0 nor counted.
  max_pool: { inputs: [tensor(row(-1, -2, -3, -4))], attributes: { ...window, window: [1, 2] }, result: tensor(row(-1, -2)) },
  max_pool_grad: { inputs: [tensor(row(-1, -3, -3, -4)), tensor(row(5, 7))], attributes: { ...window, window: [1, 2] }, result: tensor(row(5, 7, 0, 0)) },
  avg_pool: { inputs: [tensor(row(-1, -2, -3, -4))], attributes: { ...window, window: [1, 2] }, result: tensor(row(-1, -2.5)) },
  avg_pool_grad: { inputs: [tensor(row(5, 7))], attributes: { ...window, window: [1, 2], inputShape: [1, 1, 4, 1] }, result: tensor(row(5, 3.5, 3.5, 0)) },

  reduce_sum: { inputs: [tensor([[1, 2], [3, 4]])], attributes: { axes: [0], keep: true }, result: tensor([[4, 6]]) },
  reduce_max: { inputs: [tensor([[1, 2], [3, 4]])], attributes: { axes: [1], keep: false }, result: tensor([2, 4]) },
  reduce_min: { inputs: [tensor([[1, 2], [3, 4]])], attributes: { axes: [1, 0], keep: false }, result: tensor(1) },
  argmax: { inputs: [tensor([[1, 3, 3], [5, 4, 5]])], attributes: { axis: 1 }, result: int([1, 0]) },
  cumsum: { inputs: [tensor([1, 2, 3])], attributes: { axis: 0, exclusive: true, reverse: true }, result: tensor([5, 3, 0]) },
  softmax: { inputs: [tensor([[0, Math.LN2, Math.log(5)], [1000, 1000, -1000]])], attributes: { axis: 1 }, result: tensor([[0.125, 0.25, 0.625], [0.5, 0.5, 0]]) },
  log_softmax: { inputs: [tensor([1000, 1000])], attributes: { axis: 0 }, result: tensor([-Math.LN2, -Math.LN2]) },
  moment_mean: { inputs: [tensor([[1, 2], [3, 6]])], attributes: { axes: [0] }, result: tensor([[2, 4]]) },
  // variance 4 of -2 2 around 10,000, ε = 5
  moment_rstd: { inputs: [tensor([9998, 10002])], attributes: { axes: [0], epsilon: 5 }, result: tensor([third]) },
  layer_norm: { inputs: [tensor([[9998, 10002]]), tensor([3, 6]), tensor([1, 0])], attributes: { epsilon: 5 }, result: tensor([[-1, 4]]) },
  batch_norm: { inputs: [tensor([[1, 2], [3, 4]]), tensor([2, 3]), tensor([[0.5]]), tensor([10, 20]), tensor(1)], attributes: {}, result: tensor([[-4, -9], [6, 11]]) },
  // moments 2, 4 and 1, 0; r = 1/√(4 + 5)
  batch_norm_training: { inputs: [tensor([[0, 1], [4, 1]]), tensor([6, 5]), tensor([1, 7])], attributes: { epsilon: 5 }, result: tensor([[-3, 7], [5, 7]]) },
  // x̂ = ∓2/3, mean dy = 3, mean(dy x̂) = 4/3: dx = 6/3 (∓2 ± 8/9)
  batch_norm_grad_input: { inputs: [tensor([[1], [5]]), tensor([[0], [4]]), tensor([6])], attributes: { epsilon: 5 }, result: tensor([[-20 / 9], [20 / 9]]) },
  batch_norm_grad_scale: { inputs: [tensor([[1], [4]]), tensor([[0], [4]])], attributes: { epsilon: 5 }, result: tensor([2]) },
  top_k_values: { inputs: [tensor([[1, 3, 2, 3]])], attributes: { k: 3 }, result: tensor([[3, 3, 2]]) },
  top_k_indices: { inputs: [tensor([[1, 3, 2, 3]])], attributes: { k: 3 }, result: int([[1, 3, 2]]) },

  reshape: { inputs: [tensor([[1, 2], [3, 4]])], attributes: { shape: [4] }, result: tensor([1, 2, 3, 4]) },
  transpose: { inputs: [tensor([[[1, 2]], [[3, 4]]])], attributes: { permutation: [2, 0, 1] }, result: tensor([[[1], [3]], [[2], [4]]]) },
  broadcast: { inputs: [tensor([[1], [2]])], attributes: { shape: [2, 2, 2] }, result: tensor([[[1, 1], [2, 2]], [[1, 1], [2, 2]]]) },
  slice: { inputs: [tensor([[1, 2, 3], [4, 5, 6]])], attributes: { starts: [1, 1], sizes: [1, 2] }, result: tensor([[5, 6]]) },
  pad: { inputs: [tensor([[1, 2]])], attributes: { before: [1, 0], after: [0, 1], value: 9 }, result: tensor([[9, 9, 9], [1, 2, 9]]) },
  concat: { inputs: [tensor([[1], [2]]), tensor([[3, 4], [5, 6]])], attributes: { axis: 1 }, result: tensor([[1, 3, 4], [2, 5, 6]]) },
  reverse: { inputs: [tensor([[1, 2], [3, 4]])], attributes: { axes: [0, 1] }, result: tensor([[4, 3], [2, 1]]) },

  gather: { inputs: [tensor([[1, 2, 3], [4, 5, 6]]), int([[2, 0]])], attributes: { axis: 1 }, result: tensor([[[3, 1]], [[6, 4]]]) },
  scatter_add: { inputs: [tensor([[1, 2], [3, 4], [5, 6]]), int([2, 0, 2])], attributes: { axis: 0, size: 3 }, result: tensor([[3, 4], [0, 0], [6, 8]]) },
  gather_along: { inputs: [tensor([[1, 2, 3], [4, 5, 6]]), int([[2, 2], [0, 1]])], attributes: { axis: 1 }, result: tensor([[3, 3], [4, 5]]) },
  scatter_add_along: { inputs: [tensor([[1, 2], [3, 4]]), int([[2, 2], [0, 1]])], attributes: { axis: 1, size: 3 }, result: tensor([[0, 0, 3], [3, 4, 0]]) },
  one_hot: { inputs: [int([2, 0])], attributes: { depth: 3 }, result: tensor([[0, 0, 1], [1, 0, 0]]) },

  // 2 pixels to 4: centres at -1/4, 1/4, 3/4, 5/4 of the old grid.
  resize: { inputs: [tensor(row(0, 4))], attributes: { height: 1, width: 4, method: 'linear' }, result: tensor(row(0, 1, 3, 4)) },
  resize_grad: { inputs: [tensor(row(1, 10, 100, 1000))], attributes: { height: 1, width: 4, method: 'linear', inputShape: [1, 1, 2, 1] }, result: tensor(row(33.5, 1077.5)) },
}; // prettier-ignore

describe('an op means what was worked out by hand', () => {
  test.each(Object.keys(examples) as OpName[])('%s', (op) => {
    const { inputs, attributes, result } = examples[op];
    for (const precision of ['f32', 'f64'] as const) {
      const built = graphOver(inputs, (builder, ids) => builder.add(op, ids, attributes));
      const graph = { ...built.graph, outputs: [{ name: 'y', node: built.result }] };
      const found = evaluateGraph(graph, { ...built.feeds, fed: feed('f32', [2], [7, 8]) }, { precision })['y'];
      expect([found?.dtype, found?.shape]).toEqual([result.dtype, result.shape]);
      const tolerance = precision === 'f64' ? 1e-12 : 1e-6;
      for (const [at, value] of result.values.entries()) {
        expect(Math.abs((found?.data[at] ?? NaN) - value), `${precision} [${at}]`).toBeLessThanOrEqual(
          tolerance * (1 + Math.abs(value)),
        );
      }
    }
  });
});

/** A row of pixels at another width. */
function resized(method: 'nearest' | 'linear' | 'cubic', values: number[], width: number): number[] {
  const { graph, result, feeds } = graphOver([tensor(row(...values))], (builder, ids) =>
    builder.add('resize', ids, { height: 1, width, method }),
  );
  const found = evaluateGraph({ ...graph, outputs: [{ name: 'y', node: result }] }, feeds, { precision: 'f64' });
  return [...(found['y']?.data ?? [])];
}

describe('resizing', () => {
  test('nearest takes the pixel under the centre', () => {
    expect(resized('nearest', [1, 2, 3], 5)).toEqual([1, 1, 2, 3, 3]);
    expect(resized('nearest', [1, 2, 3, 4], 2)).toEqual([2, 4]);
  });

  test('cubic keeps constants and, inside, straight lines', () => {
    expect(resized('cubic', [5, 5, 5], 7).every((value) => Math.abs(value - 5) < 1e-12)).toBe(true);
    // a = -3/4 at 1/4: weights -27/256, 225/256, 67/256, -9/256.
    expect(resized('cubic', [0, 256, 0, 0, 0, 0], 12)[3]).toBeCloseTo(225, 10);
  });
});

test('f32 rounds after each op, f64 does not', () => {
  const { graph, result, feeds } = graphOver([tensor([1e8, 1])], (builder, [x = 0]) => {
    const part = (start: number): number => builder.add('slice', [x], { starts: [start], sizes: [1] });
    return builder.add('sub', [builder.add('add', [part(0), part(1)], {}), part(0)], {});
  });
  const whole = { ...graph, outputs: [{ name: 'y', node: result }] };
  expect(evaluateGraph(whole, feeds)['y']?.data).toEqual(Float32Array.of(0));
  expect(evaluateGraph(whole, feeds, { precision: 'f64' })['y']?.data).toEqual(Float64Array.of(1));
});

describe('is refused, by name', () => {
  const builder = new GraphBuilder('refused');
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [2] });
  const i = builder.add('input', [], { name: 'i', dtype: 'i32', shape: [1] });
  builder.output('y', builder.add('gather', [x, i], { axis: 0 }));
  const graph = builder.finish();
  const values = feed('f32', [2], [1, 2]);

  test.each([
    ['an index out of range', { x: values, i: feed('i32', [1], [2]) }, 'index 2 is outside 0 .. 1'],
    ['a negative index', { x: values, i: feed('i32', [1], [-1]) }, 'index -1'],
    ['a missing feed', { x: values }, 'input i is not fed'],
    ['a feed of another shape', { x: values, i: feed('i32', [2], [0, 1]) }, 'input i is i32[1], fed i32[2]'],
    ['a feed of another dtype', { x: values, i: feed('f32', [1], [0]) }, 'fed f32[1]'],
  ])('%s', (_, feeds, message) => {
    expect(() => evaluateGraph(graph, feeds)).toThrow(InternalError);
    expect(() => evaluateGraph(graph, feeds)).toThrow(message);
  });
});
