import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readWhole } from '../../atomic-file.ts';
import { describeSystemError, RunError } from '../../run-error.ts';
import { SafetensorsFile } from '../safetensors.ts';
import type { WeightsFile } from './weights-file.ts';

/** Names under which folders hold their weights, the preferred ones first: ours, those of Hugging Face, those of open_clip. */
const inFolders = [
  'weights.safetensors',
  'model.safetensors',
  'model.safetensors.index.json',
  'open_clip_model.safetensors',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'open_clip_pytorch_model.bin',
];

/**
 * Opens weights: a safetensors file, the index of its shards, a PyTorch archive, or a folder that holds one of them. Which form it is the
 * content says, whatever the name ends in. Throws RunError CX8201 (not there), CX8202 (truncated), CX8203 (malformed), CX8210 (asks for
 * code), CX8217 (a form that is not read).
 */
export function openWeights(path: string): WeightsFile {
  const file = fileOf(path);
  const start = startOf(file);
  if (start.length >= 4 && start.toString('latin1', 0, 4) === 'PK\u0003\u0004')
    throw new RunError('user', 'CX8217', `${file} is an archive of PyTorch, which is not read yet`);
  return new SafetensorsFile(file);
}

/** What a path means: a folder that of the first file in it which holds weights. */
function fileOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  const found = inFolders.map((name) => join(path, name)).find((each) => existsSync(each));
  if (found !== undefined) return found;
  throw new RunError('user', 'CX8201', `the folder ${path} holds no weights`, {
    help: `name the file; in a folder it is one of ${inFolders.join(', ')}`,
  });
}

function startOf(path: string): Buffer {
  let file;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new RunError('user', 'CX8201', `the weights file ${path} cannot be opened`, {
      help: 'check the path; it is relative to the project, or to the file with `./`',
      cause,
    });
  }
  try {
    const start = Buffer.alloc(64);
    return start.subarray(0, readWhole(file, start, 0));
  } catch (error) {
    throw describeSystemError(error, `${path} could not be read`);
  } finally {
    closeSync(file);
  }
}
