import { expect, test } from 'vitest';
import { compareExperiments, type Comparison } from '../../../src/compiler/compare/changes.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { print } from '../../../src/compiler/syntax/print.ts';

const base = `clipx 1

experiment small "Small"

axis joint = 4
axis wide = 6
input a : vector(joint)
input b : vector(joint)

data source = jsonl("source.jsonl") { a: "a"  b: "b" }
data target = jsonl("target.jsonl") like source |> mark(test)

trainable module M = mlp(joint -> hidden(8) -> joint)
trainable module N = linear(joint -> joint)

let m = M(a)
let n = N(b)

loss L_near = mean((m - n)^2)
loss L_size = mean(m^2)

weight near = 1
weight size = 0.5

minimize near * L_near + size * L_size

train on source {
  epochs: 3
  batch: 16
  optimizer: adam(lr: 1e-3)
}

evaluate on target {
  metric error = mean((m - n)^2)
}

seeds 1..2
`;

function compiled(text: string) {
  const { checked, program, diagnostics } = compile({ path: 'small.clipx', text, host: { readText: () => undefined } });
  const errors = diagnostics.filter((it) => it.severity === 'error').map((it) => it.message);
  if (checked === undefined || program === undefined) throw new Error(errors.join('\n'));
  return { checked, program };
}

function compared(edit: (text: string) => string): Comparison {
  const after = edit(base);
  if (after === base) throw new Error('the edit changes nothing');
  return compareExperiments(compiled(base), compiled(after));
}

function rules(comparison: Comparison): readonly string[] {
  return comparison.changes.map((it) => `${it.class} ${it.rule} ${it.subject}`);
}

test('formatting, comments and the order of statements are no change', () => {
  const { checked, program } = compiled(base);
  expect(compareExperiments({ checked, program }, { checked, program })).toMatchObject({
    identical: true,
    comparable: true,
    changes: [],
  });
  const shuffled = base.replace(/(let m = .*\n)(let n = .*\n)/, '# a remark\n$2$1').replaceAll('  ', '     ');
  expect(compared(() => shuffled)).toMatchObject({ identical: true, changes: [] });
  const reordered = base.replace(/(trainable module M.*\n)(trainable module N.*\n)/, '$2$1');
  expect(compared(() => reordered)).toMatchObject({ identical: true, changes: [] });
});

test('what the formatter prints is the same experiment', async () => {
  const { parse } = await import('../../../src/compiler/parse/parse.ts');
  const text = print(parse({ path: 'small.clipx', text: base }).file);
  expect(compareExperiments(compiled(base), compiled(text))).toMatchObject({ identical: true, changes: [] });
});

test.each([
  ['weight size = 0.5', 'weight size = 1', ['training weight-changed L_size']],
  ['mean(m^2)', 'mean(abs(m))', ['training term-changed L_size']],
  ['near * L_near + size * L_size', 'near * L_near + size * L_size + 0.1 * L_more', ['training term-added L_more']],
  ['trainable module N', 'frozen module N', ['training part-state N']],
  ['hidden(8)', 'hidden(9)', ['training part-changed M']],
  ['epochs: 3', 'epochs: 4', ['training length-changed train']],
  ['batch: 16', 'batch: 32', ['training batch-changed train']],
  ['adam(lr: 1e-3)', 'adam(lr: 2e-3)', ['training optimiser-changed train']],
  ['jsonl("source.jsonl")', 'jsonl("other.jsonl")', ['training data-changed source']],
  ['jsonl("target.jsonl")', 'jsonl("other.jsonl")', ['protocol data-changed target']],
  ['metric error = mean((m - n)^2)', 'metric error = mean(abs(m - n))', ['protocol metric-changed target error']],
  ['metric error = ', 'metric size = mean(m^2)\n  metric error = ', ['protocol metric-added target size']],
  ['seeds 1..2', 'seeds 1..3', ['protocol seeds-changed seeds']],
])('%s turned into %s', (from, to, expected) => {
  const comparison = compared((text) => {
    const added = to.includes('L_more') ? text.replace('loss L_size', 'loss L_more = mean(n^2)\nloss L_size') : text;
    return added.replace(from, to);
  });
  expect(rules(comparison)).toEqual(expected);
});

test('a protocol change makes the protocol digests differ, a training change does not', () => {
  expect(compared((text) => text.replace('target.jsonl', 'other.jsonl')).comparable).toBe(false);
  expect(compared((text) => text.replace('size = 0.5', 'size = 1')).comparable).toBe(true);
  expect(compared((text) => text.replace('trainable module N', 'frozen module N')).comparable).toBe(true);
});

test('a weight is told with its share before and after, a part with what trains of it', () => {
  const weight = compared((text) => text.replace('size = 0.5', 'size = 3')).changes[0];
  expect(weight).toMatchObject({ before: '0.5', after: '3', consequence: 'share of all weights 33 % -> 75 %' });
  const comparison = compared((text) => text.replace('trainable module N', 'frozen module N'));
  // A linear map of 4 to 4 with its bias.
  expect(comparison.changes[0]).toMatchObject({
    before: 'trainable, 20 of 20 numbers train',
    after: 'frozen, 0 of 20 numbers train',
  });
  expect(comparison.trainable.before - comparison.trainable.after).toBe(20);
});

test('the same change has the same fingerprint in another file, another change another one', () => {
  const one = compared((text) => text.replace('size = 0.5', 'size = 3')).changes[0];
  const same = compared((text) => `${text.replace('size = 0.5', 'size = 3')}\n# later\n`).changes[0];
  const other = compared((text) => text.replace('size = 0.5', 'size = 4')).changes[0];
  expect(same?.fingerprint).toBe(one?.fingerprint);
  expect(other?.fingerprint).not.toBe(one?.fingerprint);
});

test('there and back again: what one direction adds the other removes', () => {
  const after = base
    .replace('loss L_size', 'loss L_more = mean(n^2)\nloss L_size')
    .replace('size * L_size', 'size * L_size + 0.1 * L_more');
  const [there, back] = [
    compareExperiments(compiled(base), compiled(after)),
    compareExperiments(compiled(after), compiled(base)),
  ];
  expect(rules(there)).toEqual(['training term-added L_more']);
  expect(rules(back)).toEqual(['training term-removed L_more']);
});
