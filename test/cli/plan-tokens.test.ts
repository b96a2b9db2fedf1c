import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clipx, newFolder } from './support.ts';

it('tells in a plan which words give the same tokens', async () => {
  const cwd = newFolder('tokens');
  cpSync('weights', join(cwd, 'weights'), { recursive: true });
  cpSync('data/tokenizer', join(cwd, 'data', 'tokenizer'), { recursive: true });
  writeFileSync(join(cwd, 'clipx.json'), '{}');
  const file = (words: string): string => `clipx 1
experiment same
axis d = 4
input x : vector(d)
input y : class(animal)
vocabulary animal = ${words}
prompt named over animal = "a photo of a {animal}."
data seen = jsonl("seen.jsonl") { x: "x"  y: "y" }
frozen    encoder clip = clip("weights/clipx-tiny")
trainable module  M    = linear(d -> clip.joint)
loss L = mean(-log_softmax(cos(M(x), clip.text(named)), over: animal)[animal: y])
minimize L
train on seen { steps: 10  batch: 8  optimizer: adam(lr: 1e-3) }
`;
  writeFileSync(join(cwd, 'same.clipx'), file('["cat", "dog", "Cat"]'));
  const told = await clipx(['plan', 'same.clipx', '--no-data'], { cwd });
  expect(told.stderr).toContain(
    'warning[CX8114]: named@clip.text: "a photo of a cat." and "a photo of a Cat." give the same tokens',
  );
  writeFileSync(join(cwd, 'other.clipx'), file('["cat", "dog", "fish"]'));
  expect((await clipx(['plan', 'other.clipx', '--no-data'], { cwd })).stderr).toBe('');
});
