/** `draws: 5 of view`: an evaluation of several draws of each sample. What is drawn is told by what draws must keep. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clipx, newFolder } from './support.ts';

interface Answer {
  readonly runs: readonly { readonly results: readonly { readonly evaluation: string; readonly metrics: readonly { readonly name: string; readonly value: number; readonly values?: readonly number[] }[] }[] }[]; // prettier-ignore
}

/** Runs a file without training, and gives the metrics of each evaluation: a number, or one for each entry. */
async function metrics(text: string, samples: readonly object[]): Promise<(evaluation: string, metric: string) => readonly number[]> {
  const folder = newFolder('draws');
  writeFileSync(join(folder, 'clipx.json'), '{ "backend": "reference" }');
  writeFileSync(join(folder, 'seen.jsonl'), samples.map((it) => `${JSON.stringify(it)}\n`).join(''));
  writeFileSync(join(folder, 't.clipx'), text);
  const called = await clipx(['run', 't.clipx', '--progress', 'none', '--json'], { cwd: folder });
  expect(called.code, called.stderr + called.stdout).toBe(0);
  const all = (JSON.parse(called.stdout) as Answer).runs[0]?.results ?? [];
  return (evaluation, metric) => {
    const found = all.find((each) => each.evaluation === evaluation)?.metrics.find(({ name }) => name === metric);
    return found?.values ?? [found?.value ?? NaN];
  };
} // prettier-ignore

test('draws of a column: each a shift of its own, of all points alike', async () => {
  const samples = Array.from({ length: 5 }, (_, at) => ({ p: [[at, 0, 0], [0, at, 1], [2, 2, at], [-1, at, 0]] })); // prettier-ignore
  const of = await metrics(
    `clipx 1
experiment t "Several draws of a cloud"
axis xyz = 3
input cloud : points(4)
data seen = jsonl("seen.jsonl") { cloud: "p" }
augment moved = cloud |> random_shift(-0.5..0.5)
let by = moved - cloud
evaluate still on seen { metric most = max(abs(by)) }
evaluate several on seen {
  draws: 6 of moved
  metric apart   = max(var(by, over: point))
  metric most    = max(abs(by))
  metric each    = mean(by, over: [batch, point, xyz])
  metric samples = max(var(mean(by, over: [point, xyz]), over: batch))
  metric average = mean(mean(moved, over: draw) - cloud - mean(by, over: draw))
}
`,
    samples,
  );
  expect(of('still', 'most')).toEqual([0]);
  // all points of a cloud are moved alike, and differently in each draw
  expect(of('several', 'apart')[0]).toBeCloseTo(0, 10);
  expect(of('several', 'most')[0]).toBeGreaterThan(0.2);
  expect(of('several', 'most')[0]).toBeLessThanOrEqual(0.5);
  expect(of('several', 'each')).toHaveLength(6);
  expect(new Set(of('several', 'each').map((value) => value.toFixed(6))).size).toBe(6);
  expect(of('several', 'samples')[0]).toBeGreaterThan(1e-3);
  expect(of('several', 'average')[0]).toBeCloseTo(0, 6);
}, 60_000);

test('draws of a computed value, and of the masks of what they are drawn from', async () => {
  // entry t of sample b is 10 b + t
  const samples = Array.from({ length: 8 }, (_, b) => ({ x: Array.from({ length: 6 }, (__, t) => 10 * b + t) }));
  const of = await metrics(
    `clipx 1
experiment t "Several draws of a computed value"
axis d: position = 6
input x : vector(d)
data seen = jsonl("seen.jsonl") { x: "x" }
let f = 2 * x
augment g = f |> window(2, over: d as part)
let begin = (g[part: 0] - f[d: 0]) / 2
evaluate still on seen { metric start = mean(begin) }
evaluate several on seen {
  draws: 40 of g
  metric step  = max(abs(g[part: 1] - g[part: 0] - 2))
  metric least = min(begin)
  metric most  = max(begin)
  metric mid   = mean(begin)
  metric count = sum(mean(begin * 0 + 1, over: batch))
}
`,
    samples,
  );
  expect(of('still', 'start')).toEqual([2]);
  // windows of neighbours, which begin at 0..4, each as likely
  expect(of('several', 'step')[0]).toBeCloseTo(0, 5);
  expect([of('several', 'least')[0], of('several', 'most')[0]]).toEqual([0, 4]);
  expect(of('several', 'mid')[0]).toBeGreaterThan(1.6);
  expect(of('several', 'mid')[0]).toBeLessThan(2.4);
  expect(of('several', 'count')[0]).toBeCloseTo(40, 4);
}, 60_000);
