import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { unifiedDiff } from '../../src/cli/line-diff.ts';

const folder = mkdtempSync(join(tmpdir(), 'clipx-diff-'));
afterAll(() => rmSync(folder, { recursive: true }));

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 14 }).map((lines) => lines.join('\n'));

const patchThere = spawnSync('patch', ['--version']).status === 0;

test.skipIf(!patchThere)('patch(1) turns the one text into the other with what is printed', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = unifiedDiff('file', before, after);
      if (before === after) return diff === '';
      const [path, patch] = [join(folder, 'file'), join(folder, 'patch')];
      writeFileSync(path, before);
      writeFileSync(patch, diff);
      execFileSync('patch', ['--quiet', '--force', '--posix', path, patch]);
      return (existsSync(path) ? readFileSync(path, 'utf8') : '') === after;
    }),
    { numRuns: 40 },
  );
});

test('only the surroundings of a change are shown', () => {
  const before = Array.from({ length: 40 }, (_, line) => `line ${line}`);
  const after = before.with(20, 'another');
  const lines = unifiedDiff('file', before.join('\n'), after.join('\n')).split('\n');
  expect(lines).toEqual([
    '--- file',
    '+++ file (formatted)',
    '@@ -18,7 +18,7 @@',
    ' line 17',
    ' line 18',
    ' line 19',
    '-line 20',
    '+another',
    ' line 21',
    ' line 22',
    ' line 23',
    '',
  ]);
});
