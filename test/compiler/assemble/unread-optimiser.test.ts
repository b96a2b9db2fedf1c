/** An optimiser of a part that nothing reads: an error in the experiment, and nothing in a row that leaves the part unread. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';

const text = (loss: string) => `clipx 1
experiment t
axis d = 2
input x : vector(d)
data seen = jsonl("seen.jsonl") { x: "x" }
trainable module near = linear(d -> d)
trainable module far  = linear(d -> d)
let y = far(near(x))
loss L = ${loss}
minimize L
train on seen { steps: 1  batch: 2  optimizer: sgd(lr: 1)  optimizer(far): sgd(lr: 2) }
ablate reading { "near": { let y = near(x) } }
`;

const faults = (source: string, row?: string): string[] =>
  compile({ path: 't.clipx', text: source, host: { readText: () => undefined }, ...(row === undefined ? {} : { row }) })
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);

describe('an optimiser of a part', () => {
  it('that a row leaves unread is no fault of the row', () => {
    expect(faults(text('mean(y ^ 2)'))).toEqual([]);
    expect(faults(text('mean(y ^ 2)'), 'near')).toEqual([]);
  });

  it('that the experiment leaves unread is one', () => {
    expect(faults(text('mean(near(x) ^ 2)'))).toEqual(['CX4002']);
  });
});
