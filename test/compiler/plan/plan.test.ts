import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { planOf, type Plan } from '../../../src/compiler/plan/plan.ts';
import { renderPlanText, trainableLine } from '../../../src/compiler/plan/render-plan.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

const header = `clipx 1
experiment small "Small"
axis joint = 4
input a : vector(joint)
input picture : image(8)
data source = jsonl("source.jsonl") { a: "a"  picture: "png" }
data target = jsonl("target.jsonl") like source |> mark(test)
vocabulary word { all: ["red", "green", "blue"] }
prompt colour over word = "a {word} thing"
`;
const training = `train on source { epochs: 3  batch: 16  optimizer: adamw(lr: 1e-3, decay: 0.1) }
`;
const clip = (flag: string, settings = '') =>
  `${flag} encoder clip = clip(joint: 4, image: residual(size: 8, width: 4, blocks: [4], strides: [1]), text: text_transformer(context: 12, vocabulary: 20, width: 8, layers: 2, heads: 2, tokenizer: "t.json"), init: random)${settings}\n`;

function programOf(text: string): Program {
  const host = { readText: () => undefined };
  const { program, diagnostics } = compile({ path: 'small.clipx', text: header + text + training, host });
  if (program === undefined) throw new Error(diagnostics.map((it) => it.message).join('\n'));
  return program;
}

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL('../../../schemas/plan.json', import.meta.url), 'utf8')) as object,
);

function planned(text: string, facts: Parameters<typeof planOf>[1] = {}): Plan {
  const plan = planOf(programOf(text), facts);
  expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
  return plan;
}

const when = (plan: Plan, name: string) => plan.stages[0]?.values.find((it) => it.name === name);

describe('parameters', () => {
  test('a linear map has its sizes by hand, and adam keeps two numbers for each', () => {
    const plan = planned(
      'trainable module F = linear(joint -> joint)\nlet y = F(a)\nloss L = mean(y ^ 2)\nminimize L\n',
    );
    expect(plan.trainable).toEqual({ tensors: 2, count: 4 * 4 + 4 });
    expect(plan.memory).toEqual({ parameters: 80, gradients: 80, slots: 160 });
    expect(plan.groups).toMatchObject([
      // the bias has one dimension, so decay leaves it alone
      { owner: 'F', state: 'trainable', count: 20, learningRate: 1e-3, decay: 0.1, decayed: 1, decidedAt: 'small.clipx:10' },
    ]); // prettier-ignore
    expect(trainableLine(plan)).toBe('trainable 20 of 20 (100 %)');
  });

  test('every tensor stands in one group, towers and settings apart', () => {
    const plan = planned(
      `${clip('trainable', ' { logit_scale { lr_scale: 10  decay: 0 }  frozen text }')}let u = clip.image(picture)\nlet t = clip.text(colour)\nloss L = exp(clip.logit_scale) * mean(cos(u, t))\nminimize L\n`,
    );
    expect(plan.groups.reduce((sum, it) => sum + it.tensors, 0)).toBe(plan.parameters.tensors);
    expect(plan.groups.reduce((sum, it) => sum + it.count, 0)).toBe(plan.parameters.count);
    const row = (part: string, state: string) => plan.groups.find((it) => it.part === part && it.state === state);
    expect(row('text', 'frozen')).toMatchObject({ learningRate: null, decay: null, decayed: 0 });
    expect(row('text', 'trainable')).toBeUndefined();
    expect(row('logit_scale', 'trainable')).toMatchObject({ tensors: 1, count: 1, learningRate: 1e-2 });
    // batch-norm statistics move with the tower that trains, and are not called frozen
    expect(row('image', 'statistics')?.tensors).toBeGreaterThan(0);
    expect(row('image', 'frozen')).toBeUndefined();
  });

  test('statistics of a frozen tower are frozen', () => {
    const plan = planned(
      `${clip('frozen')}trainable module F = linear(clip.joint -> joint)\nlet u = F(clip.image(picture))\nloss L = mean((u - a) ^ 2)\nminimize L\n`,
    );
    expect(plan.groups.filter((it) => it.owner === 'clip').map((it) => it.state)).toEqual(['frozen']);
  });
});

describe('when values are computed', () => {
  const text = `${clip('frozen')}trainable module F = linear(joint -> clip.joint)
let u = clip.image(picture)
let t = clip.text(colour)
let f = F(a)
let both = cos(u, t)
let others = cos(u, u[batch as other])
let drawn = shuffle(u, over: batch)
let plain = 2 * a
loss L = mean(cos(f, u)) + mean(both * mean(f)) + mean(others) * mean(f) + mean(cos(f, drawn)) + mean(plain) * mean(f)
minimize L
`;
  const plan = planned(text);

  test.each([
    ['t', { when: 'constant', ahead: true, because: 'it depends on the frozen `clip` alone' }],
    ['u', { when: 'sample', ahead: true }],
    ['both', { when: 'sample', ahead: true }],
    ['f', { when: 'step', ahead: false, because: '`F` trains' }],
    ['others', { when: 'step', ahead: false, because: 'it puts the samples of a batch together' }],
    ['drawn', { when: 'step', ahead: false }],
    ['plain', { when: 'sample', ahead: false, because: 'no frozen tower is in it: cheaper to compute than to keep' }],
    ['L', { when: 'step', ahead: false }],
  ])('%s', (name, expected) => {
    expect(when(plan, name)).toMatchObject(expected);
  });

  test('what is said to be computed ahead is not in the step', () => {
    const program = programOf(text);
    const stage = program.stages[0];
    const read = Object.values(stage?.step.inputs ?? {});
    expect(read.filter((it) => it.kind === 'parameter').map((it) => it.name)).toEqual(
      expect.not.arrayContaining([expect.stringContaining('clip.')]),
    );
    expect(plan.stages[0]?.cached?.columns).toEqual(['picture']);
    expect(plan.stages[0]?.cached?.values).toContain('u');
    expect(plan.stages[0]?.once?.values).toEqual(['t']);
  });

  test('a drawn or scheduled value says so', () => {
    expect(when(plan, 'drawn')?.because).toContain('it draws random numbers');
    const ramp = planned('trainable module F = linear(joint -> joint)\nweight w = ramp(0 -> 1, over: 1 epoch)\nlet y = w * mean(F(a))\nloss L = y ^ 2\nminimize L\n'); // prettier-ignore
    expect(when(ramp, 'y')?.because).toBe('`F` trains, `w` is scheduled');
  });
});

describe('length', () => {
  const text =
    'trainable module F = linear(joint -> joint)\nlet y = F(a)\nloss L = mean(y ^ 2)\nminimize L\nevaluate on target { metric e = mean(y ^ 2) }\n';

  test('steps are whole batches, the last short one is dropped', () => {
    const [stage] = planned(text, { counts: new Map([['source', 100], ['target', 7]]) }).stages; // prettier-ignore
    expect(stage).toMatchObject({ samples: 100, stepsPerEpoch: 6, steps: 18, epochs: 3 });
  });

  test('without data they are unknown, and the plan says so', () => {
    const plan = planned(text);
    expect(plan).toMatchObject({
      nominal: true,
      stages: [{ samples: null, stepsPerEpoch: null, steps: null, epochs: 3 }],
    });
    expect(plan.stages[0]?.evaluations[0]?.samples).toBeNull();
    expect(renderPlanText(plan)).toContain('the data were not opened');
  });
});

test('prompts are rendered, with tokens where there is a tokenizer', () => {
  const text = `${clip('trainable')}let u = clip.image(picture)\nlet t = clip.text(colour)\nloss L = mean(cos(u, t))\nminimize L\n`;
  expect(planned(text).prompts).toEqual([
    {
      name: 'colour',
      tokenizer: 'clip.text',
      context: 12,
      texts: ['red', 'green', 'blue'].map((it) => ({ text: `a ${it} thing`, tokens: null, truncated: null })),
    },
  ]);
  const tokens = (_tokenizer: string, texts: readonly string[]) =>
    texts.map((it) => ({ tokens: it.length, truncated: it.length > 11 }));
  const cut = planned(text, { tokens });
  expect(cut.prompts[0]?.texts.map((it) => it.truncated)).toEqual([false, true, true]);
  expect(renderPlanText(cut)).toContain('3 texts, at most 13 of 12 tokens, 2 TOO LONG');
});

describe('the experiments of this repository', () => {
  test.each(['experiments/clip/pretrain.clipx', 'experiments/clip-gaze/clip-gaze.clipx'])('%s', async (path) => {
    const { program } = compile({ path, text: repositoryText(path), host: repositoryHost });
    if (program === undefined) throw new Error('it does not compile');
    const plan = planOf(program);
    expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
    const name = path.split('/').at(-1)?.replace('.clipx', '.txt') ?? '';
    // digests and costs change with the compiler, which is no change of the plan
    const text = renderPlanText(plan)
      .replace(/semantic \w+ {3}protocol \w+/, 'semantic … protocol …')
      .replaceAll(/[\d,]+ ops?, .*FLOP.*, at most .* of values/g, '… of values');
    await expect(text).toMatchFileSnapshot(`../../golden/plan/${name}`);
  });
});
