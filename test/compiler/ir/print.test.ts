import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/compiler/ir/graph.ts';
import { printGraph } from '../../../src/compiler/ir/print.ts';
import { GraphTextError, readGraph } from '../../../src/compiler/ir/read.ts';
import { graphOver } from '../../support/finite-differences.ts';
import { opNames, randomCase } from '../../support/op-cases.ts';
import { Random } from '../../support/random.ts';

test('a graph prints one typed node a line', () => {
  const builder = new GraphBuilder('step');
  const x = builder.add('input', [], { name: 'x', dtype: 'f32', shape: [2, 3] });
  const scale = builder.add('constant', [], { dtype: 'f32', shape: [], values: [-0.5] });
  const y = builder.labelled('f_re', () => builder.add('mul', [x, scale], {}));
  builder.output('loss', builder.add('reduce_sum', [y], { axes: [0, 1], keep: false }));
  builder.output('a name', y);
  expect(printGraph(builder.finish())).toBe(
    [
      'graph step',
      '%0 = input() name="x" dtype="f32" shape=[2,3] : f32[2,3]',
      '%1 = constant() dtype="f32" shape=[] values=[-0.5] : f32[]',
      '%2 = mul(%0, %1) : f32[2,3]  # f_re',
      '%3 = reduce_sum(%2) axes=[0,1] keep=false : f32[]',
      'return loss=%3 "a name"=%2',
      '',
    ].join('\n'),
  );
});

describe('reading gives back what was printed', () => {
  test.each(opNames)('%s', (op) => {
    for (let seed = 0; seed < 5; seed++) {
      const { inputs, attributes } = randomCase(op, new Random(seed));
      const { graph: plain, result } = graphOver(inputs, (builder, ids) =>
        builder.labelled('E.stage[1] "quoted" # odd\nlabel', () => builder.add(op, ids, attributes)),
      );
      const graph = { ...plain, name: 'a graph', outputs: [{ name: 'y', node: result }] };
      expect(readGraph(printGraph(graph))).toEqual(graph);
    }
  });

  test('with numbers that JSON does not know', () => {
    const builder = new GraphBuilder('numbers');
    builder.add('constant', [], { dtype: 'f32', shape: [5], values: [-0, Infinity, -Infinity, NaN, 0.1] });
    const graph = builder.finish();
    expect(readGraph(printGraph(graph))).toEqual(graph);
  });
});

describe('reading refuses, with the line', () => {
  test.each([
    ['', 1, 'starts with'],
    ['graph g\n%0 = input() name="x" dtype="f32" shape=[2] : f32[2]', 2, 'ends with'],
    ['graph g\n%0 = input() name="x" dtype="f32" shape=[2] : f32[3]\nreturn', 2, 'has type f32[2]'],
    ['graph g\n%1 = iota() shape=[2] axis=0 : i32[2]\nreturn', 2, '%0 expected'],
    ['graph g\n%0 = frobnicate() : f32[2]\nreturn', 2, 'no op is called frobnicate'],
    ['graph g\n\n%0 = neg(%5) : f32[2]\nreturn', 3, 'node 5'],
    ['graph g\n%0 = constant() dtype="f32" shape=[1] values=[1,…9] : f32[1]\nreturn', 2, 'not a number'],
    ['graph g\nreturn y=%3', 2, '%3 is not defined'],
  ])('%j', (text, line, message) => {
    const read = (): unknown => readGraph(text);
    expect(read).toThrow(GraphTextError);
    expect(read).toThrow(`line ${line}: `);
    expect(read).toThrow(message);
  });
});
