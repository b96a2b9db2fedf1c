/** `e on d`: a value over a whole data set. Checked against the same formulas worked out here, in float64. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stream } from '../../src/runtime/random.ts';
import { clipx, newFolder } from './support.ts';

interface Sample {
  readonly x: readonly [number, number, number];
  readonly c: 'a' | 'b' | 'c';
}

const random = stream(3, 'samples');
const sampleAt = (at: number): Sample => ({
  x: [random.uniform(3 * at) - 0.3, random.uniform(3 * at + 1) - 0.5, random.uniform(3 * at + 2)],
  c: (['a', 'b', 'c'] as const)[Math.floor(random.uniform(3 * at) * 3)] ?? 'a',
});
const samplesFrom = (from: number, count: number): Sample[] => Array.from({ length: count }, (_, at) => sampleAt(from + at)); // prettier-ignore
const [few, seen, held] = [samplesFrom(0, 7), samplesFrom(100, 16), samplesFrom(200, 11)];

const head = `clipx 1
experiment keys "Values over a whole data set"
axis d: position = 3
axis joint = 2
input x : vector(d)
input c : class(class)
vocabulary class { base: ["a", "b"]  new: ["c"] }
data few  = jsonl("few.jsonl") { x: "x"  c: "c" }
data seen = jsonl("seen.jsonl") like few
data val  = jsonl("val.jsonl") like few
data test = jsonl("val.jsonl") like few |> mark(test)
frozen param W : [d, joint] = 0.3 * index(d) + 0.2 * index(joint) - 0.1 * index(d) * index(joint)
trainable param a : [joint] = ones
let f = normalize(dot(x, W, along: d))
`;

function project(rest: string): string {
  const folder = newFolder('on-data');
  const lines = (samples: readonly Sample[]): string => samples.map((it) => `${JSON.stringify(it)}\n`).join('');
  writeFileSync(join(folder, 'clipx.json'), '{ "backend": "reference" }');
  writeFileSync(join(folder, 'few.jsonl'), lines(few));
  writeFileSync(join(folder, 'seen.jsonl'), lines(seen));
  writeFileSync(join(folder, 'val.jsonl'), lines(held));
  writeFileSync(join(folder, 'keys.clipx'), `${head}${rest}`);
  return folder;
}

interface Answer {
  readonly runs: readonly { readonly results: readonly { readonly evaluation: string; readonly metrics: readonly { readonly name: string; readonly value: number }[] }[] }[]; // prettier-ignore
}

async function metrics(cwd: string): Promise<Record<string, number>> {
  const called = await clipx(['run', 'keys.clipx', '--progress', 'none', '--json'], { cwd });
  expect(called.stderr.replaceAll(/warning\[CX8113\][^]*?\n(?! )/g, '')).toBe('');
  expect(called.code, called.stderr).toBe(0);
  const { results } = (JSON.parse(called.stdout) as Answer).runs[0] ?? { results: [] };
  return Object.fromEntries(results.flatMap((result) => result.metrics.map(({ name, value }) => [name, value])));
}

const feature = ({ x }: Sample): number[] => {
  const raw = [0, 1].map((j) => x.reduce((sum, value, i) => sum + value * (0.3 * i + 0.2 * j - 0.1 * i * j), 0));
  const norm = Math.hypot(...raw);
  return raw.map((value) => value / norm);
};
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0); // prettier-ignore
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Tip-Adapter: keys and values of few samples, a blend that is trained. `classes`: of these few alone. */
function logitsOf(sample: Sample, a: readonly number[], classes: readonly string[] = ['a', 'b', 'c']): number[] {
  const query = feature(sample).map((value, at) => value * (a[at] ?? 1));
  const kept = few.filter(({ c }) => classes.includes(c));
  return classes.map((word) => kept.reduce((sum, key) => sum + (key.c === word ? Math.exp(2 * dot(query, feature(key)) - 2) : 0), 0)); // prettier-ignore
}

const crossEntropy = (samples: readonly Sample[], a: readonly number[], classes?: readonly string[]): number =>
  mean(
    samples.map((sample) => {
      const logits = logitsOf(sample, a, classes);
      const at = (classes ?? ['a', 'b', 'c']).indexOf(sample.c);
      return Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0)) - (logits[at] ?? NaN);
    }),
  );

const tip = `
let keys   = f on few
let values = one_hot(c) on few
let s      = sum(exp(2 * dot(f * a, keys) - 2) * values, over: few)
fn entropy(s, y) = mean(logsumexp(s, over: class) - s[class: y])
`;

test('keys of a training step: one step of SGD goes where finite differences say', async () => {
  const cwd = project(`${tip}
loss L = entropy(s, c)
minimize L
train on seen { steps: 1  batch: 16  optimizer: sgd(lr: 0.5) }
evaluate on val {
  metric before = entropy(s, c)
  metric a0 = sum(a * index(joint))
  metric a1 = sum(a)
  metric of_few = mean(x) on few
  metric all = sum(keys)
  metric scaled = sum(a * f) on few
}
`);
  const found = await metrics(cwd);
  const slope = [0, 1].map((at) => {
    const moved = (by: number): number => crossEntropy(seen, [0, 1].map((k) => (k === at ? 1 + by : 1))); // prettier-ignore
    return (moved(1e-4) - moved(-1e-4)) / 2e-4;
  });
  const a = slope.map((value) => 1 - 0.5 * value);
  expect(found['a0']).toBeCloseTo(a[1] ?? NaN, 5);
  expect(found['a1']).toBeCloseTo((a[0] ?? NaN) + (a[1] ?? NaN), 5);
  expect(found['before']).toBeCloseTo(crossEntropy(held, a), 5);
  expect(found['of_few']).toBeCloseTo(mean(few.flatMap(({ x }) => [...x])), 6);
  expect(found['all']).toBeCloseTo(
    few.reduce((sum, key) => sum + dot(feature(key), [1, 1]), 0),
    5,
  );
  // what training changes is worked out anew for the evaluation
  expect(found['scaled']).toBeCloseTo(
    few.reduce((sum, key) => sum + dot(feature(key), a), 0),
    5,
  );
  // kept by content: a second run reads it
  const kept = readdirSync(join(cwd, '.clipx', 'cache', 'features'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.safetensors')); // prettier-ignore
  expect(kept.length).toBeGreaterThan(0);
  expect(await metrics(cwd)).toEqual(found);
}, 60_000);

test('over a part of a vocabulary the set is that part of it', async () => {
  const cwd = project(`${tip}
loss L = entropy(s, c)
minimize L
train on seen over class[base] { steps: 1  batch: 4  optimizer: sgd(lr: 0) }
evaluate on base: val over class[base], all: val {
  metric E = entropy(s, c)
  metric n = sum(values)
}
`);
  const called = await clipx(['run', 'keys.clipx', '--progress', 'none', '--json'], { cwd });
  expect(called.code, called.stderr).toBe(0);
  const { results } = (JSON.parse(called.stdout) as Answer).runs[0] ?? { results: [] };
  const of = (name: string, metric: string): number => results.find(({ evaluation }) => evaluation === name)?.metrics.find((each) => each.name === metric)?.value ?? NaN; // prettier-ignore
  const base = (samples: readonly Sample[]): Sample[] => samples.filter(({ c }) => c !== 'c');
  expect(of('base', 'n')).toBe(base(few).length);
  expect(of('all', 'n')).toBe(few.length);
  expect(of('all', 'E')).toBeCloseTo(crossEntropy(held, [1, 1]), 5);
  expect(of('base', 'E')).toBeCloseTo(crossEntropy(base(held), [1, 1], ['a', 'b']), 5);
}, 60_000);

test('what can not be taken over a set', async () => {
  const said = async (rest: string): Promise<string> => {
    const { stdout, stderr } = await clipx(['compile', 'keys.clipx', '--emit', 'program'], { cwd: project(rest) });
    return `${stdout}${stderr}`;
  };
  const trained = 'minimize L\ntrain on seen { steps: 1  batch: 4  optimizer: sgd(lr: 1) }\n';
  expect(await said(`loss L = mean(dot(f * a, ((f * a) on few)))\n${trained}`)).toMatch(
    /error\[CX4007\]: a step of the stage `main` reads a value over all of `few` that depends on `a\.value`, which it trains/,
  );
  expect(await said(`loss L = mean(dot(f * a, (f on test)))\n${trained}`)).toMatch(
    /error\[CX5004\]: `test` is marked test, and training reads it/,
  );
}, 60_000);
