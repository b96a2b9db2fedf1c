import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from '../../../src/compiler/parse/parse.ts';
import { sourceFile } from '../../../src/compiler/source/source-file.ts';
import { visit } from '../../../src/compiler/syntax/visit.ts';

const text = readFileSync(new URL('../../fixtures/syntax/valid/every-form.clipx', import.meta.url), 'utf8');

/** Every node found by brute force: each object with a kind, wherever it hangs. */
function count(value: unknown, kind: string): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = 'kind' in value && value.kind === kind ? 1 : 0;
  return own + Object.values(value).reduce((sum: number, child) => sum + count(child, kind), 0);
}

it('reaches every node of the tree once', () => {
  const { file } = parse(sourceFile('every-form.clipx', text));
  for (const kind of ['reference', 'name', 'argument', 'path', 'field', 'let', 'string-key', 'initialiser', 'target', 'row'] as const) {
    let seen = 0;
    visit(file, { [kind]: () => void (seen += 1) });
    expect(seen, kind).toBe(count(file, kind));
    expect(seen, kind).toBeGreaterThan(0);
  }
}); // prettier-ignore

it('goes in source order, parents first, and says the way down', () => {
  const { file } = parse(sourceFile('a.clipx', 'let x = f(a, b) + c\nlet y = d'));
  const order: string[] = [];
  visit(file, { reference: (node, ancestors) => void order.push(`${node.name}:${ancestors.map((a) => a.kind).join('/')}`) }); // prettier-ignore
  expect(order).toEqual([
    'f:file/let/binary/call',
    'a:file/let/binary/call/argument',
    'b:file/let/binary/call/argument',
    'c:file/let/binary',
    'd:file/let',
  ]);
});

it('skips what is below a node whose visit returns false', () => {
  const { file } = parse(sourceFile('a.clipx', 'let x = f(a) + b'));
  const seen: string[] = [];
  visit(file, { call: () => false, reference: (node) => void seen.push(node.name) });
  expect(seen).toEqual(['b']);
});
