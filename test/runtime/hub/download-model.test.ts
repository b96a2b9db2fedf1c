import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { downloadModel, type DownloadProgress } from '../../../src/runtime/hub/download-model.ts';
import { hasWeights, repositoryFolder, snapshotFolder } from '../../../src/runtime/hub/hub-cache.ts';
import { hubOf, type Hub } from '../../../src/runtime/hub/hub-request.ts';
import { RunError } from '../../../src/runtime/run-error.ts';
import { commitOf, gitBlobOf, openHubServer, sha256Of, type HubContent, type HubServer } from '../../support/hub-server.ts'; // prettier-ignore

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const weights = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 31) % 251);
const config = text('{"model_type": "clip"}');
const small = { 'config.json': config, 'tokenizer.json': text('{}'), 'README.md': text('# no'), 'flax_model.msgpack': weights }; // prettier-ignore
const tiny = { repository: 'org/tiny', revision: 'main' };
const content: HubContent = {
  models: { 'org/tiny': { ...small, 'model.safetensors': weights, 'pytorch_model.bin': weights } },
  large: ['model.safetensors'],
};

let server: HubServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Place {
  readonly hub: Hub;
  readonly server: HubServer;
  readonly cache: string;
  readonly repository: string;
  readonly blob: string;
}

async function opened(of: HubContent = content, more: Partial<Hub> = {}): Promise<Place> {
  server = await openHubServer(of);
  const hub = { endpoint: server.endpoint, patience: 2000, pause: 5, ...more };
  const cache = mkdtempSync(join(tmpdir(), 'hub-'));
  const repository = repositoryFolder(cache, tiny);
  return { hub, server, cache, repository, blob: join(repository, 'blobs', sha256Of(weights)) };
}

async function failure(work: Promise<unknown>): Promise<RunError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RunError) return error;
  throw new Error(`it did not fail as it should: ${String(error)}`);
}

describe('a proxy', () => {
  /** Opens a way to whatever it is asked for, and remembers where to. */
  async function openProxy(): Promise<{ readonly address: string; readonly asked: string[]; readonly close: () => void }> {
    const asked: string[] = [];
    const proxy = createServer((_, answer) => answer.writeHead(400).end());
    const ends: Duplex[] = [];
    proxy.on('connect', (request: IncomingMessage, socket: Duplex) => {
      asked.push(request.url ?? '');
      const [host = '', port] = (request.url ?? '').split(':');
      const other = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        other.pipe(socket).pipe(other);
      });
      ends.push(other, socket);
      for (const each of [other, socket]) each.on('error', () => other.destroy());
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    const { port } = proxy.address() as AddressInfo;
    const close = (): void => {
      for (const end of ends) end.destroy();
      proxy.close();
    };
    return { address: `http://127.0.0.1:${port}`, asked, close };
  }

  it('is asked where the environment names one, but for hosts that it leaves out', async () => {
    const { address, asked, close } = await openProxy();
    try {
      const through = await opened(content, hubOf({ HTTPS_PROXY: address, HTTP_PROXY: address }));
      const { host } = new URL(through.server.endpoint);
      const hub = { ...through.hub, endpoint: through.server.endpoint };
      expect(readdirSync(await downloadModel(hub, through.cache, tiny)).sort()).toContain('model.safetensors');
      expect(asked).toContain(host);
      const before = asked.length;
      const { proxy } = hubOf({ http_proxy: address, no_proxy: '127.0.0.1,localhost' });
      const direct = await opened();
      await downloadModel({ ...direct.hub, ...(proxy && { proxy }) }, direct.cache, tiny);
      expect(asked.length).toBe(before);
    } finally {
      close();
    }
  });

  it('that is no address is told', async () => {
    const { hub, cache } = await opened();
    const { proxy } = hubOf({ HTTPS_PROXY: 'http://' });
    const error = await failure(downloadModel({ ...hub, ...(proxy && { proxy }) }, cache, tiny));
    expect([error.fault, error.code]).toEqual(['user', 'CX8285']);
  });

  it('is none where the environment names none', () => {
    expect(hubOf({ HTTP_PROXY: 'proxy:3128', HTTPS_PROXY: 'proxy' }).proxy).toEqual({ http: 'http://proxy:3128', https: 'http://proxy', none: '' }); // prettier-ignore
    expect(hubOf({ NO_PROXY: '*' })).not.toHaveProperty('proxy');
    expect(hubOf({ HTTP_PROXY: 'http://a:1', https_proxy: 'http://b:2' }).proxy).toEqual({ http: 'http://a:1', https: 'http://b:2', none: '' }); // prettier-ignore
  });
}); // prettier-ignore

describe('a model of the hub', () => {
  it('is kept in the layout of Hugging Face: blobs, links of a snapshot, the commit of a branch', async () => {
    const { hub, cache, repository, server: asked } = await opened();
    const told: DownloadProgress[] = [];
    const folder = await downloadModel(hub, cache, tiny, (progress) => told.push(progress));
    expect(folder).toBe(join(cache, 'models--org--tiny', 'snapshots', commitOf('org/tiny')));
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true);
    expect(lstatSync(join(folder, 'config.json')).isSymbolicLink()).toBe(true);
    expect(readlinkSync(join(folder, 'config.json'))).toBe(join('..', '..', 'blobs', gitBlobOf(config)));
    expect(readFileSync(join(repository, 'refs', 'main'), 'utf8')).toBe(commitOf('org/tiny'));
    expect(readdirSync(join(repository, 'blobs'))).toHaveLength(3);
    expect(snapshotFolder(tiny, cache)).toBe(folder);
    expect(hasWeights(folder)).toBe(true);
    const last = told.at(-1);
    expect(last).toEqual({ task: 'hf:org/tiny model.safetensors', done: 300_000, total: 300_000 });
    expect(told.filter(({ task }) => task === last?.task).length).toBeGreaterThan(3);

    // nothing is fetched twice
    const before = asked.requests.length;
    await downloadModel(hub, cache, tiny);
    expect(asked.requests.slice(before).map(({ method }) => method)).toEqual(['GET']);
  });

  it('is found by its commit too', async () => {
    const { hub, cache } = await opened();
    const name = { repository: 'org/tiny', revision: commitOf('org/tiny') };
    const folder = await downloadModel(hub, cache, name);
    expect(snapshotFolder(name, cache)).toBe(folder);
    expect(snapshotFolder(tiny, cache)).toBeUndefined();
  });

  it('has the shards that its index names', async () => {
    const index = { weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors', c: 'model-00001-of-00002.safetensors' } }; // prettier-ignore
    const files = { ...small, 'model.safetensors.index.json': text(JSON.stringify(index)), 'model-00001-of-00002.safetensors': weights, 'model-00002-of-00002.safetensors': weights.subarray(7) }; // prettier-ignore
    const { hub, cache } = await opened({ models: { 'org/tiny': files }, large: Object.keys(files).filter((name) => name.endsWith('.safetensors')) }); // prettier-ignore
    const folder = await downloadModel(hub, cache, tiny);
    expect(readFileSync(join(folder, 'model-00002-of-00002.safetensors')).equals(weights.subarray(7))).toBe(true);
    expect(hasWeights(folder)).toBe(true);
  });

  it('cannot name a shard outside of its folder', async () => {
    const index = text(JSON.stringify({ weight_map: { a: '../../../escaped' } }));
    const { hub, cache } = await opened({ models: { 'org/tiny': { ...small, 'model.safetensors.index.json': index } } }); // prettier-ignore
    expect(await failure(downloadModel(hub, cache, tiny))).toMatchObject({ code: 'CX8284' });
  });

  it('shows its token to the hub, and not to the host of large files', async () => {
    const { hub, cache, server: asked } = await opened({ ...content, token: 'secret' }, { token: 'secret' });
    await downloadModel(hub, cache, tiny);
    const hosts = (host: string): (string | undefined)[] => asked.requests.filter((one) => one.host === host).map((one) => one.authorization); // prettier-ignore
    expect(new Set(hosts('hub'))).toEqual(new Set(['Bearer secret']));
    expect(hosts('store')).toEqual([undefined]);
  });
});

describe('a connection that is cut', () => {
  it('is taken up again where it ended', async () => {
    const { hub, cache, server: asked } = await opened({ ...content, cuts: [100_000, 50_000] });
    const folder = await downloadModel(hub, cache, tiny);
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true);
    const ranges = asked.requests.filter(({ host }) => host === 'store').map(({ range }) => range);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(true);
    expect(ranges).toHaveLength(3);
  });

  it('begins anew where a host gives no parts', async () => {
    const { hub, cache } = await opened({ ...content, cuts: [100_000], withoutRanges: true });
    const folder = await downloadModel(hub, cache, tiny);
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true);
  });

  it('again and again is told, and the next command goes on', async () => {
    const broken = { ...content, cuts: [40_000, 0, 0, 0, 0, 0, 0, 0] };
    const { hub, cache, blob, server: asked } = await opened(broken);
    const error = await failure(downloadModel(hub, cache, tiny));
    expect(error).toMatchObject({ code: 'CX8285', fault: 'world' });
    expect(error.help).toMatch(/\d+ of 300000 bytes are kept/);
    const kept = statSync(`${blob}.incomplete`).size;
    expect(kept).toBeGreaterThan(0);
    broken.cuts.length = 0;
    await downloadModel(hub, cache, tiny);
    expect(asked.requests.at(-1)?.range).toBe(`bytes=${kept}-`);
    expect(existsSync(`${blob}.incomplete`)).toBe(false);
  });

  it('may be a server that is not there', async () => {
    const { cache } = await opened();
    const hub = { endpoint: 'http://127.0.0.1:9', patience: 500, pause: 1 };
    const error = await failure(downloadModel(hub, cache, tiny));
    expect(error).toMatchObject({ code: 'CX8285', fault: 'world' });
    expect(error.message).toContain('could not be reached for `hf:org/tiny`');
  });

  it('may pass: a hub that has too much to do is asked again', async () => {
    const { hub, cache } = await opened({ ...content, before: [503, 429] });
    await expect(downloadModel(hub, cache, tiny)).resolves.toContain('snapshots');
  });

  it('may stand still', async () => {
    const { hub, cache } = await opened({ ...content, stall: 50_000 }, { patience: 100 });
    const error = await failure(downloadModel(hub, cache, tiny));
    expect(error).toMatchObject({ code: 'CX8285' });
    expect(error.message).toContain('nothing came for a while');
  });
});

describe('bytes that are wrong', () => {
  it('are told and not kept', async () => {
    const { hub, cache, repository } = await opened({ ...content, damaged: 9 });
    const error = await failure(downloadModel(hub, cache, tiny));
    expect(error).toMatchObject({ code: 'CX8284', fault: 'world' });
    expect(error.message).toContain('model.safetensors of `hf:org/tiny`');
    expect(existsSync(join(repository, 'refs', 'main'))).toBe(false);
    expect(readdirSync(join(repository, 'blobs')).filter((name) => name.startsWith(sha256Of(weights)))).toEqual([]);
  });

  it('of an earlier try are fetched anew', async () => {
    const { hub, cache, repository, blob } = await opened();
    mkdirSync(join(repository, 'blobs'), { recursive: true });
    writeFileSync(`${blob}.incomplete`, weights.map((byte) => byte ^ 1).subarray(0, 1000));
    const folder = await downloadModel(hub, cache, tiny);
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true);
  });

  it('and more of them than the file has, too', async () => {
    const { hub, cache, repository, blob } = await opened();
    mkdirSync(join(repository, 'blobs'), { recursive: true });
    writeFileSync(`${blob}.incomplete`, new Uint8Array(400_000));
    const folder = await downloadModel(hub, cache, tiny);
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true);
  });
});

describe('a hub that refuses', () => {
  it.each([
    [401, {}, /does not give .* to everybody \(401, or there is no such model\)/, /HF_TOKEN/],
    [403, { token: 'other' }, /does not give .* to you \(403\)/, /accept the model's terms on .*org\/tiny/],
  ] as const)('by %i says what to do', async (refuse, more, message, help) => {
    const { hub, cache } = await opened({ ...content, token: 'secret', refuse }, more);
    const error = await failure(downloadModel(hub, cache, tiny));
    expect(error).toMatchObject({ code: 'CX8282', fault: 'user' });
    expect(error.message).toMatch(message);
    expect(error.help).toMatch(help);
    expect(`${error.message} ${error.help}`).not.toContain('secret');
  });

  it.each([
    [{ repository: 'org/none', revision: 'main' }, /the hub has no model `hf:org\/none` \(404\)/],
    [{ repository: 'org/tiny', revision: 'v9' }, /`hf:org\/tiny` has no revision `v9`/],
  ])('knows no %j', async (name, message) => {
    const { hub, cache } = await opened();
    const error = await failure(downloadModel(hub, cache, name));
    expect(error).toMatchObject({ code: 'CX8283', fault: 'user' });
    expect(error.message).toMatch(message);
  }); // prettier-ignore

  it('has a model without sizes and weights', async () => {
    const { hub, cache } = await opened({ models: { 'org/tiny': { 'README.md': config } } });
    expect((await failure(downloadModel(hub, cache, tiny))).help).toContain('README.md');
  });
});

describe('several processes', () => {
  const started = (place: Place): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'download-once.ts'), place.cache, 'org/tiny'], {
      env: { ...process.env, HF_ENDPOINT: place.hub.endpoint, HF_TOKEN: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    }); // prettier-ignore
  const ended = (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => child.on('exit', (code) => resolve(code)));

  it('fetch a file once', async () => {
    const place = await opened({ ...content, pace: 300_000 });
    const child = started(place);
    const [code, folder] = await Promise.all([ended(child), downloadModel(place.hub, place.cache, tiny)]);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true);
    expect(place.server.requests.filter(({ host }) => host === 'store')).toHaveLength(1);
  }, 60_000);

  it('take up what one left that was killed', async () => {
    const place = await opened({ ...content, pace: 100_000 });
    const child = started(place);
    const partial = `${place.blob}.incomplete`;
    while ((statSync(partial, { throwIfNoEntry: false })?.size ?? 0) < 20_000) await sleep(20);
    child.kill('SIGKILL');
    await ended(child);
    expect(existsSync(`${place.blob}.lock`)).toBe(true);
    const folder = await downloadModel(place.hub, place.cache, tiny);
    expect(readFileSync(join(folder, 'model.safetensors')).equals(weights)).toBe(true);
    expect(place.server.requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
  }, 60_000);
});
