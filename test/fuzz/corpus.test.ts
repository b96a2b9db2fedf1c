/** What the fuzzer (`npm run fuzz`) has found: each was a crash, a hang or a broken law, and is none any more. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exercise } from './exercise.ts';
import { caseOf } from './generate.ts';

const folder = join(import.meta.dirname, 'corpus');

describe('what was found once', () => {
  it.each(readdirSync(folder).filter((file) => file.endsWith('.clipx')))('%s', (file) => {
    const { fault, slowest } = exercise(readFileSync(join(folder, file), 'utf8'));
    expect(fault).toBeUndefined();
    // a second of a machine of its own; coverage and the other tests slow this one
    expect(slowest).toBeLessThan(3000);
  });
});

it('a short run of the fuzzer finds nothing', () => {
  for (let round = 0; round < 15; round++) {
    const { kind, text } = caseOf(20260, round);
    const { fault } = exercise(text);
    expect(fault, `${kind}, round ${round}`).toBeUndefined();
  }
});

it('the same seed gives the same texts', () => {
  for (let round = 0; round < 30; round++) expect(caseOf(5, round)).toEqual(caseOf(5, round));
});

it('a fault is seen', () => {
  expect(exercise('clipx 1\n\nlet x = (\n').fault).toBeUndefined();
  const broken = { get length(): number { throw new RangeError('no text'); } }; // prettier-ignore
  expect(exercise(broken as unknown as string).fault).toMatch(/^parse: throws/);
});
