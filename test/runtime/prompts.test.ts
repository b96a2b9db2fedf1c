/**
 * Prompts that are put together: what is spliced into a text as vectors, or written into it from a sample, must reach the text tower as
 * the plain text with the same words does. Run on a real engine with the committed tokenizer and weights.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import { createDataRoom } from '../../src/runtime/data/data-room.ts';
import { gatherFacts } from '../../src/runtime/data/gather-facts.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { runProgram } from '../../src/runtime/run.ts';
import { repository } from '../support/fixtures.ts';
import { temporaryFolder } from './support/run-tiny.ts';

const root = join(import.meta.dirname, '../..');

const rows = `yaw,said,name
-30,look left 30,cat
12.4,look right 12,dog
0,look right 0,sun
-7,look left 7,cat
`;

/** Losses of the first step. */
async function losses(declarations: string): Promise<Readonly<Record<string, number | null>>> {
  const folder = temporaryFolder();
  const table = join(folder, 'rows.csv');
  writeFileSync(table, rows);
  const text = `clipx 1
experiment prompts
input yaw : scalar
input said : text
input name : class(animal)
data d = csv("${table}") { yaw: "yaw"  said: "said"  name: "name" }
vocabulary animal { "cat": { size: 2  sound: "meow" }  "dog": { size: 5  sound: "woof" }  "sun": { size: 9  sound: "none" } }
frozen encoder clip = clip("weights/clipx-tiny")
trainable param never : [] = 0
${declarations}
minimize L
train on d { steps: 1  batch: 4  optimizer: sgd(lr: 0) }
`;
  const request = { path: 'prompts.clipx', text, host: repository };
  const told = ({ diagnostics }: ReturnType<typeof compile>): string[] =>
    diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`);
  const first = compile(request);
  expect(told(first)).toEqual([]);
  if (first.program === undefined) throw new Error('no program');
  const environment = { projectFolder: root, seed: 1 };
  const { program } = compile({ ...request, facts: await gatherFacts(first.program, environment) });
  if (program === undefined) throw new Error('no program');
  const events: RunEvent[] = [];
  const outcome = await runProgram(
    { program, experimentText: text, seed: 1, backend: 'onnxruntime-node', threads: 1, projectRoot: root, runsFolder: join(folder, 'runs'), clipxVersion: '0.0.0' },
    (event) => events.push(event),
    { lower: lowererOf(program), inProcess: { openData: () => createDataRoom(program, environment) } },
  ); // prettier-ignore
  expect(outcome.error?.message).toBeUndefined();
  const step = events.find((event) => event.event === 'step');
  return Object.fromEntries(step?.event === 'step' ? step.terms.map(({ name: term, raw }) => [term, raw]) : []);
}

const same = (a: string, b: string): string => `loss L = mean((${a} - ${b}) ^ 2) + never ^ 2`;
const plain = 'prompt plain over animal = "a photo of a {animal}."';

describe('vectors in the place of tokens', () => {
  it('that hold the words of a text are that text', async () => {
    const { L } = await losses(`${plain}
trainable param ctx : [context: 4, clip.text.width] = words("a photo of a")
prompt learned over animal = "{ctx} {animal}."
${same('clip.text(learned)', 'clip.text(plain)')}`);
    expect(L).toBeLessThan(1e-10);
  });

  it('stand where their slot stands, also two of them', async () => {
    const { L } = await losses(`prompt plain over animal = "a photo {animal} of a cat"
trainable param before : [context: 2, clip.text.width] = words("a photo")
trainable param behind : [rest: 3, clip.text.width] = words("of a cat")
prompt learned over animal = "{before} {animal} {behind}"
${same('clip.text(learned)', 'clip.text(plain)')}`);
    expect(L).toBeLessThan(1e-10);
  });

  it('make a difference', async () => {
    const { L } = await losses(`${plain}
trainable param ctx : [context: 4, clip.text.width] = words("a sun of a")
prompt learned over animal = "{ctx} {animal}."
${same('clip.text(learned)', 'clip.text(plain)')}`);
    expect(L).toBeGreaterThan(1e-4);
  });

  it('may differ by entry and by sample', async () => {
    const { L } = await losses(`${plain}
trainable param ctx : [context: 4, clip.text.width] = words("a photo of a")
trainable param shift : [clip.text.width] = 0
let π = shift * yaw
prompt personal over animal = "{ctx + π} {animal}."
let t : [batch, animal, clip.joint] = clip.text(personal)
loss L = mean((t - clip.text(plain)) ^ 2) + mean((s - clip.text(plain)) ^ 2) + never ^ 2
trainable param own : [animal, clip.text.width] = 0
prompt specific over animal = "{ctx + own} {animal}."
let s : [animal, clip.joint] = clip.text(specific)`);
    expect(L).toBeLessThan(1e-10);
  });
});

describe('what a sample says', () => {
  it('is written out: numbers and words that depend on them', async () => {
    const { L } = await losses(`fn side(v) = where(v < 0, "left", "right")
prompt look = "look {side(yaw)} {round(abs(yaw))}"
let t : [batch, clip.joint] = clip.text(look)
${same('t', 'clip.text(said)')}`);
    expect(L).toBeLessThan(1e-10);
  });

  it('is combined with the words of a vocabulary', async () => {
    const { L } = await losses(`prompt qa over animal = "{said} {animal}"
prompt own = "{said} {name}"
let t : [batch, animal, clip.joint] = clip.text(qa)
${same('t[animal: name]', 'clip.text(own)')}`);
    expect(L).toBeLessThan(1e-10);
  });

  it('has vectors beside it', async () => {
    const { L } = await losses(`trainable param ctx : [context: 2, clip.text.width] = words("look left")
prompt plain = "look left {name} {said}"
prompt learned = "{ctx} {name} {said}"
${same('clip.text(learned)', 'clip.text(plain)')}`);
    expect(L).toBeLessThan(1e-10);
  });
});

describe('further columns of a vocabulary', () => {
  it('are words of a prompt and numbers of a formula', async () => {
    const { L } = await losses(
      `fn loud(v) = where(v > 4, "big", "small")
prompt p over animal = "a {loud(animal.size)} {animal} says {animal.sound} {animal.size}"
let sizes : [animal] = animal.size
loss L = mean((clip.text(p) - clip.text(q)) ^ 2) + (sum(sizes) - 16) ^ 2 + never ^ 2
vocabulary sentence = ["a small cat says meow 2", "a big dog says woof 5", "a big sun says none 9"]
prompt q0 over sentence = "{sentence}"
let q1 = clip.text(q0)`.replace('clip.text(q)', 'q1[sentence as animal]'),
    );
    expect(L).toBeLessThan(1e-10);
  });
});
