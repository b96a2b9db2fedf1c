import { expect, test } from 'vitest';
import { createDataRoom } from '../../../src/runtime/data/data-room.ts';
import { plan } from './fixtures.ts';

const tokenizers = [{ id: 'clip', path: `${process.cwd()}/data/tokenizer/clip-small.json`, context: 12 }];

async function warnings(texts: readonly string[]): Promise<string[]> {
  const told: string[] = [];
  const table = { id: 'named', tokenizer: 'clip', shape: [texts.length], texts };
  const onWarning = (code: string, message: string): void => {
    told.push(`${code} ${message}`);
  };
  const room = createDataRoom(plan({ tokenizers, texts: [table] }), { projectFolder: '/', seed: 1, onWarning });
  await room.texts('named');
  await room.texts('named');
  return told;
}

test('texts that differ and give the same tokens are told once', async () => {
  expect(await warnings(['a cat', 'a dog', 'a fish'])).toEqual([]);
  expect(await warnings(['a cat', 'a dog', 'A  Cat', 'a DOG'])).toEqual([
    'CX8114 named: "a cat" and "A  Cat" give the same tokens (and 1 more): no model can tell them apart',
  ]);
});
