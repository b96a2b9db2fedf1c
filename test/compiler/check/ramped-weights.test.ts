import { expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { graphInputs } from '../../../src/compiler/ir/graph.ts';
import { repository } from '../../support/fixtures.ts';

const text = `clipx 1
experiment ramps "One ramp, two factors"
axis k = 3
input y: vector(k)
data source = jsonl("source.jsonl") { y: "y" }
trainable module h = linear(k -> k)
loss L = mean(h(y))
loss M = mean(h(y) ^ 2)
loss N = mean(h(y) ^ 4)
weight λ = ramp(0 -> 1, over: 10 steps)
minimize λ * L + 2 * λ * M + λ * N
train on source { steps: 20  batch: 4  optimizer: sgd(lr: 0.1) }
`;

it('gives a ramp that the objective multiplies by two numbers a weight for each', () => {
  const facts = { counts: new Map([['source', 8]]), vocabularies: new Map() };
  const { program, diagnostics } = compile({ path: 'ramps.clipx', text, host: repository, facts });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const [stage] = program?.stages ?? [];
  const weights = stage?.terms.map(({ name, weight }) => [name, weight.name, weight.kind === 'ramp' ? weight.to : undefined]); // prettier-ignore
  expect(weights).toEqual([
    ['L', 'λ', 1],
    ['M', '2 λ', 2],
    ['N', 'λ', 1],
  ]);
  const inputs = stage?.step === undefined ? [] : graphInputs(stage.step.graph).map(({ name }) => name);
  expect(inputs.filter((name) => name.startsWith('weight '))).toEqual(['weight λ', 'weight 2 λ']);
});
