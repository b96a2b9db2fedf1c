import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Graph } from '../../../../../../src/compiler/ir/graph.ts';
import { conformanceCases } from '../../../../../conformance/cases.ts';
import { caseGraph } from '../../../../../conformance/case-graph.ts';
import { tensorflowNodes } from '../../../../../support/tensorflow-nodes.ts';

const windowCases = (
  [
    'conv2d',
    'conv2d_grad_input',
    'conv2d_grad_filter',
    'max_pool',
    'max_pool_grad',
    'avg_pool',
    'avg_pool_grad',
  ] as const
).flatMap((op) => conformanceCases[op]);

describe('windows', () => {
  it.each(windowCases)('$name: no kernel pads explicitly, which oneDNN has not', (given) => {
    for (const { op, attributes } of tensorflowNodes(caseGraph(given).graph)) {
      if ('padding' in attributes) expect(['SAME', 'VALID'], op).toContain(attributes['padding']?.value);
    }
  });

  it.each(windowCases)('$name: gradients ask for nothing that only oneDNN has', (given) => {
    for (const { op, attributes } of tensorflowNodes(caseGraph(given).graph)) {
      if (!op.includes('Backprop')) continue;
      expect(attributes['dilations']?.value, op).toEqual([1, 1, 1, 1]);
    }
  });
});

interface Given {
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly stride?: number;
  readonly padding?: readonly [number, number, number, number];
}

function convolution({ x, filter, stride = 1, padding = [0, 0, 0, 0] }: Given): Graph {
  const builder = new GraphBuilder('g');
  const image = builder.add('input', [], { name: 'x', dtype: 'f32', shape: x });
  const weight = builder.add('input', [], { name: 'w', dtype: 'f32', shape: filter });
  const attributes = { stride: [stride, stride], padding, dilation: [1, 1], groups: 1 } as const;
  builder.output('y', builder.add('conv2d', [image, weight], attributes));
  return builder.finish();
}

/** Operations with their padding where they have one, leaves left out. */
const kernels = (graph: Graph): string[] =>
  tensorflowNodes(graph)
    .filter(({ op }) => op !== 'Placeholder' && op !== 'Const')
    .map(({ op, attributes: { padding } }) => (padding?.kind === 'string' ? `${op} ${padding.value}` : op));

describe('conv2d', () => {
  it('is SAME where the padding keeps the extents', () => {
    const padding = [1, 1, 1, 1] as const;
    expect(kernels(convolution({ x: [2, 8, 8, 4], filter: [3, 3, 4, 4], padding }))).toEqual(['Conv2D SAME']);
  });

  it('is SAME at stride 2 on an odd extent, where it means the same windows, and padded on an even one', () => {
    const padding = [1, 1, 1, 1] as const;
    const given = { filter: [3, 3, 4, 4], stride: 2, padding };
    expect(kernels(convolution({ ...given, x: [9, 7, 7, 4] }))).toEqual(['Conv2D SAME']);
    expect(kernels(convolution({ ...given, x: [9, 8, 8, 4] }))).toEqual(['Pad', 'Conv2D VALID']);
  });

  it('is one product where there are fewer windows than rows in the filter', () => {
    const few = convolution({ x: [2, 2, 2, 64], filter: [3, 3, 64, 64], padding: [1, 1, 1, 1] });
    expect(kernels(few).filter((op) => op.startsWith('MatMul') || op.startsWith('Conv'))).toEqual(['MatMul']);
    const one = convolution({ x: [4, 1, 1, 64], filter: [1, 1, 64, 8] });
    expect(kernels(one).filter((op) => op !== 'Reshape')).toEqual(['MatMul']);
  });
});
