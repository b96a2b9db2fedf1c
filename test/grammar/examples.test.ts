/** What the pages show is true: the example of README stands in the experiment it is of, that of the language page trains. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from '../../src/compiler/parse/parse.ts';
import { sourceFile } from '../../src/compiler/source/source-file.ts';
import { stream } from '../../src/runtime/random.ts';
import { clipx, newFolder } from '../cli/support.ts';

const root = join(import.meta.dirname, '../..');
const blocksOf = (page: string): string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```clipx\n([^`]*)```/g)].map(([, text = '']) => text);

it('README shows lines of the experiment that it runs', () => {
  const squeezed = (line: string): string => line.replace(/\s+/g, ' ').trim();
  const experiment = readFileSync(join(root, 'experiments/clip-gaze/clip-gaze.clipx'), 'utf8').split('\n').map(squeezed); // prettier-ignore
  const blocks = blocksOf('README.md');
  expect(blocks.length).toBeGreaterThan(0);
  for (const text of blocks) {
    expect(parse(sourceFile('README.clipx', text)).diagnostics.filter(({ code }) => code !== 'CX5009')).toEqual([]);
    for (const line of text.split('\n').map(squeezed))
      expect(
        experiment.some((each) => each.startsWith(line)),
        line,
      ).toBe(true);
  }
});

it('the example of stages trains, with its rows and points, on data of its kind', async () => {
  const text = blocksOf('grammar/README.md').find((each) => each.includes('experiment two_stages')) ?? '';
  const cwd = newFolder('page');
  const random = stream(3, 'page');
  /** All eight numbers have one sign, and y is x turned around; the answer is whether they are positive. */
  const lines = (count: number, at: number): string =>
    Array.from({ length: count }, (_, sample) => {
      const sign = random.uniform(1_000_000 + at + sample) < 0.5 ? -1 : 1;
      const x = Array.from({ length: 8 }, (__, place) => sign * (0.5 + random.uniform((at + sample) * 8 + place)));
      return `${JSON.stringify({ x, y: x.toReversed(), answer: (x[0] ?? 0) > 0 ? 'yes' : 'no' })}\n`;
    }).join('');
  writeFileSync(join(cwd, 'clipx.json'), '{}');
  writeFileSync(join(cwd, 'all.jsonl'), lines(400, 0));
  writeFileSync(join(cwd, 'test.jsonl'), lines(100, 400));
  writeFileSync(join(cwd, 'two-stages.clipx'), text);
  const { code, stdout, stderr } = await clipx(['run', 'two-stages.clipx', '--progress', 'none'], { cwd });
  expect(stderr).not.toMatch(/error/);
  expect(code, stdout + stderr).toBe(0);
  const [, hit] = /test hit +([\d.]+) %/.exec(stdout) ?? [];
  expect(Number(hit)).toBeGreaterThan(90);
}, 120_000);
