/**
 * Every law of the checker with a file that breaks it and the words that a person then reads, and files that break none.
 * `UPDATE_GOLDEN=1` writes the expected texts anew: read each aloud before you commit it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkerCodes } from '../../../src/compiler/diagnostics/checker-codes.ts';
import { check, fixtures, rendered } from '../../support/fixtures.ts';

const faulty = fixtures((folder) => /^CX\d{4}$/.test(folder));
const legal = fixtures((folder) => folder === 'legal');
/** What ships has to pass as well. */
const shipped = ['experiments', 'library'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.clipx'))
    .map((file) => ({ name: `${folder}/${file}`, path: `${folder}/${file}`, text: readFileSync(join(folder, file), 'utf8') })),
); // prettier-ignore
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

  it.each(Object.keys(checkerCodes))('%s has a file that breaks it', (code) => {
    expect(faulty.filter((fixture) => fixture.name.startsWith(code))).not.toHaveLength(0);
  });
});

describe('a file that breaks none', () => {
  it.each([...legal, ...shipped])('$name', (fixture) => {
    const errors = check(fixture).flatMap((each) => each.diagnostics.filter(({ severity }) => severity === 'error'));
    expect(errors.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  });
});
