import { expect, test } from 'vitest';
import { elementCount } from '../../src/compiler/types/dtype.ts';
import { compileFile, randomBatch } from './programs.ts';

// The numbers are those of the two models of torch_peer.py: the same program is measured on both sides.
test.each([
  ['p2-dual-encoder', 10_201_601, ['image', 'caption.ids', 'caption.length']],
  ['p3-mlps', 18_893_825, ['a', 'b']],
])('%s has the parameters and columns of its PyTorch counterpart', (name, count, columns) => {
  const program = compileFile(`test/bench/${name}.clipx`);
  const [stage] = program.stages;
  expect(program.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(count);
  expect(stage?.trainable).toHaveLength(program.parameters.length);
  const inputs = Object.entries(stage?.step.inputs ?? {});
  const keys = inputs.flatMap(([, source]) =>
    source.kind === 'column' ? [source.part === 'value' ? source.column : `${source.column}.${source.part}`] : [],
  );
  expect(keys.toSorted()).toEqual(columns.toSorted());
  const batch = stage === undefined ? {} : randomBatch(stage.step);
  expect(Object.keys(batch)).toHaveLength(columns.length);
});
