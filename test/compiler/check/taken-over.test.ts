/** What a stage takes over from another is what it would have found itself: every file is checked both ways. */
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Checker } from '../../../src/compiler/check/checker.ts';
import { Ledger } from '../../../src/compiler/check/ledger.ts';
import { protocolDigest, semanticDigest, stageDigests } from '../../../src/compiler/compare/digest.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

afterEach(() => vi.restoreAllMocks());

/** All that is told and known of a file; `alone`: each stage by itself. */
function found(text: string, alone: boolean): unknown {
  const host = { ...repositoryHost };
  if (alone) vi.spyOn(Checker.prototype, 'takeOver').mockImplementation(() => undefined);
  const { diagnostics, checked } = compile({ path: 'experiment.clipx', text, host, until: 'check' });
  vi.restoreAllMocks();
  if (checked === undefined) return { diagnostics };
  const stages = checked.stages.map(({ name, columns, vocabularies, prompts, instances, parameters, weights, values, unbuilt }) => ({
    name, columns, vocabularies, parameters, weights, unbuilt,
    prompts: prompts.map((prompt) => prompt.name),
    instances: instances.map(({ name: each, flag, shape, parts, overrides }) => ({ each, flag, shape, parts: JSON.stringify(parts), overrides })),
    values: values.map((value) => value.name),
  })); // prettier-ignore
  return { diagnostics, stages, digests: [semanticDigest(checked), protocolDigest(checked), ...stageDigests(checked)] };
}

const staged = ['test/fixtures', 'experiments'].flatMap((folder) =>
  readdirSync(new URL(`../../../${folder}`, import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((each) => each.endsWith('.clipx'))
    .map((each) => `${folder}/${each}`)
    .filter((path) => /^stage /m.test(repositoryText(path))),
);

const common = `clipx 1
experiment t
axis d = 4
axis e = 3
vocabulary class { base: ["a", "b"]  new: ["c"] }
input x : vector(d)
input y : vector(d)
input label : class(class)
data seen = jsonl("seen.jsonl") { x: "x"  y: "y"  label: "label" }
const strength = 2
fn scaled(v) = strength * v
module block(to) {
  layer inner = linear(d -> to)
  forward(v) = strength * inner(v)
}
trainable module M = linear(d -> d)
trainable module N = block(d)
trainable module C = linear(d -> hidden(8)) |> scaled |> linear(hidden -> d)
trainable param centre : [class, d] = normal(0.02)
let u = M(x)
let w = N(u)
let z = C(u + 0.1 * gaussian(like: u))
let s = mean(cos(u, centre)[class: label])
loss L = mean((scaled(w) - y) ^ 2) + mean((z - y) ^ 2)
loss K = mean((w - y) ^ 2) - s
`;
const training = 'train on seen { steps: 4  batch: 2  optimizer: sgd(lr: 1) }';
/** What the second of three stages says over the file. */
const changes = {
  nothing: '',
  'a value in the middle': 'let u = tanh(M(x))',
  'a value that nothing reads': 'let further = mean(x)',
  'a constant inside fns and modules': 'const strength = 3',
  'a fn': 'fn scaled(v) = v + 1',
  'a module of its own': 'module block(to) {\n  layer inner = linear(d -> to)\n  forward(v) = relu(inner(v))\n}',
  'a part': 'trainable module M = mlp(d -> hidden(8) -> d)',
  'an axis': 'axis d = 5',
  'words of a vocabulary': 'vocabulary class { base: ["a", "b"]  new: ["c", "d"] }',
  'a column': 'input y : vector(e)',
  'a fault': 'let u = M(nowhere)',
  'a name of a builtin': 'fn tanh(v) = 0.5 * v\n  let u = tanh(M(x))',
  'another draw': 'let z = C(u + 0.2 * gaussian(like: u))',
  'a removal': 'remove N',
  'a setting': 'set strength = 4',
};
const stages = (change: string, own = training): string =>
  `stage one {\n  minimize L\n  ${training}\n}\nstage two after one {\n  ${change}\n  minimize L + K\n  ${own}\n}\nstage three after two {\n  minimize K\n  ${training}\n}\n`;

describe('what a stage takes over', () => {
  it.each(staged)('%s', (path) => {
    const text = repositoryText(path);
    expect(found(text, false)).toEqual(found(text, true));
  });

  it.each(Object.entries(changes))('beside %s', (_, change) => {
    const text = `${common}${stages(change)}`;
    expect(found(text, false)).toEqual(found(text, true));
  });

  it('beside a training that sees a part of a vocabulary', () => {
    const text = `${common}${stages('', 'train on seen over class[base] { steps: 4  batch: 2  optimizer: sgd(lr: 1) }')}`;
    expect(found(text, false)).toEqual(found(text, true));
  });

  it('is all of the declarations where a stage changes none, and none of what it changes', () => {
    const taken = (change: string): number[] => {
      const unchanged = vi.spyOn(Ledger.prototype, 'unchanged');
      compile({ path: 'experiment.clipx', text: `${common}${stages(change)}`, host: repositoryHost, until: 'check' });
      const sizes = unchanged.mock.results.map(({ value }) => (value as ReadonlyMap<unknown, unknown>).size);
      vi.restoreAllMocks();
      return sizes;
    };
    const [second = 0, third = 0] = taken('');
    expect(second).toBe(third);
    expect(second).toBeGreaterThan(15);
    const [changed = 0, behind = 0] = taken('let s = mean(cos(x, centre[d as d]))');
    expect(changed).toBeLessThan(second);
    expect(changed).toBeGreaterThan(5);
    expect(behind).toBe(third);
  });
});
