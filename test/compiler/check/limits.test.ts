import { expect, test } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { projectHost } from '../../../src/cli/experiment.ts';

const host = projectHost('.');

/** The codes of what is wrong where `declarations` end in a value `y`, which is minimised. */
function faults(declarations: readonly string[]): string[] {
  const text = `clipx 1
experiment limits "Long and deep"
axis wide = 8
axis out = 8
input a : vector(wide)
data d = jsonl("pairs.jsonl") { a: "a" }
trainable module M = linear(wide -> out)
${declarations.join('\n')}
loss L = mean(y ^ 2)
minimize L
train on d {
  steps: 10
  batch: 8
  optimizer: adam(lr: 1e-4)
}
`;
  return compile({ path: 'limits.clipx', text, host, until: 'check' }).diagnostics.map(({ code }) => code);
}

const chain = (length: number, step: (at: number) => string): string[] =>
  Array.from({ length }, (_, at) => step(at + 1));

test('an equation that others are made of twice is looked at once', () => {
  // As a tree this has 2^1000 leaves.
  const squares = chain(1000, (at) => `let x${at} = x${at - 1} * x${at - 1}`);
  expect(faults(['let x0 = M(a)', ...squares, 'let y = x1000'])).toEqual([]);
});

test('equations in their order may be as many as they like, in the reverse one there is a limit and no crash', () => {
  const equations = (length: number): string[] => chain(length, (at) => `let x${at} = x${at - 1} + 1`);
  expect(faults(['let x0 = M(a)', ...equations(2000), 'let y = x2000'])).toEqual([]);
  expect(faults([...equations(150).toReversed(), 'let x0 = M(a)', 'let y = x150'])).toEqual([]);
  expect(faults([...equations(2000).toReversed(), 'let x0 = M(a)', 'let y = x2000'])).toEqual(['CX1009']);
});

test('fns within fns have a limit, and so has what they are written out to', () => {
  const calls = (length: number, step: (at: number) => string): string[] => [
    'fn f0(x) = x + 1',
    ...chain(length, step),
    `let y = f${length}(M(a))`,
  ];
  expect(faults(calls(150, (at) => `fn f${at}(x) = f${at - 1}(x) + 1`))).toEqual([]);
  expect(faults(calls(2000, (at) => `fn f${at}(x) = f${at - 1}(x) + 1`))).toEqual(['CX1009']);
  expect(faults(calls(12, (at) => `fn f${at}(x) = f${at - 1}(f${at - 1}(x))`))).toEqual([]);
  expect(faults(calls(40, (at) => `fn f${at}(x) = f${at - 1}(f${at - 1}(x))`))).toEqual(['CX1009']);
});

test('a file has at most a hundred stages, and those beyond are not checked', () => {
  const stages = (count: number): string[] => [
    'let y = M(a)',
    ...chain(count, (at) => `stage s${at} after ${at === 1 ? 'main' : `s${at - 1}`} { minimize L\n train on d { steps: 1  batch: 8  optimizer: adam(lr: 1e-4) } }`), // prettier-ignore
  ];
  expect(faults(stages(100))).toEqual([]);
  expect(faults(stages(300))).toEqual(['CX1009']);
});
