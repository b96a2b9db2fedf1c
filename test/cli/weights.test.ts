import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { fileDigest } from '../../src/runtime/digest.ts';
import { schemaChecker } from '../../src/runtime/records/validate.ts';
import type { InspectedWeights } from '../../src/runtime/weights/inspect-weights.ts';
import { readSafetensors } from '../../src/runtime/weights/safetensors.ts';
import { clipx, newFolder } from './support.ts';

const oracles = join(import.meta.dirname, '../oracles');
const openai = join(oracles, 'clip-vit-tiny/weights.openai.safetensors');
const huggingface = join(oracles, 'clip-vit-tiny/weights.hf.safetensors');

async function inspected(path: string, ...flags: string[]): Promise<InspectedWeights> {
  const { code, stdout, stderr } = await clipx(['weights', 'inspect', path, '--json', ...flags]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as InspectedWeights;
}

describe('inspect', () => {
  test('every fixture is told in JSON that fits its schema', async () => {
    const files = [openai, huggingface, ...readdirSync(join(oracles, 'archives')).filter((name) => /\.(pt|pth|bin)$/.test(name)).map((name) => join(oracles, 'archives', name))]; // prettier-ignore
    const check = await schemaChecker('weights');
    const told = await Promise.all(files.map((path) => clipx(['weights', 'inspect', path, '--json', '--digests'])));
    const read = told.filter(({ code }) => code === 0).map(({ stdout }) => JSON.parse(stdout) as Record<string, unknown>);
    expect(read.length).toBeGreaterThan(5);
    expect(read.flatMap((each) => check(each))).toEqual([]);
    // the schema sees what it names
    expect(read.map((each) => check({ ...each, tensors: [{ name: 1 }] }).length)).not.toContain(0);
  }); // prettier-ignore

  test('shows blocks folded, in a table of at most 80 columns', async () => {
    const { code, stdout } = await clipx(['weights', 'inspect', openai]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^naming +OpenAI CLIP/m);
    expect(stdout).toMatch(/^architecture +CLIP: ViT of 2 blocks, width 64/m);
    expect(stdout).toMatch(/^visual\.transformer\.resblocks\.\{0,1\}\.attn\.in_proj_weight +\[192, 64\] +x2$/m);
    const tensors = readSafetensors(openai);
    const counted = [...stdout.matchAll(/^\S+ +\[.*?\](?: +x(\d+))?$/gm)].reduce((sum, [, count]) => sum + Number(count ?? 1), 0); // prettier-ignore
    expect(counted).toBe(tensors.size);
    const head = stdout.split('\n').slice(1);
    expect(Math.max(...head.map((line) => line.length))).toBeLessThanOrEqual(80);
    const numbers = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(stdout).toContain(`parameters    ${numbers.toLocaleString('en-US')}`);
  });

  test('a name of the hub is its folder in the cache of Hugging Face', async () => {
    const cache = newFolder('hub');
    const folder = join(cache, 'models--org--name');
    mkdirSync(join(folder, 'snapshots/0123456789abcdef0123456789abcdef01234567'), { recursive: true });
    mkdirSync(join(folder, 'refs'));
    writeFileSync(join(folder, 'refs/main'), '0123456789abcdef0123456789abcdef01234567');
    writeFileSync(join(folder, 'snapshots/0123456789abcdef0123456789abcdef01234567/pytorch_model.bin'), readFileSync(join(oracles, 'archives/protocol2.pt'))); // prettier-ignore
    vi.stubEnv('HF_HUB_CACHE', cache);
    const { code, stdout, stderr } = await clipx(['weights', 'inspect', 'hf:org/name']);
    const absent = await clipx(['weights', 'inspect', 'hf:org/other']);
    vi.unstubAllEnvs();
    expect([absent.code, absent.stderr]).toEqual([5, expect.stringMatching(/CX8281.*`hf:org\/other`/)]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^tensors +13 of F32/m);
  });

  test('says what a PyTorch checkpoint is and how its tensors were found', async () => {
    const { stdout } = await clipx(['weights', 'inspect', join(oracles, 'archives/nested.pt')]);
    expect(stdout).toMatch(/^format +PyTorch \(torch\.save\)/m);
    expect(stdout).toMatch(/^note +the tensors are those of `state_dict`/m);
    expect(stdout).toMatch(/^naming +unknown$/m);
  });

  test('digests are those of the values: the same in every form, and of the files as they are', async () => {
    const [zip, legacy] = await Promise.all(['protocol2.pt', 'legacy.pt'].map((name) => inspected(join(oracles, 'archives', name), '--digests'))); // prettier-ignore
    expect(zip?.tensors).toEqual(legacy?.tensors);
    expect(zip?.tensors[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(zip?.files[0]?.sha256).toBe(fileDigest(join(oracles, 'archives/protocol2.pt')));
    expect(zip?.files[0]?.sha256).not.toBe(legacy?.files[0]?.sha256);
  });

  test('tied tensors are told and counted once', async () => {
    const { tensors, parameters } = await inspected(join(oracles, 'archives/views.bin'));
    expect(tensors.find(({ name }) => name === 'head')).toMatchObject({ sameAs: 'token_embedding' });
    const all = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
    expect(parameters).toBe(all - 12);
  });

  test('a hostile file is refused by the name that it asks for, with exit code 3', async () => {
    const { code, stdout, stderr } = await clipx(['weights', 'inspect', join(oracles, 'archives/hostile-system.pt')]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^error\[CX8210\]: .*`posix\.system`/);
  });

  test('a file that is not there is an error of its own', async () => {
    const { code, stderr } = await clipx(['weights', 'inspect', 'nowhere.pt']);
    expect(code).toBe(3);
    expect(stderr).toContain('error[CX8201]');
  });
});

describe('convert', () => {
  test('keeps every number of a PyTorch archive, in the type that it has there', async () => {
    const path = join(newFolder('weights'), 'types.safetensors');
    const { code, stdout } = await clipx(['weights', 'convert', join(oracles, 'archives/types.pt'), path]);
    expect(code).toBe(0);
    expect(stdout).toBe(`${path}: 12 tensors, ${readFileSync(path).length} B\n`);
    const expected = readSafetensors(join(oracles, 'archives/expected/types.safetensors'));
    const got = readSafetensors(path);
    expect([...got].map(([name, { shape, data }]) => [name, shape, data])).toEqual([...expected].map(([name, { shape, data }]) => [name, shape, data])); // prettier-ignore
    expect([...got.values()].map(({ dtype }) => dtype)).toEqual(
      ['F32', 'F16', 'BF16', 'F32', 'I32', 'I32', 'I32', 'I32', 'U8', 'BOOL', 'F32', 'F32'], // prettier-ignore
    );
  });

  test.each([
    ['huggingface_clip', openai, huggingface],
    ['hf', openai, huggingface],
    ['openai', huggingface, openai],
  ])('--naming %s gives what the other code would have saved, bit by bit', async (naming, from, expected) => {
    const path = join(newFolder('weights'), 'model.safetensors');
    const { code, stderr } = await clipx(['weights', 'convert', from, path, '--naming', naming]);
    expect(code, stderr).toBe(0);
    const got = readSafetensors(path);
    const wanted = [...readSafetensors(expected)].filter(([name]) => !name.endsWith('position_ids'));
    expect([...got.keys()].toSorted()).toEqual(wanted.map(([name]) => name).toSorted());
    const differing = wanted.filter(([name, tensor]) => !isDeepStrictEqual(got.get(name), tensor));
    expect(differing.map(([name]) => name)).toEqual([]);
  });

  test('--dtype f16 rounds floats to nearest, and f32 widens them again', async () => {
    const folder = newFolder('weights');
    const [half, single] = [join(folder, 'half.safetensors'), join(folder, 'single.safetensors')];
    await clipx(['weights', 'convert', openai, half, '--dtype', 'f16']);
    await clipx(['weights', 'convert', half, single, '--dtype', 'f32']);
    const [all, rounded, widened] = [openai, half, single].map(readSafetensors);
    for (const [name, { data }] of all ?? []) {
      expect(rounded?.get(name)?.dtype).toBe('F16');
      expect(isDeepStrictEqual(widened?.get(name), { ...rounded?.get(name), dtype: 'F32' }), name).toBe(true);
      const got = rounded?.get(name)?.data ?? [];
      // half a unit in the last place, or half of the smallest number
      const off = data.findIndex((value, at) => Math.abs((got[at] ?? 0) - value) > Math.max(2 ** -11 * Math.abs(value), 2 ** -25)); // prettier-ignore
      expect(off, name).toBe(-1);
    }
  });

  test('names that nobody knows, or that have no counterpart, are told', async () => {
    const path = join(newFolder('weights'), 'model.safetensors');
    const unknown = await clipx(['weights', 'convert', join(oracles, 'archives/views.bin'), path, '--naming', 'hf']);
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringMatching(/CX8218.*is not known/)]);
    const other = await clipx(['weights', 'convert', openai, path, '--naming', 'torchvision']);
    expect([other.code, other.stderr]).toEqual([3, expect.stringMatching(/CX8218.*no name there for/)]);
    const wrong = await clipx(['weights', 'convert', openai, path, '--naming', 'opnai']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean `openai`?')]);
  });

  test('never writes over the file that it reads', async () => {
    const path = join(newFolder('weights'), 'model.safetensors');
    writeFileSync(path, readFileSync(openai));
    expect((await clipx(['weights', 'convert', path, path])).code).toBe(2);
    expect(fileDigest(path)).toBe(fileDigest(openai));
  });
});
