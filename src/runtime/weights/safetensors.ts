/**
 * The safetensors container (Hugging Face): u64 little-endian header length, JSON header `name → { dtype, shape, data_offsets }`, then the bytes.
 * Half precision is widened to float32 on load, which is exact.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { elementCount } from '../../compiler/types/dtype.ts';
import type { Shape } from '../../compiler/types/dtype.ts';
import { readWhole, writeFileAtomic } from '../atomic-file.ts';
import { describeSystemError, RunError } from '../run-error.ts';
import { floatToBrain, floatToHalf } from './formats/half.ts';
import { malformedWeights, noSuchTensor, truncatedWeights } from './formats/faults.ts';
import { checkName, printable } from './formats/printable.ts';
import { readStored } from './formats/read-stored.ts';
import { storedBytes } from './formats/stored-tensor.ts';
import type { StoredDType, StoredTensor, WeightsFile } from './formats/weights-file.ts';

type StoredData = StoredTensor['data'];

export interface TensorToStore {
  readonly shape: Shape;
  readonly data: StoredData;
  /** Float data only: F16 rounds to nearest even. F32 when absent. */
  readonly dtype?: 'F32' | 'F16';
}

/** A tensor that is not in memory: it is asked for when it is written, so that one is held at a time. */
export interface TensorToLoad {
  readonly shape: Shape;
  /** F16 and BF16 round to nearest even. */
  readonly dtype: 'F32' | 'F16' | 'BF16' | 'I32' | 'U8' | 'BOOL';
  readonly load: () => StoredData;
}

interface Entry {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: Shape;
  readonly start: number;
  readonly end: number;
}

/** An open file: the header is read, tensors on demand. */
export class SafetensorsFile implements WeightsFile {
  readonly path: string;
  readonly format = 'safetensors';
  readonly notes = [];
  readonly metadata: Readonly<Record<string, string>>;
  readonly #file: number;
  readonly #dataStart: number;
  readonly #entries = new Map<string, Entry>();

  /** Throws RunError: CX8201, CX8202, CX8203. */
  constructor(path: string) {
    this.path = path;
    try {
      this.#file = openSync(path, 'r');
    } catch (error) {
      throw new RunError('user', 'CX8201', `the weights file ${path} cannot be opened`, {
        help: 'check the path; it is relative to the project, or to the file with `./`',
        cause: error,
      });
    }
    try {
      const header = this.#readHeader();
      this.#dataStart = header.dataStart;
      this.metadata = header.metadata;
    } catch (error) {
      closeSync(this.#file);
      throw describeSystemError(error, `${path} could not be read`);
    }
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  shapeOf(name: string): Shape | undefined {
    return this.#entries.get(name)?.shape;
  }

  dtypeOf(name: string): StoredDType | undefined {
    return this.#entries.get(name)?.dtype;
  }

  read(name: string): StoredTensor {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw noSuchTensor(this, name);
    const { dtype, shape } = entry;
    const [start, end] = [this.#dataStart + entry.start, this.#dataStart + entry.end];
    const data = readStored(this.#file, { path: this.path, name, dtype, start, count: elementCount(shape) });
    if (data === undefined) throw truncatedWeights(this.path, end, fstatSync(this.#file).size);
    return { dtype, shape, data };
  }

  /** Each has numbers of its own. */
  aliasOf(): undefined {
    return undefined;
  }

  close(): void {
    closeSync(this.#file);
  }

  #readHeader(): { dataStart: number; metadata: Record<string, string> } {
    const { path } = this;
    const size = fstatSync(this.#file).size;
    if (size < 8) throw truncatedWeights(path, 8, size);
    const prefix = Buffer.alloc(8);
    readWhole(this.#file, prefix, 0);
    const length = Number(prefix.readBigUInt64LE(0));
    // The format's own limit; a longer header means that this is another kind of file.
    if (length > 100_000_000)
      throw malformedWeights(path, 'its header length is impossible; is it a safetensors file?');
    if (8 + length > size) throw truncatedWeights(path, 8 + length, size);
    const text = Buffer.alloc(length);
    readWhole(this.#file, text, 8);
    let header: unknown;
    try {
      header = JSON.parse(text.toString('utf8'));
    } catch {
      throw malformedWeights(path, 'its header is not JSON');
    }
    if (!isRecord(header)) throw malformedWeights(path, 'its header is not an object');
    const metadata: Record<string, string> = {};
    for (const [name, value] of Object.entries(header)) {
      if (name !== '__metadata__') this.#entries.set(name, readEntry(path, name, value));
      else if (isRecord(value)) for (const [key, text] of Object.entries(value)) if (typeof text === 'string') metadata[key] = text; // prettier-ignore
    }
    // the reference reader takes no bytes for two tensors either
    let end = 0;
    for (const entry of [...this.#entries.values()].sort((a, b) => a.start - b.start)) {
      if (entry.start < end && entry.end > entry.start)
        throw malformedWeights(path, `\`${entry.name}\` lies in the bytes of another tensor`);
      end = Math.max(end, entry.end);
    }
    if (8 + length + end > size) throw truncatedWeights(path, 8 + length + end, size);
    return { dataStart: 8 + length, metadata };
  }
}

/** All tensors of a file. */
export function readSafetensors(path: string): Map<string, StoredTensor> {
  const file = new SafetensorsFile(path);
  try {
    return new Map(file.names.map((name) => [name, file.read(name)]));
  } finally {
    file.close();
  }
}

/** Writes atomically; tensors in the order of the map, a part of one at a time. Gives the size of the file and its sha256. */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorToStore | TensorToLoad>,
  metadata: Readonly<Record<string, string>> = {},
): { readonly bytes: number; readonly sha256: string } {
  // without a prototype: a tensor may be called `__proto__`
  const header = Object.create(null) as Record<string, unknown>;
  if (Object.keys(metadata).length > 0) header['__metadata__'] = metadata;
  let offset = 0;
  for (const [name, tensor] of tensors) {
    const dtype = storedType(tensor);
    const bytes = elementCount(tensor.shape) * storedBytes[dtype];
    if ('data' in tensor) checkCount(name, tensor.shape, tensor.data);
    header[name] = { dtype, shape: tensor.shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  // Padded with spaces so that the data starts on a multiple of eight, as the reference writer does.
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(padded.length));
  function* chunks(): Iterable<Uint8Array> {
    yield prefix;
    yield padded;
    for (const [name, tensor] of tensors) {
      const data = 'data' in tensor ? tensor.data : tensor.load();
      checkCount(name, tensor.shape, data);
      yield* encode(storedType(tensor), data);
    }
  }
  const hash = createHash('sha256');
  function* hashed(): Iterable<Uint8Array> {
    for (const chunk of chunks()) {
      hash.update(chunk);
      yield chunk;
    }
  }
  writeFileAtomic(path, hashed());
  return { bytes: 8 + padded.length + offset, sha256: hash.digest('hex') };
}

function storedType(tensor: TensorToStore | TensorToLoad): StoredDType {
  if (!('data' in tensor)) return tensor.dtype;
  if (tensor.data instanceof Float32Array) return tensor.dtype ?? 'F32';
  return tensor.data instanceof Int32Array ? 'I32' : 'U8';
}

function checkCount(name: string, shape: Shape, { length }: StoredData): void {
  if (length !== elementCount(shape))
    throw new RunError('internal', 'CX8299', `tensor ${name} of shape [${shape.join(', ')}] has ${length} elements`);
}

/** Elements that are rounded at once: what a tensor takes besides its values. */
const roundedAtOnce = 2 ** 19;

function* encode(dtype: StoredDType, data: StoredData): Iterable<Uint8Array> {
  const round = dtype === 'F16' ? floatToHalf : dtype === 'BF16' ? floatToBrain : undefined;
  if (round === undefined) {
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return;
  }
  const part = new Uint16Array(Math.min(roundedAtOnce, data.length));
  for (let at = 0; at < data.length; at += part.length) {
    const count = Math.min(part.length, data.length - at);
    for (let index = 0; index < count; index++) part[index] = round(data[at + index] ?? 0);
    yield new Uint8Array(part.buffer, 0, 2 * count);
  }
}

/** As many as PyTorch allows. */
const mostDimensions = 64;

function readEntry(path: string, name: string, value: unknown): Entry {
  checkName(path, name);
  if (!isRecord(value)) throw malformedWeights(path, `the entry of \`${name}\` is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw malformedWeights(path, `\`${name}\` has no type`);
  if (!Object.hasOwn(storedBytes, dtype))
    throw malformedWeights(
      path,
      `\`${name}\` is stored as "${printable(dtype)}"; known are ${Object.keys(storedBytes).join(', ')}`,
    );
  if (!Array.isArray(shape) || shape.length > mostDimensions || !shape.every(isCount))
    throw malformedWeights(path, `\`${name}\` has no shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw malformedWeights(path, `\`${name}\` has no offsets`);
  const [start = 0, end = 0] = offsets;
  const stored = dtype as StoredDType;
  const bytes = elementCount(shape) * storedBytes[stored];
  if (end - start !== bytes) {
    throw malformedWeights(
      path,
      `\`${name}\` [${shape.join(', ')}] should take ${bytes} bytes and takes ${end - start}`,
    );
  }
  return { name, dtype: stored, shape, start, end };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
