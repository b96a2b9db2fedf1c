/** `data d = … with x = v` and `… with class = others`: the same equations where this set is read. Checked against numbers worked out here. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clipx, newFolder } from './support.ts';

interface Answer {
  readonly runs: readonly { readonly results: readonly { readonly evaluation: string; readonly metrics: readonly { readonly name: string; readonly value: number }[] }[] }[]; // prettier-ignore
}

const seen = [
  { x: [1, 2], c: 'a' },
  { x: [0, -1], c: 'b' },
  { x: [2, 1], c: 'a' },
  { x: [-1, 3], c: 'c' },
];
const unseen = [
  { x: [0.5, 1], c: 'q' },
  { x: [3, -2], c: 'p' },
  { x: [1, 1], c: 'q' },
];

function project(text: string): string {
  const folder = newFolder('with');
  writeFileSync(join(folder, 'clipx.json'), '{ "backend": "reference" }');
  writeFileSync(join(folder, 'seen.jsonl'), seen.map((it) => `${JSON.stringify(it)}\n`).join(''));
  writeFileSync(join(folder, 'unseen.jsonl'), unseen.map((it) => `${JSON.stringify(it)}\n`).join(''));
  writeFileSync(join(folder, 't.clipx'), text);
  return folder;
}

async function results(text: string): Promise<Record<string, number>> {
  const called = await clipx(['run', 't.clipx', '--progress', 'none', '--json'], { cwd: project(text) });
  expect(called.code, called.stderr + called.stdout).toBe(0);
  const all = (JSON.parse(called.stdout) as Answer).runs[0]?.results ?? [];
  return Object.fromEntries(all.flatMap(({ evaluation, metrics }) => metrics.map(({ name, value }) => [`${evaluation} ${name}`, value]))); // prettier-ignore
}

const head = `clipx 1
experiment t "Other columns, other words"
axis d: position = 2
input x : vector(d)
input c : class(class)
data seen   = jsonl("seen.jsonl") { x: "x"  c: "c" }
`;

test('other words stand in the place of a vocabulary where the set is read', async () => {
  // class [a, b, c], other [p, q, r]: read from the data, and written here with a column of their own
  const found = await results(`${head}
vocabulary class { "a": { size: 1 }  "b": { size: 2 }  "c": { size: 4 } }
vocabulary other { "p": { size: 10 }  "q": { size: 20 }  "r": { size: 70 }  "s": { size: 200 } }
data unseen = jsonl("unseen.jsonl") like seen |> mark(test) with class = other
let own  = class.size[class: c]
let rest = sum(class.size) - own
evaluate on seen, unseen {
  metric mine = mean(own)
  metric left = mean(rest)
  metric far  = mean(sum(x, over: d) * own)
}
`);
  expect(found).toEqual({
    'seen mine': (1 + 2 + 1 + 4) / 4,
    'seen left': 7 - 2,
    'seen far': (3 * 1 - 1 * 2 + 3 * 1 + 2 * 4) / 4,
    'unseen mine': expect.closeTo((20 + 10 + 20) / 3, 4) as number,
    'unseen left': expect.closeTo(300 - 50 / 3, 3) as number,
    'unseen far': expect.closeTo((1.5 * 20 + 1 * 10 + 2 * 20) / 3, 4) as number,
  });
}, 60_000);

test('words that the data tell, and a set that trains with another column', async () => {
  const found = await results(`${head}
vocabulary class from seen.c
vocabulary other from unseen.c
data unseen  = jsonl("unseen.jsonl") like seen with class = other
data doubled = seen with x = 2 * x
trainable param a : [d] = zeros
let y = sum(x, over: d)
loss L = mean((sum(a * x, over: d) - y) ^ 2)
minimize L
train on doubled { steps: 1  batch: all  sampler: sequential  optimizer: sgd(lr: 0.01) }
evaluate on seen, unseen {
  metric last = mean(one_hot(c)[class: -1])
  metric a0 = sum(a * (1 - index(d)))
  metric a1 = sum(a * index(d))
}
`);
  // words in their order: the last is c of a, b, c and q of p, q
  expect(found['seen last']).toBeCloseTo(1 / 4, 6);
  expect(found['unseen last']).toBeCloseTo(2 / 3, 6);
  // dL/da = mean(2 (0 − y) x) of the doubled columns
  const twice = seen.map(({ x }) => x.map((value) => 2 * value));
  for (const at of [0, 1]) {
    const slope = twice.reduce((sum, x) => sum - 2 * ((x[0] ?? 0) + (x[1] ?? 0)) * (x[at] ?? 0), 0) / 4;
    expect(found[`seen a${at}`]).toBeCloseTo(-0.01 * slope, 5);
  }
}, 60_000);

test('what has a row for each word has none for others', async () => {
  const text = `${head}
vocabulary class from seen.c
vocabulary other from unseen.c
data unseen = jsonl("unseen.jsonl") like seen with class = other
frozen param w : [class] = ones
evaluate on unseen { metric m = mean(w[class: c]) }
`;
  const { stdout, stderr, code } = await clipx(['check', 't.clipx'], { cwd: project(text) });
  expect(code).toBe(1);
  expect(`${stdout}${stderr}`).toMatch(/CX6005[^]*`w` has a row for each `class`, and `other` stands in its place/);
});
