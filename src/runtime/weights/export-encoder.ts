import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { Program } from '../../compiler/program/program.ts';
import { writeJsonAtomic } from '../atomic-file.ts';
import { readCheckpoint } from '../checkpoint.ts';
import { validateJson } from '../records/validate.ts';
import { runPaths } from '../records/run-folder.ts';
import { RunError } from '../run-error.ts';
import { writeSafetensors, type TensorToStore } from './safetensors.ts';

export interface ExportedEncoder {
  readonly folder: string;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

/**
 * Writes one trained encoder as a weights folder: `weights.safetensors` (names relative to the encoder, float16 by default) and
 * `config.json`. Throws RunError CX8281 where the run has no such encoder or no checkpoint.
 */
export async function exportEncoder(
  program: Program,
  run: string,
  name: string,
  folder: string,
  dtype: 'F16' | 'F32' = 'F16',
): Promise<ExportedEncoder> {
  const encoder = program.encoders.find((each) => each.name === name);
  if (encoder === undefined) {
    const names = program.encoders.map((each) => each.name);
    const suggestion = nearestName(name, names);
    throw new RunError(
      'user',
      'CX8281',
      `the run has no encoder \`${name}\`, only ${names.join(', ') || 'none'}`,
      suggestion === undefined ? {} : { help: `did you mean \`${suggestion}\`?` },
    );
  }
  const checkpoint = await readCheckpoint(runPaths(run).checkpoint);
  if (checkpoint === undefined)
    throw new RunError('user', 'CX8281', `${run} has no checkpoint`, { help: 'let the run write one, or finish' });
  const tensors = new Map<string, TensorToStore>();
  let parameters = 0;
  for (const tensor of program.parameters) {
    if (tensor.owner !== name) continue;
    const data = checkpoint.parameters.get(tensor.name);
    if (data === undefined) throw new RunError('world', 'CX8281', `the checkpoint holds no \`${tensor.name}\``);
    tensors.set(tensor.name.slice(name.length + 1), { shape: tensor.shape, data, dtype });
    if (tensor.role === 'weight') parameters += data.length;
  }
  mkdirSync(folder, { recursive: true });
  await validateJson('model', encoder.config, join(folder, 'config.json'));
  const { bytes } = writeSafetensors(join(folder, 'weights.safetensors'), tensors, {
    format: 'clipx',
    experiment: program.name,
    digest: program.digests.semantic,
  });
  writeJsonAtomic(join(folder, 'config.json'), encoder.config);
  return { folder, tensors: tensors.size, parameters, bytes };
}
