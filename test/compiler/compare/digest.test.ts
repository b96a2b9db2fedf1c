/**
 * The semantic digest hashes what is meant, not how it is written: on the shipped experiments, each statement at another place, each
 * equation under another name, another layout; and every number of a file that changes changes it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckedExperiment } from '../../../src/compiler/check/checked.ts';
import { protocolDigest, semanticDigest } from '../../../src/compiler/compare/digest.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { parse } from '../../../src/compiler/parse/parse.ts';
import { sourceFile } from '../../../src/compiler/source/source-file.ts';
import { print } from '../../../src/compiler/syntax/print.ts';
import type { Statement } from '../../../src/compiler/syntax/ast.ts';
import { visit } from '../../../src/compiler/syntax/visit.ts';
import { repository } from '../../support/fixtures.ts';
import { Random } from '../../support/random.ts';

const root = join(import.meta.dirname, '../../..');
const files = [
  'experiments/clip-gaze/clip-gaze.clipx',
  'experiments/clip/pretrain.clipx',
  'test/fixtures/legal/forms.clipx',
  'test/fixtures/legal/masks.clipx',
  'test/fixtures/legal/in-any-order.clipx',
];
const read = (path: string): string => readFileSync(join(root, path), 'utf8').normalize('NFC');

function checked(path: string, text: string): CheckedExperiment | undefined {
  const compilation = compile({ path, text, host: repository, until: 'check' });
  return compilation.diagnostics.some(({ severity }) => severity === 'error') ? undefined : compilation.checked;
}

function digestOf(path: string, text: string): string {
  const experiment = checked(path, text);
  if (experiment === undefined) throw new Error(`${path} is not legal any more:\n${text}`);
  return semanticDigest(experiment);
}

const statementsOf = (path: string, text: string): readonly Statement[] =>
  parse(sourceFile(path, text)).file.statements;

/** Edits from the last to the first, so that offsets stay. */
function edited(text: string, edits: readonly { readonly start: number; readonly end: number; readonly by: string }[]): string {
  return [...edits].sort((a, b) => b.start - a.start).reduce((result, { start, end, by }) => result.slice(0, start) + by + result.slice(end), text); // prettier-ignore
} // prettier-ignore

describe.each(files)('%s', (path) => {
  const text = read(path);
  const digest = digestOf(path, text);

  it('means the same without comments, in another layout', () => {
    const lines = text.split('\n').map((line) => `   ${line}   # another remark`).join('\n\n'); // prettier-ignore
    expect(digestOf(path, lines)).toBe(digest);
    expect(digestOf(path, print(parse(sourceFile(path, text)).file))).toBe(digest);
  });

  it.each([1, 2, 3])('means the same in another order (%i)', (seed) => {
    const [first, ...rest] = statementsOf(path, text).map(({ span }) => text.slice(span.start, span.end));
    const shuffled = new Random(seed).shuffle(rest);
    expect(digestOf(path, [first, ...shuffled].join('\n'))).toBe(digest);
  });

  it('means the same with its equations and losses under other names', () => {
    const names = new Set<string>();
    for (const statement of statementsOf(path, text)) {
      if (statement.kind === 'let') for (const name of statement.pattern.names) names.add(name.text);
      if (statement.kind === 'weight') names.add(statement.name.text);
    }
    names.delete('_');
    const edits: { start: number; end: number; by: string }[] = [];
    const rename = (name: string, start: number): void => {
      if (names.has(name)) edits.push({ start, end: start + name.length, by: `${name}_renamed` });
    };
    visit(parse(sourceFile(path, text)).file, {
      // a local name of a fn or an evaluation is another one
      fn: () => false,
      reference: (node) => rename(node.name, node.span.start),
      pattern: (node) => {
        for (const name of node.names) rename(name.text, name.span.start);
      },
      weight: (node) => rename(node.name.text, node.name.span.start),
      path: (node) => rename(node.head.text, node.head.span.start),
    });
    const other = edited(text, edits);
    expect(edits.length).toBeGreaterThan(names.size);
    // a stream is named after its equation: another draw is another experiment
    if (!/shuffle|uniform|gaussian/.test(text)) expect(digestOf(path, other)).toBe(digest);
    else expect(checked(path, other)).toBeDefined();
  });

  it('means another thing with any other number', () => {
    const places: { start: number; end: number; text: string }[] = [];
    visit(parse(sourceFile(path, text)).file, {
      // rows and seeds are other runs of the same experiment
      edition: () => false, ablate: () => false, seeds: () => false, expect: () => false,
      quantity: (node) => void places.push({ start: node.span.start, end: node.span.start + node.text.length, text: node.text }),
    }); // prettier-ignore
    const unchanged = places.filter(({ start, end, text: number }) => {
      const other = checked(path, text.slice(0, start) + String(Number(number) === 0 ? 1 : Number(number) * 2) + text.slice(end)); // prettier-ignore
      return other !== undefined && semanticDigest(other) === digest;
    });
    const lineOf = (start: number): string => text.slice(text.lastIndexOf('\n', start) + 1).split('\n')[0] ?? '';
    expect(unchanged.map(({ start, text: number }) => `${number} in: ${lineOf(start).trim()}`)).toEqual([]);
  });

  it('is comparable with itself under another optimiser, not on other data', () => {
    const experiment = checked(path, text);
    const trained = checked(path, text.replace(/lr: *[\w.-]+/, 'lr: 0.123'));
    if (experiment === undefined || trained === undefined) throw new Error('not legal');
    expect(semanticDigest(trained)).not.toBe(semanticDigest(experiment));
    expect(protocolDigest(trained)).toBe(protocolDigest(experiment));
  });
});
