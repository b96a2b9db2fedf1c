/** What a row may take away or narrow, beyond setting a number. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';

const study = (row: string): string => `clipx 1
experiment t
axis d = 4
input x : vector(d)
input y : labels(factor)
data seen = jsonl("seen.jsonl") { x: "x"  y: "y" }
data val  = jsonl("val.jsonl") like seen
vocabulary factor {
  wearable: ["glasses", "a hat"]
  quality: ["motion blur"]
}
trainable module M = linear(d -> d)
trainable module N = linear(d -> factor)
let z = N(M(x))
loss A = mean(M(x) ^ 2)
loss B = mean((z - y) ^ 2)
stage first {
  trainable M
  minimize A
  train on seen { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
}
stage second after first {
  minimize B
  train on seen { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
  evaluate on val { metric error = mean(abs(z - y)) }
}
ablate rows { "one": ${row} }
`;

function of(row: string) {
  const { checked, diagnostics } = compile({ path: 't.clipx', text: study(row), host: { readText: () => undefined }, until: 'check', row: 'one' }); // prettier-ignore
  return {
    faults: diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`),
    stages: checked?.stages.map(({ name, after }) => `${name} after ${after.join(', ')}`),
    words: checked?.vocabularies.find(({ name }) => name === 'factor')?.entries,
  };
}

describe('a row', () => {
  it('may leave out a stage: those after it begin without it', () => {
    expect(of('{ remove first   remove A }')).toMatchObject({ faults: [], stages: ['second after '] });
  });

  it('may keep one group of a vocabulary', () => {
    expect(of('factor = factor[wearable]')).toMatchObject({ faults: [], words: ['glasses', 'a hat'] });
  });

  it('is told which groups there are', () => {
    expect(of('factor = factor[wearabel]').faults).toEqual(['CX6002 `factor` has no group `wearabel`']);
    expect(of('factor = 3').faults).toEqual(['CX6002 `factor` is a vocabulary by groups']);
  });
});

describe('what a row leaves unread', () => {
  it('is a note in the row', () => {
    const { diagnostics } = compile({ path: 't.clipx', text: study('{ remove first }'), host: { readText: () => undefined }, until: 'check', row: 'one' }); // prettier-ignore
    expect(diagnostics.map(({ code, severity, message }) => `${code} ${severity} ${message}`)).toEqual([
      'CX4006 note the loss `A` is declared, and nothing reads it in the row "one"',
    ]);
  });
});
