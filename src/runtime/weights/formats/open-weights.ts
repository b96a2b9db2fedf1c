import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readWhole } from '../../atomic-file.ts';
import { describeSystemError, RunError } from '../../run-error.ts';
import { SafetensorsFile } from '../safetensors.ts';
import { formNotRead, malformedWeights } from './faults.ts';
import { ShardedFile } from './sharded-file.ts';
import { openArchive } from './torch/open-archive.ts';
import { legacyStart, openLegacy } from './torch/open-legacy.ts';
import { weightFiles } from './weight-files.ts';
import type { WeightsFile } from './weights-file.ts';

/**
 * Opens weights: a safetensors file, the index of its shards, a PyTorch archive, or a folder that holds one of them. Which form it is the
 * content says, whatever the name ends in. Throws RunError CX8201 (not there), CX8202 (truncated), CX8203 (malformed), CX8210 (asks for
 * code), CX8217 (a form that is not read).
 */
export function openWeights(path: string): WeightsFile {
  const file = fileOf(path);
  const start = startOf(file);
  return isText(start) ? new ShardedFile(file, openShard) : openSingle(file, start);
}

function openShard(path: string): WeightsFile {
  const start = startOf(path);
  // an index in an index could go round in circles
  if (isText(start)) throw malformedWeights(path, 'it is a shard, and an index itself');
  return openSingle(path, start);
}

function openSingle(file: string, start: Buffer): WeightsFile {
  if (start.toString('latin1', 0, 4) === 'PK\u0003\u0004') return withFile(file, openArchive);
  if (start.subarray(0, legacyStart.length).equals(legacyStart)) return withFile(file, openLegacy);
  const other = otherForms.find(({ at, mark }) => start.toString('latin1', at, at + mark.length) === mark);
  if (other !== undefined) throw formNotRead(file, `is ${other.form}`, other.help);
  return new SafetensorsFile(file);
}

const saveAnew = 'load it in Python and save the tensors with `torch.save(model.state_dict(), …)` or as safetensors';

/** Forms that are known by how they begin, and are not read. */
const otherForms: readonly {
  readonly at: number;
  readonly mark: string;
  readonly form: string;
  readonly help: string;
}[] = [
  { at: 257, mark: 'ustar', form: 'a tar archive, as torch.save wrote before 0.2', help: saveAnew },
  { at: 0, mark: '\u0089HDF', form: 'an HDF5 file (Keras)', help: saveAnew },
  { at: 0, mark: 'GGUF', form: 'a GGUF file', help: saveAnew },
  { at: 0, mark: '\u001f\u008b', form: 'compressed by gzip', help: 'unpack it: `gunzip FILE`' },
  ...[2, 3, 4, 5].map((protocol) => ({
    at: 0,
    mark: String.fromCharCode(0x80, protocol),
    form: 'a pickle that torch.save did not write',
    help: saveAnew,
  })),
];

/** An index begins as JSON does; the header of a safetensors file begins eight bytes later. */
const isText = (start: Buffer): boolean => /^[\s\uFEFF]*\{[\s"}]/u.test(start.toString('utf8'));

function withFile(path: string, open: (path: string, file: number) => WeightsFile): WeightsFile {
  const file = openSync(path, 'r');
  try {
    return open(path, file);
  } catch (error) {
    closeSync(file);
    throw describeSystemError(error, `${path} could not be read`);
  }
}

/** What a path means: a folder that of the first file in it which holds weights. */
function fileOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  const found = weightFiles.map((name) => join(path, name)).find((each) => existsSync(each));
  if (found !== undefined) return found;
  throw new RunError('user', 'CX8201', `the folder ${path} holds no weights`, {
    help: `name the file; in a folder it is one of ${weightFiles.join(', ')}`,
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
    const start = Buffer.alloc(512);
    return start.subarray(0, readWhole(file, start, 0));
  } catch (error) {
    throw describeSystemError(error, `${path} could not be read`);
  } finally {
    closeSync(file);
  }
}
