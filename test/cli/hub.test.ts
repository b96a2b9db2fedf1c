/** `clip("hf:org/name")` and `from "hf:org/name"`, from a cache as Hugging Face's tools leave it and from a hub on this machine. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { byteSymbols } from '../../src/runtime/data/byte-symbols.ts';
import { wordsBesidePictures, writeColouredPictures } from '../support/coloured-pictures.ts';
import { oraclesFolder } from '../support/oracles.ts';
import { commitOf, openHubServer, type HubServer } from '../support/hub-server.ts';
import { clipx, newFolder, type Called } from './support.ts';

const tiny = join(oraclesFolder, 'clip-vit-tiny');
const files: Readonly<Record<string, Uint8Array>> = {
  'config.json': readFileSync(join(tiny, 'hf_config.json')),
  'model.safetensors': readFileSync(join(tiny, 'weights.hf.safetensors')),
  'tokenizer.json': Buffer.from(JSON.stringify(letters())),
};

/** Every byte is a piece; 512 ids, as the model has, with CLIP's marks at the end. */
function letters(): object {
  const marks = ['<|startoftext|>', '<|endoftext|>'];
  const pieces = [...byteSymbols, ...Array.from({ length: 254 }, (_, at) => `unused${at}`), ...marks];
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    added_tokens: marks.map((content, at) => ({ id: 510 + at, content, ...special })),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: 'RobertaProcessing', sep: [marks[1], 511], cls: [marks[0], 510], trim_offsets: false, add_prefix_space: false },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', dropout: null, unk_token: marks[1], fuse_unk: false, byte_fallback: false, vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])), merges: [] },
  }; // prettier-ignore
}

const source = (encoder: string): string =>
  wordsBesidePictures('Words beside pictures, with a model of the hub', encoder, 'a {colour} picture', 'epochs: 1  batch: 4  optimizer: adamw(lr: 1e-3)'); // prettier-ignore

const colours = { red: [220, 30, 20], green: [20, 200, 40], blue: [30, 40, 230], grey: [120, 120, 120] } as const;
let root = '';

beforeAll(async () => {
  root = newFolder('hub');
  writeFileSync(join(root, 'clipx.json'), '{}');
  await writeColouredPictures(root, 32, (colour, at) => {
    const [r, g, b] = colours[colour];
    return { background: { r: r - at, g, b }, row: { colour } };
  });
  writeFileSync(join(root, 'whole.clipx'), source('clip("hf:org/tiny")'));
  writeFileSync(join(root, 'missing.clipx'), source('clip("hf:org/none")'));
  writeFileSync(join(root, 'named.clipx'), source('clip("hf:tiny")'));
  const sizes = 'clip(joint: 32, image: vit(size: 32, patch: 8, width: 64, layers: 2, heads: 2, activation: quick_gelu), text: text_transformer(vocabulary: 512, width: 48, layers: 2, heads: 2, activation: quick_gelu, tokenizer: "hf:org/tiny/tokenizer.json"))'; // prettier-ignore
  writeFileSync(join(root, 'said.clipx'), source(`${sizes} from "hf:org/tiny"`));
});

/** As `huggingface_hub` leaves it. */
function filledCache(): string {
  const cache = newFolder('hub-cache');
  const repository = join(cache, 'models--org--tiny');
  const snapshot = join(repository, 'snapshots', commitOf('org/tiny'));
  for (const folder of ['blobs', 'refs']) mkdirSync(join(repository, folder), { recursive: true });
  mkdirSync(snapshot, { recursive: true });
  writeFileSync(join(repository, 'refs', 'main'), commitOf('org/tiny'));
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(repository, 'blobs', `blob-${name}`), bytes);
    symlinkSync(join('..', '..', 'blobs', `blob-${name}`), join(snapshot, name));
  }
  return cache;
}

const kept = process.env['HF_HUB_CACHE'];
let server: HubServer | undefined;
afterEach(async () => {
  if (kept === undefined) delete process.env['HF_HUB_CACHE'];
  else process.env['HF_HUB_CACHE'] = kept;
  await server?.close();
  server = undefined;
});

function called(words: readonly string[], cache: string, more: Readonly<Record<string, string>> = {}): Promise<Called> {
  // threads of a run look there too
  process.env['HF_HUB_CACHE'] = cache;
  return clipx(words, { cwd: root, variables: { HF_HUB_CACHE: cache, HF_TOKEN: '', ...more } });
}

describe('a model of the hub', () => {
  it('in the cache runs to a result, and gives its tensors to sizes that a file states', async () => {
    const cache = filledCache();
    const whole = await called(['run', 'whole.clipx', '--progress', 'none'], cache);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    const said = await called(['run', 'said.clipx', '--progress', 'none'], cache);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    const measured = (output: string): readonly string[] => output.match(/seen right.*/g) ?? [];
    expect(measured(whole.stdout)).toHaveLength(1);
    expect(measured(whole.stdout)).toEqual(measured(said.stdout));
  }, 240_000);

  it('that is not there is one error with the command that fetches it', async () => {
    for (const command of ['check', 'plan', 'run']) {
      const { code, stderr } = await called([command, 'missing.clipx'], newFolder('hub-empty'));
      expect(code).not.toBe(0);
      expect(stderr.match(/error\[/g)).toHaveLength(1);
      expect(stderr).toContain("`hf:org/none` is not in this machine's cache of Hugging Face");
      expect(stderr).toContain('`clipx check missing.clipx --allow-network` fetches it');
    }
  });

  it('of which the cache has the sizes alone is checked, and a run says what fetches the rest', async () => {
    const cache = filledCache();
    rmSync(join(cache, 'models--org--tiny', 'blobs', 'blob-model.safetensors'));
    expect((await called(['check', 'whole.clipx'], cache)).code).toBe(0);
    const { code, stdout, stderr } = await called(['run', 'whole.clipx', '--progress', 'none'], cache);
    expect(code).toBe(3);
    expect(`${stdout}${stderr}`).toMatch(
      /error\[CX8281\]: the weights of `hf:org\/tiny` are not in this machine's cache/,
    );
    expect(`${stdout}${stderr}`).toContain('--allow-network');
  }, 120_000);

  it('has a name of two parts', async () => {
    const { stderr } = await called(['check', 'named.clipx'], newFolder('hub-empty'));
    expect(stderr).toContain('`hf:tiny` names no model of Hugging Face');
  });
});

describe('with --allow-network', () => {
  const content = { models: { 'org/tiny': files }, large: ['model.safetensors'] };

  it('what is missing is fetched, once, and then is there without', async () => {
    server = await openHubServer(content);
    const cache = newFolder('hub-new');
    const network = { HF_ENDPOINT: server.endpoint };
    const first = await called(['check', 'whole.clipx', '--allow-network'], cache, network);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('hf:org/tiny model.safetensors');
    expect(existsSync(join(cache, 'models--org--tiny', 'refs', 'main'))).toBe(true);
    const asked = server.requests.length;
    expect((await called(['plan', 'whole.clipx', '--allow-network'], cache, network)).code).toBe(0);
    expect((await called(['check', 'whole.clipx'], cache)).code).toBe(0);
    expect(server.requests).toHaveLength(asked);
  });

  it('weights that the cache lacks beside the sizes are fetched too', async () => {
    server = await openHubServer(content);
    const cache = newFolder('hub-half');
    const snapshot = join(cache, 'models--org--tiny', 'snapshots', commitOf('org/tiny'));
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(join(cache, 'models--org--tiny', 'refs'));
    writeFileSync(join(cache, 'models--org--tiny', 'refs', 'main'), commitOf('org/tiny'));
    copyFileSync(join(tiny, 'hf_config.json'), join(snapshot, 'config.json'));
    const { code } = await called(['check', 'whole.clipx', '--allow-network', '-q'], cache, { HF_ENDPOINT: server.endpoint }); // prettier-ignore
    expect(code).toBe(0);
    expect(readdirSync(snapshot).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
  });

  it.each([
    ['a hub that has no such model', {}, 3, /error\[CX8283\]: the hub has no model `hf:org\/none` \(404\)/],
    ['a hub that asks who it is', { token: 'x' }, 3, /error\[CX8282\]: the hub does not give `hf:org\/none`[^]*help: .*HF_TOKEN/],
  ] as const)('%s is told without a trace', async (_, more, code, message) => {
    server = await openHubServer({ ...content, ...more });
    const answer = await called(['check', 'missing.clipx', '--allow-network'], newFolder('hub-none'), { HF_ENDPOINT: server.endpoint }); // prettier-ignore
    expect(answer.code).toBe(code);
    expect(answer.stderr).toMatch(message);
    expect(answer.stderr).not.toContain('    at ');
  }); // prettier-ignore

  it('nothing is fetched where HF_HUB_OFFLINE says so', async () => {
    server = await openHubServer(content);
    const { stderr } = await called(['check', 'whole.clipx', '--allow-network'], newFolder('hub-off'), { HF_ENDPOINT: server.endpoint, HF_HUB_OFFLINE: '1' }); // prettier-ignore
    expect(stderr).toContain('HF_HUB_OFFLINE is set');
    expect(server.requests).toEqual([]);
  });
});
