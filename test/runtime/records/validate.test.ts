import { describe, expect, test } from 'vitest';
import { modelConfigFault } from '../../../src/compiler/types/model-config-fault.ts';
import { schemaChecker, validateJson } from '../../../src/runtime/records/validate.ts';

const statistics = { mean: [0, 0, 0], deviation: [1, 1, 1] };
const vit = { kind: 'vit', size: 48, patch: 8, width: 64, layers: 2, heads: 2, activation: 'gelu', statistics };
const text = { kind: 'text_transformer', context: 32, vocabulary: 512, width: 64, layers: 2, heads: 2, activation: 'quick_gelu', tokenizer: './tokenizer.json' }; // prettier-ignore
const clip = { kind: 'clip', joint: 32, image: vit, text };

describe('schemas/model.json', () => {
  test.each([
    [clip, true],
    [vit, true],
    [{ kind: 'resnet', depth: 18, width: 64, statistics }, true],
    [{ kind: 'residual', size: 48, width: 16, blocks: [16, 32], strides: [1, 2], statistics }, true],
    [{ ...clip, joint: 0 }, false],
    [{ ...clip, image: { ...vit, heads: undefined } }, false],
    [{ ...vit, activation: 'selu' }, false],
    [{ ...vit, statistics: { mean: [0, 0], deviation: [1, 1, 1] } }, false],
    [{ ...text, tokenizer: 3 }, false],
    [{ kind: 'audio' }, false],
    ['text', false],
  ])('agrees with the compiler’s own reading: case %#', async (value, fits) => {
    const check = await schemaChecker('model');
    const plain: unknown = JSON.parse(JSON.stringify(value));
    expect(check(plain).length === 0).toBe(fits);
    expect(modelConfigFault(plain) === undefined).toBe(fits);
  });
});

test('a fault names the file, the place and what was expected', async () => {
  const record = { schema: 'clipx.run/1', state: 'sleeping', extra: 1 };
  const failing = validateJson('run', record, 'runs/a/run.json');
  await expect(failing).rejects.toMatchObject({ code: 'CX8261' });
  await expect(failing).rejects.toThrow(
    /runs.a.run.json does not fit schemas.run.json:[^]*`extra`[^]*state: must be equal to one of the allowed values: pending, running/,
  );
});
