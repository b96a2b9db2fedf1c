/**
 * Whatever the text, `parse` returns: a tree that can be walked and printed, and faults with words and places. Seeds are fixed, so
 * that a failure comes back; set CLIPX_FUZZ to try others.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unitWords, wordTypes } from '../../grammar/tokens.ts';
import { renderGithub } from '../../src/compiler/diagnostics/render-github.ts';
import { renderJson } from '../../src/compiler/diagnostics/render-json.ts';
import { renderText } from '../../src/compiler/diagnostics/render-text.ts';
import { parse } from '../../src/compiler/parse/parse.ts';
import { parsePromptText } from '../../src/compiler/parse/prompt-text.ts';
import { sourceFile } from '../../src/compiler/source/source-file.ts';
import { print } from '../../src/compiler/syntax/print.ts';
import { visit } from '../../src/compiler/syntax/visit.ts';
import { withoutPlaces } from '../properties/syntax-arbitrary.ts';

const seed = process.env['CLIPX_FUZZ'] === undefined ? 20240229 : Number(process.env['CLIPX_FUZZ']);

const corpus = ['valid', 'outdated'].flatMap((name) => {
  const folder = new URL(`../fixtures/syntax/${name}/`, import.meta.url);
  return readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
});

const pieces = [
  ...wordTypes.keys(), ...unitWords, 'x', 'ĝ', 'λ₁', '1', '0.5', '1e-4', '3', '"a"', '"{b}', '"\\', '# c', '\n', '\n  ', '\n', ' ',
  '{', '}', '(', ')', '[', ']', ',', ':', '=', '->', '|>', '..', '.', '==', '!=', '<', '<=', '~', '+', '-', '*', '/', '^', '%',
  '@', '“', '\u202e', '\u0000', '\uD800', '\r', '\t', '名',
]; // prettier-ignore

function check(text: string): void {
  const source = sourceFile('fuzz.clipx', text);
  const { file, diagnostics } = parse(source);
  let end = 0;
  for (const { code, message, span, label, fix, related } of diagnostics) {
    expect(code).toMatch(/^CX1\d{3}$/);
    expect(message).not.toMatch(/NaN|undefined|Word_/);
    expect(label ?? '').not.toMatch(/NaN|undefined/);
    for (const place of [span, fix?.span, ...(related ?? []).map((item) => item.span)]) {
      if (place === undefined) continue;
      expect(place.start).toBeGreaterThanOrEqual(0);
      expect(place.end).toBeGreaterThanOrEqual(place.start);
      expect(place.end).toBeLessThanOrEqual(source.text.length);
    }
    expect(span?.start).toBeGreaterThanOrEqual(end);
    end = span?.start ?? 0;
  }
  const sources = new Map([[source.path, source]]);
  renderText(diagnostics, sources, { color: true });
  renderGithub(diagnostics, sources);
  JSON.parse(renderJson(diagnostics, sources));
  visit(file, { string: (literal) => void parsePromptText(literal) });
  // What could be read can be written down and read again.
  const printed = print(file);
  if (diagnostics.every(({ code }) => code === 'CX1014')) {
    const again = parse(sourceFile('fuzz.clipx', printed));
    expect(withoutPlaces(again.file)).toBe(withoutPlaces(file));
    expect(print(again.file)).toBe(printed);
  }
}

it('takes any soup of tokens', () => {
  const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(' '));
  const dense = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''));
  fc.assert(fc.property(fc.oneof(soup, dense), check), { seed, numRuns: 1500 });
});

it('takes any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), check), { seed, numRuns: 500 });
});

it('takes the corpus with pieces cut out, put in and swapped', () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(...corpus),
      fc.array(fc.tuple(fc.nat(), fc.nat(40), fc.constantFrom('', ...pieces)), { minLength: 1, maxLength: 4 }),
    )
    .map(([text, edits]) => {
      let result = text;
      for (const [at, length, piece] of edits) {
        const start = at % (result.length + 1);
        result = result.slice(0, start) + piece + result.slice(start + length);
      }
      return result;
    });
  fc.assert(fc.property(mutated, check), { seed, numRuns: 250 });
}, 120_000);
