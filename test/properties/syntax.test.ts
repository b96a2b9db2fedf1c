import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../src/compiler/parse/parse.ts';
import { sourceFile } from '../../src/compiler/source/source-file.ts';
import { print } from '../../src/compiler/syntax/print.ts';
import { file, withoutPlaces } from './syntax-arbitrary.ts';

describe('parse and print', () => {
  it('are inverse on every tree: parse(print(tree)) = tree', () => {
    fc.assert(
      fc.property(file, (tree) => {
        const text = print(tree);
        const { file: read, diagnostics } = parse(sourceFile('generated.clipx', text));
        const faults = diagnostics.filter(({ code }) => code !== 'CX1014');
        expect(faults.map(({ message }) => message).join('\n'), text).toBe('');
        expect(withoutPlaces(read), text).toBe(withoutPlaces(tree));
      }),
      { numRuns: 400 },
    );
  });

  it('reach a fixed point in one step: formatting twice changes nothing', () => {
    fc.assert(
      fc.property(file, (tree) => {
        const once = print(parse(sourceFile('generated.clipx', print(tree))).file);
        const twice = print(parse(sourceFile('generated.clipx', once)).file);
        expect(twice).toBe(once);
      }),
      { numRuns: 200 },
    );
  });
});
