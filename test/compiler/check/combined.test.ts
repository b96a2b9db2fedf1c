/** Metrics of metrics: their unit is that of their parts where the formula keeps it, and they stand with the stages that measure these. */
import { describe, expect, it } from 'vitest';
import { stageOfCombined } from '../../../src/compiler/check/combined.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { combineMetrics } from '../../../src/runtime/combine-metrics.ts';
import type { EvaluationResult } from '../../../src/runtime/checkpoint.ts';
import { repositoryHost } from '../../support/repository-host.ts';

const checkedOf = (metric: string) => {
  const text = `clipx 1
experiment t
axis d = 2
input x : vector(d)
data seen = jsonl("seen.jsonl") { x: "x" }
data val  = jsonl("val.jsonl") like seen
trainable param w : [d] = ones
loss L = mean((x * w) ^ 2)
stage pre {
  minimize L
  train on seen { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
  evaluate before on val { metric a = mean(x * w) in %  metric b = mean(x) in %  metric c = mean(w) }
}
stage post after pre {
  minimize L
  train on seen { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
  evaluate behind on val { metric a = mean(x * w) in % }
}
metric m = ${metric}
`;
  const { checked, diagnostics } = compile({ path: 'experiment.clipx', text, host: repositoryHost, until: 'check' });
  const [combined] = checked?.combined ?? [];
  if (checked === undefined || combined === undefined) throw new Error(diagnostics.map((each) => each.message).join());
  return { checked, combined };
};

const result = (stage: string, evaluation: string, metrics: Readonly<Record<string, number>>): EvaluationResult => ({
  stage, evaluation, data: 'val', step: 1, samples: 1, best: false,
  metrics: Object.entries(metrics).map(([name, value]) => ({ name, value })),
}); // prettier-ignore

describe('a metric of metrics', () => {
  it.each([
    ['(before.a + before.b) / 2', '%'],
    ['2 * before.a * before.b / (before.a + before.b)', '%'],
    ['max(before.a, behind.a)', '%'],
    ['sqrt(before.a * before.b)', '%'],
    ['behind.a - before.a', '%'],
    ['before.a / before.b', undefined],
    ['before.a * before.b', undefined],
    ['before.a + 1', undefined],
    ['before.a * before.c', undefined],
    ['log(before.a)', undefined],
    ['(before.a / before.b) in %', '%'],
  ])('%s has the unit %s', (formula, unit) => {
    expect(checkedOf(formula).combined.unit).toBe(unit);
  });

  it.each([
    ['before.a + before.b', 'pre'],
    ['behind.a - before.a', 'post'],
  ])('%s belongs to `%s`', (formula, stage) => {
    const { checked, combined } = checkedOf(formula);
    expect(stageOfCombined(combined, checked.stages)).toBe(stage);
  });

  it('is worked out in a stage that measures something of it, once all of it is known', () => {
    const [pre, post] = [result('pre', 'before', { a: 1, b: 3 }), result('post', 'behind', { a: 5 })];
    const first = [checkedOf('before.a + before.b').combined];
    expect(combineMetrics(first, [], [pre])).toEqual([{ name: 'm', value: 4, unit: '%' }]);
    expect(combineMetrics(first, [pre], [post])).toEqual([]);
    const both = [checkedOf('behind.a - before.a').combined];
    expect(combineMetrics(both, [], [pre])).toEqual([]);
    expect(combineMetrics(both, [pre], [post])).toEqual([{ name: 'm', value: 4, unit: '%' }]);
  });
});
