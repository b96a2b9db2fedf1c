import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Program } from '../../src/compiler/program/program.ts';
import { compileExperiment, projectRoot } from './support/compile-experiment.ts';
import { dumpBatches } from './support/dump-batches.ts';
import { programOfAll, writeSamples } from './support/made-up-data.ts';
import { findPython, runPython } from './support/python.ts';
import { unsupportedData } from '../../src/compiler/pytorch/unsupported-data.ts';

const python = findPython();

/** Between them: every reader, step and column that the package has. */
const experiments = [
  'clip-gaze/clip-gaze',
  'clip/pretrain',
  'smoke/coop',
  'smoke/distillation',
  'smoke/fine-tuning',
  'smoke/multi-label',
  'smoke/two-stage',
  'smoke/video',
] as const;

describe.skipIf(python === undefined)('the batches of a package are those of clipx, byte for byte', () => {
  test.each(experiments)('%s', async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'clipx-batches-'));
    try {
      const { program } = await compileExperiment(`experiments/${name}.clipx`);
      await compare(program, projectRoot, folder, 100_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('columns of every kind, every operation of views, lists, what is not there, unfolded lists, folders and arrays', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clipx-batches-'));
    try {
      await writeSamples(folder);
      copyFileSync(join(projectRoot, 'data/tokenizer/clip-small.json'), join(folder, 'data/tokenizer.json'));
      const program = programOfAll();
      expect(unsupportedData(program)).toEqual([]);
      await compare(program, folder, folder, 500_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** The batches of clipx and those of Python, of the data in `project`. */
async function compare(program: Program, project: string, folder: string, least: number): Promise<void> {
  await dumpBatches(program, project, 3, 3, folder);
  const script = join(import.meta.dirname, 'support', 'compare_batches.py');
  const found = JSON.parse(runPython(python ?? '', [script, folder, project])) as {
    readonly compared: number;
    readonly faults: readonly string[];
  };
  expect(found.faults).toEqual([]);
  expect(found.compared).toBeGreaterThan(least);
}
