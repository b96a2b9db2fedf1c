/** What differs between experiments of several stages: told with the stage it is in, and once where it is in all. */
import { describe, expect, test } from 'vitest';
import { compareExperiments, type ComparedExperiment } from '../../../src/compiler/compare/changes.ts';
import { stageDigests } from '../../../src/compiler/compare/digest.ts';
import { compile } from '../../../src/compiler/compile.ts';

const base = `clipx 1
experiment staged
axis d = 4
input x : vector(d)
input y : vector(d)
data seen = jsonl("seen.jsonl") { x: "x"  y: "y" }
data val  = jsonl("val.jsonl") like seen
trainable module M = linear(d -> d)
trainable module N = linear(d -> d)
weight λ = 1
loss L = mean((M(x) - y) ^ 2)
loss K = mean((N(M(x)) - y) ^ 2)
stage one {
  minimize λ * L
  train on seen { steps: 10  batch: 8  optimizer: adam(lr: 1e-3) }
}
stage two after one {
  trainable N
  minimize K
  train on seen { steps: 20  batch: 8  optimizer: adam(lr: 1e-3) }
  evaluate on val { metric error = mean(abs(N(M(x)) - y))  metric worst = max(abs(N(M(x)) - y))  best: min(error) }
}
stage three after two { evaluate again on val { metric last = mean(abs(M(x) - y)) } }
`;

function compiled(text: string): ComparedExperiment {
  const { graph, checked, program, diagnostics } = compile({
    path: 't.clipx',
    text,
    host: { readText: () => undefined },
  });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (checked === undefined || program === undefined) throw new Error('not compiled');
  return { graph, checked, program };
}

const told = (from: string | RegExp, to: string): string[] => {
  const head = base.replace(from, to);
  expect(head).not.toBe(base);
  return compareExperiments(compiled(base), compiled(head)).changes.map(
    (it) => `${it.class} ${it.rule} ${it.path}: ${it.sentence}`,
  );
};

describe('of several stages', () => {
  test('nothing is told of the same twice', () => {
    expect(compareExperiments(compiled(base), compiled(base)).changes).toEqual([]);
  });

  test.each<[string, string | RegExp, string, RegExp]>([
    ['the length of one', 'steps: 20', 'steps: 30', /^training training-length two\.train\.epochs: stage two: 20 steps → 30 steps$/],
    ['a weight of one', 'λ = 1', 'λ = 2', /^training loss-weight one\.loss L: stage one: L \(λ\) 1 → 2/],
    ['what selects', 'min(error)', 'min(worst)', /^training selection two\.evaluate val\.best: stage two: val: best min error → min worst$/],
    ['one more', /$/, 'stage four after three { }\n', /^training stage-added stage four: \+ stage four after three: evaluated alone$/],
    ['one less', /stage three.*\n/, '', /^training stage-removed stage three: − stage three after two: evaluated alone$/],
    ['what one goes on from', 'three after two', 'three after one, two', /^training stage-order stage three: stage three: after two → after one, two$/],
    ['what trains', '  trainable N\n', '', /^training part-trainable stage two: stage two: trains N → M, N$/],
    ['a part that all read', 'module M = linear(d -> d)', 'module M = mlp(d -> hidden(2) -> d)', /^training part-size module M/],
  ])('%s', (_name, from, to, expected) => {
    const changes = told(from, to);
    expect(changes.filter((change) => expected.test(change)), changes.join('\n')).toHaveLength(1);
  }); // prettier-ignore
});

describe('the digest of a stage', () => {
  const digests = (text: string): ReadonlyMap<string, string> => stageDigests(compiled(text).checked);

  test('changes with what it trains, and not with what it measures or what comes after', () => {
    const before = digests(base);
    expect(digests(base.replace('max(abs', 'mean(abs'))).toEqual(
      new Map([...before].map(([name, digest]) => [name, name === 'two' ? expect.not.stringMatching(digest) : name === 'three' ? expect.any(String) : digest])),
    ); // prettier-ignore
    const later = digests(base.replace('steps: 20', 'steps: 21'));
    expect(later.get('one')).toBe(before.get('one'));
    expect(later.get('two')).not.toBe(before.get('two'));
    const measured = digests(base.replace('metric last = mean(abs(M(x) - y))', 'metric last = max(abs(M(x) - y))'));
    expect(measured).toEqual(before);
    const first = digests(base.replace('steps: 10', 'steps: 11'));
    for (const name of ['one', 'two', 'three']) expect(first.get(name)).not.toBe(before.get(name));
  });

  test('is that of the meaning, not of the text', () => {
    const other = base.replaceAll(/\bM\b/g, 'M').replace('loss L = mean((M(x) - y) ^ 2)', 'let e = M(x) - y\nloss L = mean(e ^ 2)'); // prettier-ignore
    expect(digests(other)).toEqual(digests(base));
  });
});
