import { differentiate } from '../../src/compiler/differentiate/differentiate.ts';
import { evaluateNodes } from '../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, type Graph, type NodeId } from '../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import { elementCount, type DType, type Shape } from '../../src/compiler/types/dtype.ts';
import { Random, feed } from './random.ts';

export interface TestInput {
  readonly dtype?: DType;
  readonly shape: Shape;
  readonly values: readonly number[];
}

export interface GradientDisagreement {
  readonly input: number;
  readonly element: number;
  readonly expected: number;
  readonly found: number;
}

/** A graph with one input for each of `inputs`, and what feeds them. */
export function graphOver(
  inputs: readonly TestInput[],
  build: (builder: GraphBuilder, inputs: readonly NodeId[]) => NodeId,
): { graph: Graph; nodes: NodeId[]; result: NodeId; feeds: Record<string, TensorData> } {
  const builder = new GraphBuilder('test');
  const nodes = inputs.map(({ dtype = 'f32', shape }, index) =>
    builder.add('input', [], { name: `x${index}`, dtype, shape }),
  );
  const result = build(builder, nodes);
  const feeds = inputs.map(({ dtype = 'f32', shape, values }, index) => [`x${index}`, feed(dtype, shape, values)]);
  return { graph: builder.finish(), nodes, result, feeds: Object.fromEntries(feeds) };
}

/** Adds Σ y · w with fixed random w: a scalar whose gradient shows every element of the result's. */
export function weightedSum(builder: GraphBuilder, y: NodeId, seed = 1): NodeId {
  const shape = builder.shape(y);
  const random = new Random(seed);
  const values = Array.from(
    { length: elementCount(shape) },
    () => random.uniform(0.5, 1.5) * (random.chance(0.5) ? 1 : -1),
  );
  const weights = builder.add('constant', [], { dtype: 'f32', shape, values });
  const axes = shape.map((_, axis) => axis);
  return builder.add('reduce_sum', [builder.add('mul', [y, weights], {})], { axes, keep: false });
}

/**
 * Compares every f32 input's gradient with central differences in double precision. Returns the places that disagree; throws
 * where an f32 input has no gradient at all.
 */
export function gradientDisagreements(
  inputs: readonly TestInput[],
  build: (builder: GraphBuilder, inputs: readonly NodeId[]) => NodeId,
  { step = 1e-5, tolerance = 2e-7 }: { step?: number; tolerance?: number } = {},
): GradientDisagreement[] {
  const {
    graph,
    nodes,
    result: loss,
    feeds,
  } = graphOver(inputs, (builder, ids) => weightedSum(builder, build(builder, ids)));
  const wrt = nodes.filter((node) => graph.nodes[node]?.type.dtype === 'f32');
  const { graph: whole, gradients } = differentiate(graph, loss, wrt);
  const precision = { precision: 'f64' } as const;
  const values = evaluateNodes(whole, feeds, gradients.values(), precision);
  const lossAt = (): number => evaluateNodes(graph, feeds, [loss], precision).get(loss)?.data[0] ?? Number.NaN;

  const wrong: GradientDisagreement[] = [];
  for (const [index, node] of nodes.entries()) {
    if (!wrt.includes(node)) continue;
    const gradient = values.get(gradients.get(node) ?? -1);
    if (!gradient) throw new Error(`input ${index} has no gradient`);
    const point = feeds[`x${index}`];
    if (!point) throw new Error('an input without a feed');
    if (gradient.shape.join() !== point.shape.join())
      throw new Error(`gradient of input ${index} is [${gradient.shape.join()}]`);
    for (let element = 0; element < point.data.length; element++) {
      const at = point.data[element] ?? 0;
      point.data[element] = at + step;
      const above = lossAt();
      point.data[element] = at - step;
      const below = lossAt();
      point.data[element] = at;
      const expected = (above - below) / (2 * step);
      const found = gradient.data[element] ?? Number.NaN;
      if (!(Math.abs(found - expected) <= tolerance * (1 + Math.abs(expected)))) {
        wrong.push({ input: index, element, expected, found });
      }
    }
  }
  return wrong;
}
