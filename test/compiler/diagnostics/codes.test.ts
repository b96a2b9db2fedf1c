import { expect, it } from 'vitest';
import { codeEntry, codes } from '../../../src/compiler/diagnostics/codes.ts';

it('gives every code a title, a law and an explanation in sentences', () => {
  for (const [code, { title, law, explanation }] of Object.entries(codes)) {
    expect(code).toMatch(/^CX[0-9]{4}$/);
    expect(title, code).toMatch(/^.{3,60}[^.]$/u);
    expect(law, code).toMatch(/\.$/);
    expect(explanation, code).toMatch(/\.$/);
    expect(explanation.length, code).toBeGreaterThan(30);
  }
});

it('gives no two codes the same title', () => {
  const titles = Object.values(codes).map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

it('knows the codes of the table and no others', () => {
  expect(codeEntry('CX1001')?.title).toBe('unexpected word or symbol');
  expect(codeEntry('CX1999')).toBeUndefined();
  expect(codeEntry('toString')).toBeUndefined();
});
