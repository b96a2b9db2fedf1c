/** Every loss term records how many elements it averaged: in the plan of its stage, or in each step where masks decide it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
import { repository } from '../support/fixtures.ts';
import { isEngineHere } from '../support/required-engines.ts';
import { runText } from './support/run-text.ts';
import { only, temporaryFolder } from './support/run-tiny.ts';

const rows = [
  { x: [1, 2, 3], label: 'cat', said: { cat: 1, dog: 0, bird: null } },
  { x: [2, 2, 2], label: 'cat', said: { cat: null, dog: null, bird: 1 } },
  { x: [0, 1, 0], label: 'dog', said: { cat: null, dog: null, bird: null } },
  { x: [4, 4, 1], label: 'cat', said: { cat: 0, dog: 1, bird: 1 } },
  { x: [1, 0, 0], label: 'dog', said: { cat: 1, dog: 1, bird: 1 } },
  { x: [0, 0, 2], label: 'bird', said: { cat: null, dog: 0, bird: null } },
  { x: [3, 0, 1], label: 'bird', said: { cat: null, dog: null, bird: null } },
  { x: [1, 1, 1], label: 'bird', said: { cat: 1, dog: null, bird: 0 } },
];

const terms: Readonly<Record<string, string>> = {
  all: 'mean((x * w - 1) ^ 2)',
  cats: 'mean((s - 1) ^ 2, where: one_hot(label)[class: "cat"] > 0)',
  entries: 'mean((x * w - 1) ^ 2, where: one_hot(label)[class: "cat"] > 0)',
  known: 'mean(said * s)',
  pairs: 'mean((s - s[batch as other]) ^ 2, where: index(batch) != index(other))',
  both: 'mean(s ^ 2) + mean(s, where: one_hot(label)[class: "dog"] > 0)',
  sized: 'mean(w ^ 2)',
  rooted: 'sqrt(mean(s ^ 2, where: one_hot(label)[class: "dog"] > 0) + 1e-6)',
  total: 'sum(w ^ 2)',
  never: 'mean(s, where: s > 1e6)',
};

const experiment = (train: string, names = Object.keys(terms)): string => `clipx 1
experiment counted
axis k: item = 3
vocabulary class = ["cat", "dog", "bird"]
input x : vector(k)
input label : class(class)
input said : labels(class)
data seen = jsonl("FOLDER/seen.jsonl") { x: "x"  label: "label"  said: "said" }
trainable param w : [k] = ones
let s = sum(x * w, over: k)
${names.map((name) => `loss ${name} = ${terms[name]}`).join('\n')}
minimize ${names.map((name) => `0.01 * ${name}`).join(' + ')}
train on seen { ${train}  sampler: sequential  optimizer: sgd(lr: 0.01) }
`;

const engines: readonly BackendName[] = ['reference', 'onnxruntime-node', 'tensorflow'];

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'seen.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
});

async function counts(backend: BackendName, train: string): Promise<{ planned: object; stepped: object[] }> {
  const { events } = await runText(folder, experiment(train), { backend });
  const named = (values: readonly { readonly name: string; readonly count?: number }[]): object =>
    Object.fromEntries(values.flatMap(({ name, count }) => (count === undefined ? [] : [[name, count]])));
  return {
    planned: named(only(events, 'plan')[0]?.terms ?? []),
    stepped: only(events, 'step').map(({ terms: values }) => named(values)),
  };
}

describe.each(engines)('on %s the elements of a term', (backend) => {
  it('are told once where the file decides them, and at each step where masks do', async () => {
    if (!(await isEngineHere(backend))) return;
    expect(await counts(backend, 'steps: 2  batch: 4')).toEqual({
      planned: { all: 12, pairs: 12, sized: 3 },
      stepped: [
        { cats: 3, entries: 9, known: 6, both: 1, rooted: 1, never: 0 },
        { cats: 0, entries: 0, known: 6, both: 1, rooted: 1, never: 0 },
      ],
    });
  }, 60_000);

  it('are those of the whole batch where it is held in chunks', async () => {
    if (!(await isEngineHere(backend))) return;
    expect(await counts(backend, 'steps: 1  batch: 4  chunk: 2  accumulate: 2')).toEqual({
      planned: { all: 24, pairs: 24, sized: 3 },
      stepped: [{ cats: 3, entries: 9, known: 12, both: 2, rooted: 2, never: 0 }],
    });
  }, 60_000);

  it('add up over the batches of an update, if they are of the batch', async () => {
    if (!(await isEngineHere(backend))) return;
    expect(await counts(backend, 'steps: 1  batch: 2  accumulate: 4')).toEqual({
      planned: { all: 24, pairs: 8, sized: 3 },
      stepped: [{ cats: 3, entries: 9, known: 12, both: 2, rooted: 2, never: 0 }],
    });
  }, 60_000);
});

it('stand in events and programs as the schemas say', async () => {
  const { events, program } = await runText(folder, experiment('steps: 1  batch: 2  accumulate: 2'));
  for (const [name, values] of [
    ['event', events],
    ['program', [program]],
  ] as const) {
    const schema = JSON.parse(repository.readText(`schemas/${name}.json`) ?? '') as object;
    const validate = new Ajv({ allowUnionTypes: true, strict: true }).compile(schema);
    for (const value of values) expect(validate(JSON.parse(JSON.stringify(value))), JSON.stringify(validate.errors)).toBe(true); // prettier-ignore
  }
});

describe('a step', () => {
  const outputs = (names: readonly string[]): string[] => {
    const { program } = compile({ path: 't.clipx', text: experiment('steps: 1  batch: 4', [...names]), host: repository }); // prettier-ignore
    return Object.keys(program?.stages[0]?.step.outputs ?? {});
  };

  it('counts only what a mask of the samples decides', () => {
    expect(outputs(['all', 'pairs', 'sized', 'total'])).toEqual(['term all', 'term pairs', 'term sized', 'term total', 'total', 'gradient w.value']); // prettier-ignore
    expect(outputs(['all', 'cats'])).toContain('count cats 0');
  });
});
