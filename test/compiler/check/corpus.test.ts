/**
 * Every law of the checker with a file that breaks it and the words that a person then reads, and files that break none.
 * `UPDATE_GOLDEN=1` writes the expected texts anew: read each aloud before you commit it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codes } from '../../../src/compiler/diagnostics/codes.ts';
import { check, fixtures, rendered } from '../../support/fixtures.ts';

const faulty = fixtures((folder) => /^CX\d{4}$/.test(folder));
const legal = fixtures((folder) => folder === 'legal');
/** For each law a file that keeps it where another one breaks it, named by the code. */
const repaired = fixtures((folder) => folder === 'repaired');
/** What ships has to pass as well. */
const shipped = ['experiments', 'library'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.clipx'))
    .map((file) => ({ name: `${folder}/${file}`, path: `${folder}/${file}`, text: readFileSync(join(folder, file), 'utf8') })),
); // prettier-ignore
/** A file too large, more faults than are told and a fault of clipx itself are no text: `test/cli/bad-input.test.ts` has them. */
const told = Object.keys(codes).filter((code) => !['CX1010', 'CX1017', 'CX9001'].includes(code));
const update = process.env['UPDATE_GOLDEN'] === '1';

describe('a file that breaks a law', () => {
  it.each(faulty)('$name', (fixture) => {
    const compilations = check(fixture);
    const text = rendered(compilations);
    if (update || !existsSync(fixture.expected)) writeFileSync(fixture.expected, text);
    expect(text).toBe(readFileSync(fixture.expected, 'utf8'));
    const codes = compilations.flatMap((each) => each.diagnostics.map((diagnostic) => diagnostic.code));
    expect(codes).toContain(fixture.name.slice(0, 6));
    expect(codes).not.toContain('CX9001');
  });

  it.each(told)('%s has a file that breaks it and one that keeps it', (code) => {
    expect(faulty.filter((fixture) => fixture.name.startsWith(code))).not.toHaveLength(0);
    expect(repaired.map((fixture) => fixture.name)).toContain(`repaired/${code}`);
  });

  it('is one of many', () => {
    expect(faulty.length).toBeGreaterThanOrEqual(200);
  });
});

describe('a file that breaks none', () => {
  it.each([...legal, ...repaired, ...shipped])('$name', (fixture) => {
    const errors = check(fixture).flatMap((each) => each.diagnostics.filter(({ severity }) => severity === 'error'));
    expect(errors.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  });
});
