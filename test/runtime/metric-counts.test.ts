/** Every metric records how many elements it averaged; one that averages nothing has no value, and the run says so. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MetricValue } from '../../src/runtime/events.ts';
import { runText, type RanText } from './support/run-text.ts';
import { only, temporaryFolder } from './support/run-tiny.ts';

const experiment = `clipx 1
experiment counted
axis k: item = 3
vocabulary class = ["cat", "dog", "bird"]
input x : vector(k)
input label : class(class)
input said : labels(class)
data seen = jsonl("FOLDER/seen.jsonl") { x: "x"  label: "label"  said: "said" }
data val = jsonl("FOLDER/val.jsonl") like seen
trainable param w : [k] = ones
let s = sum(x * w, over: k)
loss L = mean((s - 1) ^ 2)
loss M = mean(said * s)
minimize L + 0.1 * M
train on seen { steps: 2  batch: 2  optimizer: sgd(lr: 0.01) }
evaluate on val {
  metric all = mean(x)
  metric some = mean(x, where: one_hot(label)[class: "cat"] > 0)
  metric none = mean(s, where: s > 1e6)
  metric most = max(s, where: s > 1e6)
  metric total = sum(s, where: s > 1e6)
  metric known = mean(said)
  metric both = mean(s, where: one_hot(label)[class: "cat"] > 0) + mean(s)
  metric each = mean(s, by: label)
  metric per = mean(s, over: batch, where: one_hot(label) > 0)
  metric rms = sqrt(mean(s ^ 2, where: one_hot(label)[class: "dog"] > 0) + 1e-6)
}
`;

const rows = [
  { x: [1, 2, 3], label: 'cat', said: { cat: 1, dog: 0, bird: null } },
  { x: [2, 2, 2], label: 'cat', said: { cat: null, dog: null, bird: 1 } },
  { x: [0, 1, 0], label: 'dog', said: { cat: null, dog: null, bird: null } },
  { x: [4, 4, 1], label: 'cat', said: { cat: 0, dog: 1, bird: 1 } },
];

let ran: RanText | undefined;

beforeEach(async () => {
  if (ran !== undefined) return;
  const folder = temporaryFolder();
  const lines = (set: readonly object[]): string => set.map((row) => JSON.stringify(row)).join('\n');
  writeFileSync(join(folder, 'val.jsonl'), lines(rows));
  writeFileSync(join(folder, 'seen.jsonl'), lines([...rows, { ...rows[0], label: 'bird' }]));
  ran = await runText(folder, experiment);
});

const metric = (name: string): MetricValue | undefined =>
  ran?.outcome.results[0]?.metrics.find((each) => each.name === name);

describe('the elements of a metric', () => {
  it.each([
    ['all', 12],
    ['some', 9],
    ['none', 0],
    ['most', 0],
    ['known', 6],
    // of two means the one of fewer elements
    ['both', 3],
    // per entry, over all entries together
    ['per', 4],
    ['rms', 1],
  ])('of `%s` are %i', (name, count) => {
    expect(metric(name)?.count).toBe(count);
  });

  it('are not counted where a sum has a value of nothing', () => {
    expect(metric('total')).toEqual({ name: 'total', value: 0 });
  });

  it('make a mean of nothing no number, alone and among entries', () => {
    expect(metric('none')?.value).toBeNull();
    expect(metric('most')?.value).toBeNull();
    expect(metric('some')?.value).not.toBeNull();
    for (const name of ['each', 'per']) {
      const { value, values, entries } = metric(name) ?? {};
      expect(entries).toEqual(['cat', 'dog', 'bird']);
      expect(values?.[2]).toBeNull();
      expect(value).toBeCloseTo(((values?.[0] ?? 0) + (values?.[1] ?? 0)) / 2, 12);
    }
  });

  it('are missed aloud', () => {
    expect(only(ran?.events ?? [], 'warning').filter(({ code }) => code !== 'CX8113')).toEqual([
      expect.objectContaining({
        code: 'CX8224',
        message: 'evaluation `val` on val: nothing to average for `none`, `most`, `each` of "bird", `per` of "bird"',
      }),
    ]);
  });
});
