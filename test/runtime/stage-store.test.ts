import { mkdtempSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findStage, keepStage, keptSeeds } from '../../src/runtime/stage-store.ts';

const kept = { stage: 'fit', steps: 7, counted: 7 };
const tensors = (value: number) => [{ name: 'F.weight', shape: [2], data: new Float32Array([value, 2 * value]) }];
const folder = (): string => mkdtempSync(join(tmpdir(), 'clipx-stages-'));
const digest = 'a'.repeat(64);
const key = `${digest.slice(0, 16)}-3-${'b'.repeat(24)}`;

test('of two that keep the same stage the first one stays, and no part of the other', () => {
  const stages = folder();
  keepStage(stages, key, kept, tensors(1));
  keepStage(stages, key, kept, tensors(5));
  expect(findStage(stages, key)).toMatchObject({ kept });
  expect([...(findStage(stages, key)?.parameters.get('F.weight') ?? [])]).toEqual([1, 2]);
  expect(readdirSync(stages)).toEqual([key]);
});

test('what is damaged is found no more, and replaced whole', () => {
  const stages = folder();
  keepStage(stages, key, kept, tensors(1));
  writeFileSync(join(stages, key, 'end.safetensors'), 'cut off');
  expect(findStage(stages, key)).toBeUndefined();
  keepStage(stages, key, kept, tensors(5));
  expect([...(findStage(stages, key)?.parameters.get('F.weight') ?? [])]).toEqual([5, 10]);
});

test('a stage that a killed process was about to keep counts for nothing', () => {
  const stages = folder();
  mkdirSync(join(stages, `${key}.4711.partial`), { recursive: true });
  expect(keptSeeds(stages, digest)).toEqual([]);
  keepStage(stages, key, kept, tensors(1));
  expect(keptSeeds(stages, digest)).toEqual([3]);
});
