/** `train on each d`: every sample is optimised by itself. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';

function check(train: string): readonly string[] {
  const text = `clipx 1
experiment t
axis k = 3
input x : vector(k)
data d = jsonl("d.jsonl") { x: "x" }
let one = x[batch: 0]
trainable param p : [k] = one / 2
loss L = mean((p - one) ^ 2)
minimize L
${train}
`;
  const { diagnostics } = compile({ path: 't.clipx', text, host: { readText: () => undefined }, until: 'check' });
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`);
}

describe('an optimisation of each sample', () => {
  it('has a batch of one, and starts that the sample decides', () => {
    expect(check('train on each d { steps: 1  optimizer: sgd(lr: 1) }')).toEqual([]);
  });

  it('is what makes such a start legal', () => {
    expect(check('train on d { steps: 1  batch: 1  optimizer: sgd(lr: 1) }')).toEqual(['CX3011: `p` starts from what only a run tells']); // prettier-ignore
  });
});
