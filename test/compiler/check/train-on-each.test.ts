/** `train on each d`: every sample is optimised by itself. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';

function check(train: string, more = '', start = 'one / 2'): readonly string[] {
  const text = `clipx 1
experiment t
axis k = 3
input x : vector(k)
data d = jsonl("d.jsonl") { x: "x" }
let one = x[batch: 0]
trainable param p : [k] = ${start}
loss L = mean((p - one) ^ 2)
minimize L
${train}
${more}
`;
  const { diagnostics } = compile({ path: 't.clipx', text, host: { readText: () => undefined }, until: 'check' });
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`);
}

describe('an optimisation of each sample', () => {
  it('has a batch of one, and starts that the sample decides', () => {
    expect(check('train on each d { steps: 1  optimizer: sgd(lr: 1) }')).toEqual([]);
  });

  it('has no batches, and no order', () => {
    expect(check('train on each d { steps: 1  batch: 4  optimizer: sgd(lr: 1) }')).toEqual(['CX5006: each sample is optimised by itself: `batch:` has nothing to choose from']); // prettier-ignore
    expect(check('train on each d { steps: 1  batch: all  optimizer: sgd(lr: 1) }')).toEqual(['CX5006: each sample is optimised by itself: `batch:` has nothing to choose from']); // prettier-ignore
    expect(check('train on each d { steps: 1  batch: 1  optimizer: sgd(lr: 1) }')).toEqual([]);
    expect(check('train on each d { steps: 1  sampler: sequential  optimizer: sgd(lr: 1) }')).toEqual(['CX5006: each sample is optimised by itself: `sampler:` has nothing to choose from']); // prettier-ignore
  });

  it('is evaluated on each of the same samples', () => {
    const train = 'train on each d { steps: 1  optimizer: sgd(lr: 1) }';
    const evaluate = (on: string): string => `data e = jsonl("e.jsonl") { x: "x" }\nevaluate on ${on} { metric m = mean(p) }`; // prettier-ignore
    expect(check(train, evaluate('each d'))).toEqual([]);
    expect(check(train, evaluate('d'))).toEqual(['CX6004: the samples of `d` have parameters of their own: none are those of `d` as a whole']); // prettier-ignore
    expect(check(train, evaluate('each e'))).toEqual(['CX6004: the samples of `d` have parameters of their own: none are those of `e` as a whole']); // prettier-ignore
    const whole = check('train on d { steps: 1  batch: 1  optimizer: sgd(lr: 1) }', evaluate('each d'), '0');
    expect(whole).toContain('CX6004: no sample has parameters of its own here');
  });

  it('decides no frozen tensor', () => {
    const frozen = check('train on each d { steps: 1  optimizer: sgd(lr: 1) }', 'frozen param c : [k] = one / 2');
    expect(frozen).toEqual(['CX3011: `c` is frozen, and the sample decides it']);
  });

  it('is what makes such a start legal', () => {
    expect(check('train on d { steps: 1  batch: 1  optimizer: sgd(lr: 1) }')).toEqual(['CX3011: `p` starts from what only a run tells']); // prettier-ignore
  });
});
