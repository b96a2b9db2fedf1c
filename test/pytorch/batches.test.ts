import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileExperiment, projectRoot, withCutCaptions } from './support/compile-experiment.ts';
import { dumpBatches } from './support/dump-batches.ts';
import { findPython, runPython } from './support/python.ts';

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
      const { program } = await compileExperiment(`experiments/${name}.clipx`, withCutCaptions);
      await dumpBatches(program, projectRoot, 3, 3, folder);
      const script = join(import.meta.dirname, 'support', 'compare_batches.py');
      const found = JSON.parse(runPython(python ?? '', [script, folder, projectRoot])) as {
        readonly compared: number;
        readonly faults: readonly string[];
      };
      expect(found.faults).toEqual([]);
      expect(found.compared).toBeGreaterThan(100_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
