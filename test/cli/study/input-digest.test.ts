import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inputDigest } from '../../../src/cli/study/input-digest.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import { newFolder } from '../support.ts';

test('weights count by all that they hold, wherever it differs', async () => {
  const projectRoot = newFolder('inputs');
  mkdirSync(join(projectRoot, 'weights'));
  const bytes = Buffer.alloc(500_000, 7);
  const write = (): void => writeFileSync(join(projectRoot, 'weights', 'model.safetensors'), bytes);
  const parameters = [{ init: { kind: 'file', path: 'weights', tensor: 'a' } }];
  const program = { data: [], vocabularies: [], tokenizers: [], parameters } as unknown as Program;
  const digest = (): Promise<string> => inputDigest(program, { projectRoot, runsFolder: join(projectRoot, 'runs') });
  write();
  const before = await digest();
  expect(await digest()).toBe(before);
  bytes[250_000] = 8;
  write();
  const middle = await digest();
  expect(middle).not.toBe(before);
  bytes[250_000] = 7;
  write();
  expect(await digest()).toBe(before);
  writeFileSync(join(projectRoot, 'weights', 'config.json'), '{}');
  expect(await digest()).not.toBe(before);
});
