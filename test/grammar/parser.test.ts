import { generateCstDts } from 'chevrotain';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { ClipxParser, clipxParser } from '../../grammar/parser.ts';

describe('the grammar', () => {
  it('is unambiguous and free of left recursion by chevrotain’s own validation', () => {
    expect(() => new ClipxParser(false)).not.toThrow();
  });

  it('is built once', () => {
    expect(clipxParser()).toBe(clipxParser());
  });

  it('has the tree types that cst-types.d.ts declares (`vitest -u` writes them)', async () => {
    const declarations = generateCstDts(clipxParser().getGAstProductions());
    const text = await format(declarations, { parser: 'typescript', printWidth: 120, singleQuote: true, semi: true, trailingComma: 'all' }); // prettier-ignore
    await expect(text).toMatchFileSnapshot('../../grammar/cst-types.d.ts');
  });

  it('states the EBNF above each of its rules', async () => {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(new URL('../../grammar/parser.ts', import.meta.url), 'utf8');
    const rules = [...text.matchAll(/\n {2}readonly (\w+) = this\.RULE\('(\w+)'/g)];
    expect(rules.length).toBeGreaterThan(60);
    for (const [, property, name] of rules) expect(property).toBe(name);
    const documented = [...text.matchAll(/ \*\/\n {2}readonly (\w+) = this\.RULE/g)].map(([, name]) => name);
    expect(documented).toEqual(rules.map(([, name]) => name));
  });
});
