/**
 * CLIPs of the published sizes, with random weights: run, saved, loaded and run again; a step of training; a model past the 2 GB that one
 * protobuf message holds. Each command is a process of its own, one after the other; what they took is printed as a table.
 * `npm run test:full-size` needs about 3 GiB of memory, and as much on disk.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newFolder } from '../cli/support.ts';
import { findAddon } from '../../src/runtime/backends/tensorflow/addon.ts';

const pairs = 8;
const hasTensorflow = findAddon() !== undefined;
const table: string[] = [];
let project = '';

interface Measured {
  readonly stdout: string;
  readonly seconds: number;
  readonly peakMiB: number;
}

function process_(script: string, words: readonly string[]) {
  const args = ['--import', resolve('node_modules/tsx/dist/esm/index.mjs'), resolve('test/full-size', script), ...words]; // prettier-ignore
  return spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', maxBuffer: 2 ** 28 });
}

function clipx(...words: string[]): Measured {
  const { stdout, stderr } = process_('measured.ts', words);
  const lines = stderr.trim().split('\n');
  const last = lines.pop() ?? '';
  expect(lines.join('\n').trim()).toBe('');
  return { stdout, ...(JSON.parse(last) as { seconds: number; peakMiB: number }) };
}

interface Ran {
  readonly folder: string;
  readonly metrics: Readonly<Record<string, number>>;
}

function run(name: string, engine: string): Ran & Measured {
  copyFileSync(`test/full-size/${name}.clipx`, join(project, `${name}.clipx`));
  const measured = clipx('run', `${name}.clipx`, '--backend', engine, '--progress', 'none', '--json');
  const [first] = (JSON.parse(measured.stdout) as { runs: { folder: string; status: string; results: { metrics: { name: string; value: number }[] }[] }[] }).runs; // prettier-ignore
  expect(first?.status).toBe('complete');
  note(`${name}: run on ${engine}`, measured);
  const metrics = Object.fromEntries((first?.results.at(-1)?.metrics ?? []).map(({ name: metric, value }) => [metric, value])); // prettier-ignore
  return { ...measured, folder: first?.folder ?? '', metrics };
}

function note(what: string, { seconds, peakMiB }: { readonly seconds: number; readonly peakMiB: number }): void {
  table.push(`| ${what} | ${seconds.toFixed(1)} | ${Math.round(peakMiB)} |`);
}

/** Exports a run, opens the model by onnxruntime alone and gives what it says of each pair. */
function exported(
  name: string,
  folder: string,
  output: string,
): { readonly values: number[]; readonly config: { external: boolean }; readonly bytes: number } {
  // prettier-ignore
  const out = join(project, `${name}-exported`);
  const measured = clipx('export', folder, '-o', out, '--output', output);
  note(`${name}: export`, measured);
  const { stdout, stderr } = process_('encode.ts', [out, join(project, 'pairs.jsonl'), output]);
  expect(stderr).toBe('');
  const { values, seconds, peakMiB } = JSON.parse(stdout) as { values: number[]; seconds: { open: number; run: number }; peakMiB: number }; // prettier-ignore
  note(`${name}: load the export (${seconds.open.toFixed(1)} s) and encode ${pairs} pairs`, { seconds: seconds.open + seconds.run, peakMiB }); // prettier-ignore
  const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as { external: boolean };
  const bytes = statSync(join(out, 'weights.safetensors')).size;
  rmSync(out, { recursive: true });
  return { values, config, bytes };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

beforeAll(async () => {
  project = newFolder('full-size');
  writeFileSync(join(project, 'clipx.json'), '{ "threads": 2 }');
  mkdirSync(join(project, 'images'));
  const photo = 'test/oracles/preprocess/images/photo.jpg';
  const lines: string[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    await sharp(photo).rotate(pair * 40).resize(320, 240).jpeg().toFile(join(project, 'images', `${pair}.jpg`)); // prettier-ignore
    lines.push(JSON.stringify({ image: `images/${pair}.jpg`, said: `picture ${pair}, turned by ${pair * 40} degrees` })); // prettier-ignore
  }
  writeFileSync(join(project, 'pairs.jsonl'), `${lines.join('\n')}\n`);
});

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
  process.stdout.write(`\n| what | seconds | peak MiB |\n|---|---|---|\n${table.join('\n')}\n`);
});

describe('a CLIP of the published size', () => {
  test.each([
    ['vit-b-16', false],
    ['rn50', false],
    ['vit-l-14', true],
  ])('%s encodes a batch, is saved, loaded, and encodes the same', (name, external) => {
    const ran = run(name, 'onnxruntime-node');
    const { values, config } = exported(name, ran.folder, 's');
    expect(values).toHaveLength(pairs);
    expect(mean(values)).toBeCloseTo(ran.metrics['likeness'] ?? Number.NaN, 3);
    expect(config.external).toBe(external);
    rmSync(ran.folder, { recursive: true });
  });

  const engines = ['onnxruntime-node', ...(hasTensorflow ? ['tensorflow'] : [])];
  test('ViT-B/32 trains its last two blocks and the projection, on every engine alike', () => {
    const ran = engines.map((engine) => run('vit-b-32', engine));
    const losses = ran.map(({ folder }) => {
      const events = readFileSync(join(folder, 'events.ndjson'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { event: string; total?: number }); // prettier-ignore
      return events.flatMap(({ event, total }) => (event === 'step' && total !== undefined ? [total] : []));
    });
    for (const [first = [], ...others] of [losses]) {
      expect(first.length).toBe(2);
      expect(first.every(Number.isFinite)).toBe(true);
      for (const other of others) other.forEach((loss, step) => expect(loss).toBeCloseTo(first[step] ?? Number.NaN, 3));
    }
  });
});

test('a tower past 2 GB runs, is written with its tensors in a file of their own, and is loaded from it', () => {
  const ran = run('vit-h-14', 'onnxruntime-node');
  const { values, config, bytes } = exported('vit-h-14', ran.folder, 'f');
  expect(bytes).toBeGreaterThan(2.1 * 2 ** 30);
  expect(config.external).toBe(true);
  const lengths = Array.from({ length: pairs }, (_, pair) => Math.sqrt(values.slice(pair * 1280, (pair + 1) * 1280).reduce((sum, value) => sum + value * value, 0))); // prettier-ignore
  expect(mean(lengths)).toBeCloseTo(ran.metrics['length'] ?? Number.NaN, 2);
});
