import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ensureRendered,
  readRenderedManifest,
  type RenderedDataManifest,
} from '../../../../src/runtime/data/faces/ensure-rendered.ts';
import { gazeFacesRecipe, planShards, type FaceRecipe } from '../../../../src/runtime/data/faces/face-recipe.ts';
import type { FaceLabel } from '../../../../src/runtime/data/faces/face-spec.ts';
import { loadHeads } from '../../../../src/runtime/data/faces/head.ts';
import { probeSamples, renderShard } from '../../../../src/runtime/data/faces/render-shard.ts';
import { readShards } from '../../../../src/runtime/data/readers/shards.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const gaze = join(root, 'data/gaze');
const committed = JSON.parse(readFileSync(join(gaze, 'manifest.json'), 'utf8')) as RenderedDataManifest;

const smallRecipe: FaceRecipe = {
  seed: 5,
  size: 64,
  samplesPerShard: 3,
  sets: [
    { domain: 'source', kind: 'source', samples: 7, subjects: 2 },
    { domain: 'target', kind: 'target', samples: 3, subjects: 1 },
  ],
};

let folder: string;
let manifestPath: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'faces-'));
  cpSync(join(gaze, 'heads'), join(folder, 'heads'), { recursive: true });
  manifestPath = join(folder, 'manifest.json');
  const models = await loadHeads(join(folder, 'heads'));
  const shards = planShards(smallRecipe).map((plan) => {
    const rendering = renderShard(models, smallRecipe, plan);
    let step = rendering.next();
    while (step.done !== true) step = rendering.next();
    const { digest, probe } = step.value;
    return { file: plan.file, domain: plan.set.domain, samples: plan.samples, digest, probe };
  });
  writeManifest({ ...committed, recipe: smallRecipe, samples: 10, shards });
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeManifest(manifest: object): void {
  writeFileSync(manifestPath, JSON.stringify(manifest));
}

const tars = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.tar'))
    .toSorted();
const all = ['source-000000.tar', 'source-000001.tar', 'source-000002.tar', 'target-000000.tar'];

test('the committed manifest fits its schema and its recipe', () => {
  const schema = JSON.parse(readFileSync(join(root, 'schemas/rendered-data.json'), 'utf8')) as object;
  const validate = new Ajv({ allErrors: true }).compile(schema);
  validate(committed);
  expect(validate.errors ?? []).toEqual([]);
  expect(committed.recipe).toEqual(gazeFacesRecipe);
  expect(committed.shards.map(({ file }) => file)).toEqual(planShards(gazeFacesRecipe).map(({ file }) => file));
  expect(statSync(join(gaze, 'heads', 'heads.bin')).size).toBeLessThan(500_000);
  expect(readFileSync(join(gaze, committed.licence.notice), 'utf8')).toContain('Reallusion');
});

test('this machine renders what the committed digests were taken of: the first samples of a shard of each kind', async () => {
  const models = await loadHeads(join(gaze, 'heads'));
  for (const file of ['captioned-seen-000000.tar', 'source-000003.tar', 'target-000001.tar']) {
    const plan = planShards(committed.recipe).find((candidate) => candidate.file === file);
    const rendering = renderShard(models, committed.recipe, { ...plan!, samples: probeSamples });
    let step = rendering.next();
    while (step.done !== true) step = rendering.next();
    expect(step.value.probe).toBe(committed.shards.find((shard) => shard.file === file)?.probe);
    // The probe of a shard of so few samples is its digest.
    expect(step.value.digest).toBe(step.value.probe);
  }
});

test('missing shards are rendered once, with progress, and only those that are wanted', async () => {
  const seen: string[] = [];
  const onProgress = (done: number, total: number): void => void seen.push(`${done}/${total}`);
  const first = await ensureRendered(manifestPath, {
    threads: 0,
    onProgress,
    wants: (file) => file.startsWith('target'),
  });
  expect(first).toEqual({ rendered: ['target-000000.tar'], warnings: [] });
  expect(seen).toEqual(['1/3', '2/3', '3/3']);
  const second = await ensureRendered(manifestPath, { threads: 0 });
  expect(second).toEqual({ rendered: all.slice(0, 3), warnings: [] });
  expect(tars()).toEqual(all);
  expect(await ensureRendered(manifestPath, { threads: 0 })).toEqual({ rendered: [], warnings: [] });
});

test('an interrupted rendering keeps whole shards and is taken up where it stopped', async () => {
  const stop = new AbortController();
  const onProgress = (done: number): void => {
    if (done === 5) stop.abort(new Error('stopped'));
  };
  await expect(ensureRendered(manifestPath, { threads: 0, onProgress, signal: stop.signal })).rejects.toThrow(
    'stopped',
  );
  expect(tars()).toEqual(['source-000000.tar']);
  expect((await ensureRendered(manifestPath, { threads: 0 })).rendered).toEqual(all.slice(1));
});

test('a shard of an older manifest is rendered again, and one that differs from its digest is a warning each time', async () => {
  await ensureRendered(manifestPath, { threads: 0 });
  const manifest = readRenderedManifest(manifestPath)!;
  const shards = manifest.shards.map((shard, at) => (at === 1 ? { ...shard, digest: '0'.repeat(64) } : shard));
  writeManifest({ ...manifest, shards });
  for (const rendered of [['source-000001.tar'], []]) {
    const result = await ensureRendered(manifestPath, { threads: 0 });
    expect(result.rendered).toEqual(rendered);
    expect(result.warnings).toHaveLength(1);
    expect(result.warnings[0]).toContain('source-000001.tar');
  }
});

test('threads render the same bytes as the main thread, and another manifest is left alone', async () => {
  await ensureRendered(manifestPath, { threads: 0 });
  const here = all.map((file) => readFileSync(join(folder, file)));
  for (const file of all) rmSync(join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const worker = join(folder, 'face-worker.mjs');
  await build({
    entryPoints: [join(root, 'src/runtime/data/faces/face-worker.ts')],
    outfile: worker,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['sharp'],
    logLevel: 'silent',
  });
  let last = 0;
  const { rendered } = await ensureRendered(manifestPath, {
    threads: 2,
    workerUrl: pathToFileURL(worker),
    onProgress: (done) => (last = done),
  });
  expect(rendered).toEqual(all);
  expect(last).toBe(10);
  all.forEach((file, at) => expect(readFileSync(join(folder, file)).equals(here[at]!)).toBe(true));

  writeManifest({ schema: 'clipx.data-manifest/1' });
  expect(await ensureRendered(manifestPath)).toEqual({ rendered: [], warnings: [] });
  writeManifest({ schema: 'clipx.data/1', renderer: 'something-else' });
  await expect(ensureRendered(manifestPath)).rejects.toThrow('something-else');
});

test('the reader of shards gets pictures and labels whose digest is the manifest’s', async () => {
  await ensureRendered(manifestPath, { threads: 0 });
  const hash = createHash('sha256');
  let samples = 0;
  for await (const { key, members } of readShards('source-000000.tar', folder)) {
    const [png, json] = [members.get('png'), members.get('json')];
    if (png?.kind !== 'bytes' || json?.kind !== 'bytes') throw new Error(`${key} lacks a member`);
    const { data, info } = await sharp(png.bytes).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([64, 64, 3]);
    const text = Buffer.from(json.bytes).toString('utf8');
    hash.update(`${key}\n${text}\n`).update(data);
    const label = JSON.parse(text) as FaceLabel & { domain: string; caption: string };
    expect(label.domain).toBe('source');
    expect(label.caption).toBe(label.captions[0]);
    expect(label.labels).toEqual(committed.factors.map(({ name }) => (label.factors as Record<string, number>)[name]));
    samples++;
  }
  expect(samples).toBe(3);
  expect(hash.digest('hex')).toBe(readRenderedManifest(manifestPath)?.shards[0]?.digest);
});
