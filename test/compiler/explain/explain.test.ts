import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { codes } from '../../../src/compiler/diagnostics/codes.ts';
import { explainCode, nearestCode, renderCodeText } from '../../../src/compiler/explain/explain-code.ts';
import { explanationOf } from '../../../src/compiler/explain/explain.ts';
import type { Explanation } from '../../../src/compiler/explain/explanation.ts';
import {
  explainedName, explainedNames, nearestExplained, renderExplainedName, renderExplainText,
} from '../../../src/compiler/explain/render-explain.ts'; // prettier-ignore
import type { CompilerHost } from '../../../src/compiler/resolve/modules.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

const library = `clipx 1

fn gap(a, b) = mean(distance(a, b))
fn distance(a, b, power = 2) = (a - b) ^ power
fn unused(a) = a
`;

const small = `clipx 1
experiment small "Small"
use "losses.clipx" { gap, unused }
axis joint = 4
input a : vector(joint)
input said : text
input tags : labels(word)
data source = jsonl("source.jsonl", on_bad: skip) { a: "a"  said: "said"  tags: "tags" } |> filter(a != 3)
vocabulary word { all: ["red", "green"] }
prompt colour over word = ["a {word} thing", "{word}"]
frozen encoder clip = clip(joint: 4, image: residual(size: 8, width: 4, blocks: [4], strides: [1]), text: text_transformer(context: 12, vocabulary: 20, width: 8, layers: 2, heads: 2, tokenizer: "t.json"), init: random) {
  trainable text.blocks[1] { lr: 1e-2 }
}
trainable module F = linear(joint -> clip.joint)
let f = F(a)
let v = clip.text(said)
let all = clip.text(colour)
let marked = mean(tags * dot(f, mean(all, over: template)), over: word)
let tested = f * 2
loss L = gap(f, v)
loss M = mean(marked)
weight w = 0.5
minimize L + w * M
train on source {
  epochs: 3
  batch: 16
  optimizer: adamw(lr: 1e-3)
}
evaluate on source { metric size = mean(tested ^ 2) }
seeds 1..2
`;

function explained(text: string, path = 'small.clipx', host?: CompilerHost): Explanation {
  const own = { readText: (file: string) => (file === 'losses.clipx' ? library : undefined) };
  const { checked, program, graph, diagnostics } = compile({ path, text, host: host ?? own });
  if (checked === undefined || program === undefined)
    throw new Error(diagnostics.map((it) => `${it.code} ${it.message}`).join('\n'));
  return explanationOf({ checked, program, graph });
}

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL('../../../schemas/explain.json', import.meta.url), 'utf8')) as object,
);

const explanation = explained(small);
const lineOf = (words: string) => `small.clipx:${small.split('\n').findIndex((line) => line.includes(words)) + 1}`;
const value = (name: string) => explanation.values.find((it) => it.name === name);

test('it fits its schema, and two compilations give the same text', () => {
  expect(validate(explanation), JSON.stringify(validate.errors)).toBe(true);
  expect(JSON.stringify(explained(small))).toBe(JSON.stringify(explanation));
});

test('a value has its axes, mask, formula, moment and place', () => {
  expect(value('f')).toMatchObject({
    kind: 'let',
    type: '[batch, joint]',
    axes: [{ id: 'batch', size: 'batch' }, { id: 'clip.joint', kind: 'feature', size: '4' }],
    formula: 'F(a)',
    masked: false,
    when: 'step',
    because: '`F` trains',
    columns: ['a'],
    parts: ['F'],
    at: lineOf('let f ='),
  }); // prettier-ignore
  expect(value('all')?.axes.map((it) => it.id)).toEqual(['colour.template', 'word', 'clip.joint']);
  // a sample of which no word is known has no mean
  expect(value('marked')).toMatchObject({ masked: true, type: '[batch]' });
  expect(value('L')).toMatchObject({ kind: 'loss', type: '[]', at: lineOf('loss L') });
});

test('a value that no loss reads is known to be of the evaluation alone', () => {
  expect(value('tested')).toMatchObject({ when: null, because: 'evaluations alone read it, for each sample' });
});

test('a part tells every line that decided about its tensors', () => {
  const clip = explanation.parts.find((it) => it.name === 'clip');
  expect(clip).toMatchObject({ state: 'mixed', kind: 'encoder', from: null });
  expect(clip?.decided.map((it) => [it.state, it.at])).toEqual(
    expect.arrayContaining([
      ['frozen', lineOf('frozen encoder clip')],
      ['trainable', lineOf('trainable text.blocks[1]')],
    ]),
  );
  expect(clip?.decided.reduce((sum, it) => sum + it.parameters, 0)).toBe(clip?.parameters);
  expect(clip?.decided.find((it) => it.state === 'trainable')?.parameters).toBe(clip?.trainable);
  expect(clip?.settings).toEqual([{ paths: ['text.blocks.1'], words: 'lr: 0.01', at: lineOf('text.blocks[1]') }]);
});

test('defaults are filled in and called so', () => {
  const setting = (name: string) => explanation.training.settings.find((it) => it.name === name);
  expect(setting('batch')).toEqual({ name: 'batch', value: '16', origin: lineOf('batch: 16') });
  expect(setting('optimizer.lr')?.origin).toBe(lineOf('optimizer:'));
  // PyTorch's
  expect(setting('optimizer.decay')).toEqual({ name: 'optimizer.decay', value: '0.01', origin: 'default' });
  expect(setting('schedule')).toMatchObject({ value: 'constant', origin: 'default' });
  expect(explanation.evaluations[0]?.settings).toContainEqual({ name: 'batch', value: '128', origin: 'default' });
});

test('every fn that is called is there with its file, also through another; the rest are not', () => {
  expect(explanation.functions.map((it) => [it.name, it.at, it.calledBy])).toEqual([
    ['gap', 'losses.clipx:3', ['L']],
    ['distance', 'losses.clipx:4', ['gap']],
  ]);
});

test('data, vocabularies and prompts are resolved', () => {
  expect(explanation.data[0]).toMatchObject({ from: 'jsonl("source.jsonl")', steps: ['|> filter(a != 3)'], onBad: 'skip' });
  expect(explanation.prompts[0]?.texts).toEqual(['a red thing', 'a green thing', 'red', 'green']);
  expect(explanation.axes).toMatchObject([{ id: 'joint', size: '4', at: lineOf('axis joint') }]);
}); // prettier-ignore

describe('one name', () => {
  test.each(explainedNames(explanation))('%s', (name) => {
    expect(renderExplainedName(explanation, name)).toContain(name.split('.').at(-1));
    expect(explainedName(explanation, name)).toBeDefined();
  });

  test('the nearest one is offered for an unknown one', () => {
    expect(renderExplainedName(explanation, 'marks')).toBeUndefined();
    expect(nearestExplained(explanation, 'markd')).toBe('marked');
  });
});

describe('a code', () => {
  test.each(Object.keys(codes))('%s has a law and an explanation', (code) => {
    const text = renderCodeText(explainCode(code) ?? { code: '', title: '', law: null, explanation: null });
    expect(text.startsWith(`${code}: `)).toBe(true);
    expect(text.split('\n\n')).toHaveLength(3);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  test('of runs and data has its title, an unknown one the nearest', () => {
    const titles = { CX8101: 'no data at this path' };
    expect(explainCode('CX8101', titles)).toEqual({ code: 'CX8101', title: 'no data at this path', law: null, explanation: null }); // prettier-ignore
    expect(explainCode('CX8101')).toBeUndefined();
    expect(nearestCode('CX900')).toBe('CX9001');
  });
});

describe('the experiments of this repository', () => {
  test.each(['experiments/clip/pretrain.clipx', 'experiments/clip-gaze/clip-gaze.clipx'])('%s', async (path) => {
    const whole = explained(repositoryText(path), path, repositoryHost);
    expect(validate(whole), JSON.stringify(validate.errors)).toBe(true);
    const name = path.split('/').at(-1)?.replace('.clipx', '.txt') ?? '';
    // digests change with the compiler, which is no change of what is explained
    const text = renderExplainText(whole).replaceAll(/(semantic|protocol) [0-9a-f]{64}/g, '$1 …');
    await expect(text).toMatchFileSnapshot(`../../golden/explain/${name}`);
  });
});
