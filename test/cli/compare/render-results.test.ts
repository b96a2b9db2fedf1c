import { expect, test } from 'vitest';
import type { ComparedMetric, RunsComparison } from '../../../src/cli/compare/compare-runs.ts';
import { resultLines } from '../../../src/cli/compare/render-results.ts';
import { judgeDifference } from '../../../src/runtime/records/comparison/judge-difference.ts';
import type { Side, SideMetric } from '../../../src/runtime/records/comparison/sides.ts';
import { spreadOf } from '../../../src/runtime/records/study.ts';

const sides: readonly Side[] = ['A', 'B'].map((label) => ({ label, runs: [] }));
const value = (of: number | null | undefined): SideMetric => ({ values: [{ seed: 1, value: of }], spread: spreadOf([of]) }); // prettier-ignore

function metric(key: string, before: number | null | undefined, after: number | null | undefined): ComparedMetric {
  const [baseline, other] = [value(before), value(after)];
  const differences = [judgeDifference({ baseline, other, direction: 'max' })];
  return { key, at: 'end', name: key, direction: 'max', by: 'stated', values: [baseline, other], differences, isSame: before === after }; // prettier-ignore
}

const lines = (metrics: readonly ComparedMetric[], all = false): readonly string[] => {
  const others = sides.slice(1).map((side) => ({ side, meaning: undefined, refusals: [], notes: [] }));
  const comparison: RunsComparison = { sides, others, how: [], metrics, forced: false };
  return resultLines(comparison, { all, color: false });
};

test('of a table of a thousand classes twelve are shown, and it is said how many there are', () => {
  const classes = Array.from({ length: 1000 }, (_, at) => metric(`val.by["${at}"]`, at, at + 1));
  const told = lines([metric('val.top1', 1, 2), ...classes, metric('val.mean', 1, 2)]);
  expect(told.filter((line) => /^ {2}val\.by\["/.test(line))).toHaveLength(12);
  expect(told).toContain('  val.by: 988 more entries (--all)');
  expect(told.some((line) => line.startsWith('  val.mean'))).toBe(true);
  expect(lines(classes, true).filter((line) => /^ {2}val\.by\["/.test(line))).toHaveLength(1000);
});

test('0 reads as 0, what is missing as missing, and what is no number as none', () => {
  const told = lines([metric('val.a', 0, undefined), metric('val.b', null, 0)]).slice(0, 4);
  expect(told.map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    ' val.a, higher is better A 0.00 (1)',
    ' B missing unsure it has no number',
    ' val.b, higher is better A no number',
    ' B 0.00 (1) unsure the baseline has no number',
  ]);
});

test('nothing that was evaluated is told as that', () => {
  expect(lines([])).toEqual(['  nothing has been evaluated yet']);
});
