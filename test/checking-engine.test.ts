/** The judge of the systems' runs: what float32 leaves open is no fault of an engine, what is computed wrongly is. */
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../src/compiler/ir/evaluate.ts';
import { GraphBuilder, type Graph, type NodeId } from '../src/compiler/ir/graph.ts';
import { openReference } from '../src/runtime/backends/reference.ts';
import { openChecking } from './support/checking-engine.ts';
import { evaluateRounding } from './support/rounding-errors.ts';

/** `1 / (|Σ x| + 1e-8)`: as many digits as the sum has. */
function quotient(): Graph {
  const builder = new GraphBuilder('quotient');
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [4] });
  const sum = builder.add('reduce_sum', [x], { axes: [0], keep: false });
  const constant = (value: number): number => builder.add('constant', [], { dtype: 'f32', shape: [], values: [value] });
  const divisor = builder.add('add', [builder.add('abs', [sum], {}), constant(1e-8)], {});
  builder.output('y', builder.add('div', [constant(1), divisor], {}));
  return builder.finish();
}

const feedsOf = (values: readonly number[]) =>
  ({ x: { dtype: 'f32', shape: [values.length], data: Float32Array.from(values) } }) as const;

/** What is told of an engine that computes this. */
async function faultsOf(graph: Graph, feeds: ReturnType<typeof feedsOf>, y: number): Promise<readonly string[]> {
  const result = { dtype: 'f32', shape: [], data: Float32Array.of(y) } as const;
  const executable = { run: () => Promise.resolve({ y: result }), dispose: () => Promise.resolve() };
  const engine = { ...openReference(), load: () => Promise.resolve(executable) };
  const column = { name: 'engine', isSkipped: false, open: () => Promise.resolve(engine), lower: () => new Uint8Array() }; // prettier-ignore
  const checking = await openChecking([column]);
  const loaded = await checking.engine.load({ id: graph.name, graph, inputs: {}, outputs: {} }, undefined);
  await loaded.run(feeds);
  return checking.faults;
}

/** Of an engine whose results are the exact ones, times a factor. */
async function faultsOfFactor(values: readonly number[], factor: number): Promise<readonly string[]> {
  const graph = quotient();
  const feeds = feedsOf(values);
  return faultsOf(graph, feeds, factor * (evaluateGraph(graph, feeds, { precision: 'f64' })['y']?.data[0] ?? 0));
}

describe('an engine', () => {
  it('may be far off where float32 does not determine the result', async () => {
    const almostNothing = [0.1, 0.2, 0.3, -0.6];
    expect(await faultsOfFactor(almostNothing, 1.3)).toEqual([]);
    expect(await faultsOfFactor(almostNothing, 1000)).toHaveLength(1);
  });

  it('may not where float32 does', async () => {
    expect(await faultsOfFactor([0.1, 0.2, 0.3, 0.6], 1.0005)).toEqual([]);
    expect(await faultsOfFactor([0.1, 0.2, 0.3, 0.6], 1.002)).toEqual([
      expect.stringMatching(/^quotient, call 1: engine: y\[0\] is 0\.8349/),
    ]);
  });
});

describe('a number that is zero but for rounding', () => {
  // Σ eˣ − Σ eˣ, of two sums that round apart
  const builder = new GraphBuilder('nothing');
  const z = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [4] });
  const turned = builder.add('reverse', [z], { axes: [0] });
  const sum = (node: NodeId): NodeId => builder.add('reduce_sum', [node], { axes: [0], keep: false });
  builder.output(
    'y',
    builder.add('sub', [sum(builder.add('exp', [z], {})), sum(builder.add('exp', [turned], {}))], {}),
  );
  const graph = builder.finish();
  const feeds = feedsOf([0.1, 0.2, 0.3, -0.6]);

  it('may be what rounding makes of it, in a thousand engines', async () => {
    const told: string[] = [];
    for (let engine = 0; engine < 1000; engine++)
      told.push(...(await faultsOf(graph, feeds, evaluateRounding(graph, feeds, 1000 + engine)['y']?.data[0] ?? 0)));
    expect(told).toEqual([]);
  });

  it('may not be more', async () => {
    expect(await faultsOf(graph, feeds, 1e-5)).toHaveLength(1);
  });
});

describe('random rounding', () => {
  const builder = new GraphBuilder('products');
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [4] });
  const square = builder.add('mul', [x, x], {});
  builder.output('square', square);
  builder.output(
    'spread',
    builder.add('sub', [builder.add('reduce_max', [square], { axes: [0], keep: true }), square], {}),
  );
  const graph = builder.finish();

  it('is of the size of a unit roundoff, and another in each draw', () => {
    const off = Array.from({ length: 50 }, (_, draw) => {
      const [square = 0] = evaluateRounding(graph, feedsOf([3, 1, 1, 1]), draw)['square']?.data ?? [];
      return square / 9 - 1;
    });
    expect(Math.max(...off)).toBeGreaterThan(2 ** -25);
    expect(Math.min(...off)).toBeLessThan(-(2 ** -25));
    expect(Math.max(...off.map(Math.abs))).toBeLessThanOrEqual(2 ** -24);
  });

  it('leaves equal numbers equal', () => {
    for (let draw = 0; draw < 20; draw++)
      expect([...(evaluateRounding(graph, feedsOf([3, 3, 3, 3]), draw)['spread']?.data ?? [])]).toEqual([0, 0, 0, 0]);
  });

  it('of a norm by its own moments is that of its steps: the gradient of a bias before it is zero of exact moments alone', () => {
    const builder = new GraphBuilder('norm');
    const input = (name: string, shape: readonly number[]): NodeId =>
      builder.add('input', [], { name, dtype: 'f32', shape });
    const [dy, x, scale] = [input('dy', [6, 2]), input('x', [6, 2]), input('scale', [2])];
    const epsilon = 1e-5;
    const gradient = builder.add('batch_norm_grad_input', [dy, x, scale], { epsilon });
    builder.output('y', builder.add('batch_norm_training', [x, scale, scale], { epsilon }));
    builder.output('dx', gradient);
    builder.output('ds', builder.add('batch_norm_grad_scale', [dy, x], { epsilon }));
    builder.output('db', builder.add('reduce_sum', [gradient], { axes: [0], keep: false }));
    const graph = builder.finish();
    const some = (count: number, by: number): Float32Array =>
      Float32Array.from({ length: count }, (_, at) => Math.sin(by * (at + 1)));
    const feeds = {
      dy: { dtype: 'f32', shape: [6, 2], data: some(12, 1.7) },
      x: { dtype: 'f32', shape: [6, 2], data: some(12, 2.9) },
      scale: { dtype: 'f32', shape: [2], data: some(2, 0.7) },
    } as const;
    const exact = evaluateGraph(graph, feeds, { precision: 'f64' });
    const bias: number[] = [];
    for (let draw = 1; draw <= 20; draw++) {
      const drawn = evaluateRounding(graph, feeds, draw);
      for (const name of ['y', 'dx', 'ds'])
        for (const [at, value] of [...(exact[name]?.data ?? [])].entries())
          expect(drawn[name]?.data[at]).toBeCloseTo(value, 5);
      bias.push(Math.abs(drawn['db']?.data[0] ?? 0));
    }
    expect(Math.abs(exact['db']?.data[0] ?? 1)).toBeLessThan(1e-14);
    expect(Math.max(...bias)).toBeGreaterThan(2 ** -24);
    expect(Math.max(...bias)).toBeLessThan(1e-5);
  });
});
