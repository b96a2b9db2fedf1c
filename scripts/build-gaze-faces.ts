/**
 * Writes `data/gaze/manifest.json`: renders every shard of the recipe once, keeps the shards for this checkout, and
 * records their digests. Run it when the renderer, the head models or the recipe change.
 *
 *   npx tsx scripts/build-gaze-faces.ts
 */
import { build } from 'esbuild';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeFileAtomic, writeJsonAtomic } from '../src/runtime/atomic-file.ts';
import type { RenderedDataManifest } from '../src/runtime/data/faces/ensure-rendered.ts';
import { gazeFacesRecipe, planShards } from '../src/runtime/data/faces/face-recipe.ts';
import { coefficientNames, factors } from '../src/runtime/data/faces/face-spec.ts';
import { generateFaces } from '../src/runtime/data/faces/generate.ts';
import { loadHeads } from '../src/runtime/data/faces/head.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'data/gaze');

// Threads start from JavaScript, which only the bundle has.
const scratch = mkdtempSync(join(tmpdir(), 'face-worker-'));
symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
const worker = join(scratch, 'face-worker.mjs');
await build({
  entryPoints: [join(root, 'src/runtime/data/faces/face-worker.ts')],
  outfile: worker,
  bundle: true,
  format: 'esm',
  platform: 'node',
  external: ['sharp'],
});

const recipe = gazeFacesRecipe;
const models = await loadHeads(join(folder, 'heads'));
const digests = new Map<string, { digest: string; probe: string }>();
const started = performance.now();
await generateFaces(
  models,
  recipe,
  planShards(recipe),
  ({ file }, { tar, digest, probe }) => {
    digests.set(file, { digest, probe });
    writeFileAtomic(join(folder, file), tar);
    writeJsonAtomic(join(folder, '.clipx', `${file}.json`), { expected: digest, actual: digest });
  },
  {
    workerUrl: pathToFileURL(worker),
    threads: Math.min(2, availableParallelism()),
    onProgress: (done, total) => {
      if (done % 500 === 0) console.log(`${done} of ${total}`);
    },
  },
);
rmSync(scratch, { recursive: true });
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);

const manifest: RenderedDataManifest = {
  schema: 'clipx.data/1',
  renderer: 'gaze-faces',
  name: 'gaze-faces',
  title: 'Textured heads with turning eyes, exact gaze labels, named factors and captions',
  heads: 'heads',
  recipe,
  samples: recipe.sets.reduce((sum, { samples }) => sum + samples, 0),
  shards: planShards(recipe).map(({ file, set, samples }) => {
    const { digest, probe } = digests.get(file) ?? { digest: '', probe: '' };
    return { file, domain: set.domain, samples, digest, probe };
  }),
  factors: factors.map(({ name, group }) => ({ name, group })),
  fields: {
    png: '64 x 64 RGB picture of a face',
    'json.gaze': 'unit vector of the gaze in camera space: x right, y down, z away from the camera',
    'json.pitch': 'radians, positive up; gaze = (-cos p sin y, -sin p, -cos p cos y)',
    'json.yaw': 'radians, positive towards the left edge of the picture',
    'json.head': 'pitch, yaw and roll of the head in radians',
    'json.subject': 'who it is; no two domains share a subject',
    'json.identity': `identity coefficients in -1..1: ${coefficientNames.join(', ')}`,
    'json.frontal': '1 when head and eyes face the camera (the first picture of each subject in a gaze domain)',
    'json.factors': 'name of a factor to 1 (shown) or 0',
    'json.labels': 'the same as a list, in the order of `factors`',
    'json.caption': 'the canonical caption: all factors, never gaze or head pose',
    'json.captions': 'eight captions, the canonical one first',
    'json.domain': recipe.sets.map(({ domain }) => domain).join(', '),
  },
  licence: {
    spdx: 'CC-BY-3.0-US',
    work: 'boyStanding and girlStanding of the Sweet Home 3D model library, modified',
    author: 'Reallusion, http://www.reallusion.com/',
    url: 'http://creativecommons.org/licenses/by/3.0/us/',
    notice: 'heads/LICENCE.md',
  },
};
writeFileAtomic(join(folder, 'manifest.json'), `${JSON.stringify(manifest, undefined, 1)}\n`);
