import { describe, expect, test } from 'vitest';
import { InternalError } from '../../../src/compiler/common/invariant.ts';
import { GraphBuilder, type Graph, type GraphNode } from '../../../src/compiler/ir/graph.ts';
import { verifyGraph } from '../../../src/compiler/ir/verify.ts';

function sample(): Graph & { readonly nodes: readonly [GraphNode, GraphNode, GraphNode] } {
  const builder = new GraphBuilder('sample');
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [2] });
  const y = builder.add('input', [], { name: 'y', dtype: 'f32', shape: [2] });
  builder.output('sum', builder.add('add', [x, y], {}));
  const graph = builder.finish();
  const [first, second, third] = graph.nodes;
  if (!first || !second || !third) throw new Error('three nodes expected');
  return { ...graph, nodes: [first, second, third] };
}

test('a graph from the builder is legal', () => {
  expect(() => verifyGraph(sample())).not.toThrow();
});

describe('what is not legal is named, with the pass that did it', () => {
  const { nodes, outputs } = sample();
  const [x, y, sum] = nodes;
  const faults: [string, Partial<Graph>, string][] = [
    ['an id that is not the place', { nodes: [y, x, sum] }, 'says it is node 1'],
    ['an operand that comes later', { nodes: [x, y, { ...sum, inputs: [0, 2] }] }, 'uses node 2'],
    [
      'a type that is not the inferred one',
      { nodes: [x, y, { ...sum, type: { dtype: 'f32', shape: [3] } }] },
      'f32[3]',
    ],
    ['two inputs of one name', { nodes: [x, { ...x, id: 1 }, sum] }, 'two inputs named x'],
    ['an output that does not exist', { outputs: [{ name: 'z', node: 9 }] }, 'output z'],
    ['two outputs of one name', { outputs: [...outputs, ...outputs] }, 'two outputs named sum'],
  ];
  test.each(faults)('%s', (_, change, message) => {
    const check = (): void => verifyGraph({ ...sample(), ...change }, 'share');
    expect(check).toThrow(InternalError);
    expect(check).toThrow('sample after share');
    expect(check).toThrow(message);
  });
});
