/**
 * The safetensors container (Hugging Face): u64 little-endian header length, JSON header `name → { dtype, shape, data_offsets }`, then the bytes.
 * Half precision is widened to float32 on load, which is exact.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { nearestName } from '../../compiler/common/suggest.ts';
import { elementCount, sameShape } from '../../compiler/types/dtype.ts';
import type { Shape } from '../../compiler/types/dtype.ts';
import { readWhole, writeFileAtomic } from '../atomic-file.ts';
import { describeSystemError, RunError } from '../run-error.ts';

export type StoredDType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8' | 'BOOL';

export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: Shape;
  /** F32 for every float type, Int32Array for integers, bytes for U8 and BOOL. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export interface TensorToStore {
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array | Uint8Array;
  /** Float data only: F16 rounds to nearest even. F32 when absent. */
  readonly dtype?: 'F32' | 'F16';
}

interface Entry {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: Shape;
  readonly start: number;
  readonly end: number;
}

const bytesPer: Readonly<Record<StoredDType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  U8: 1,
  BOOL: 1,
};

/** An open file: the header is read, tensors on demand. */
export class SafetensorsFile {
  readonly path: string;
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

  /** Throws CX8205, with the nearest name. */
  read(name: string): StoredTensor {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      const nearest = nearestName(name, this.names);
      throw new RunError(
        'user',
        'CX8205',
        `${this.path} has no tensor \`${name}\``,
        nearest === undefined ? {} : { help: `the nearest name there is \`${nearest}\`` },
      );
    }
    const bytes = new Uint8Array(entry.end - entry.start);
    const count = readWhole(this.#file, bytes, this.#dataStart + entry.start);
    if (count < bytes.byteLength)
      throw truncated(this.path, this.#dataStart + entry.end, this.#dataStart + entry.start + count);
    return { dtype: entry.dtype, shape: entry.shape, data: decode(entry.dtype, bytes, `${this.path}: \`${name}\``) };
  }

  /**
   * Checks that every wanted tensor is there with its shape; all faults in one error (CX8204).
   */
  expect(wanted: ReadonlyMap<string, Shape>): void {
    const faults: string[] = [];
    for (const [name, shape] of wanted) {
      const found = this.shapeOf(name);
      if (found === undefined) {
        const nearest = nearestName(name, this.names);
        faults.push(`\`${name}\` is missing${nearest === undefined ? '' : ` (the nearest name is \`${nearest}\`)`}`);
      } else if (!sameShape(found, shape)) {
        faults.push(`\`${name}\` is [${found.join(', ')}], expected [${shape.join(', ')}]`);
      }
    }
    if (faults.length === 0) return;
    const shown = faults.slice(0, 12);
    const more = faults.length > shown.length ? `\n  and ${faults.length - shown.length} more` : '';
    throw new RunError('user', 'CX8204', `${this.path} does not fit the experiment:\n  ${shown.join('\n  ')}${more}`, {
      help: 'the sizes of an encoder are set in its call, for example `resnet18(to: clip.joint)`',
    });
  }

  close(): void {
    closeSync(this.#file);
  }

  #readHeader(): { dataStart: number; metadata: Record<string, string> } {
    const { path } = this;
    const size = fstatSync(this.#file).size;
    if (size < 8) throw truncated(path, 8, size);
    const prefix = Buffer.alloc(8);
    readWhole(this.#file, prefix, 0);
    const length = Number(prefix.readBigUInt64LE(0));
    // The format's own limit; a longer header means that this is another kind of file.
    if (length > 100_000_000) throw malformed(path, 'its header length is impossible; is it a safetensors file?');
    if (8 + length > size) throw truncated(path, 8 + length, size);
    const text = Buffer.alloc(length);
    readWhole(this.#file, text, 8);
    let header: unknown;
    try {
      header = JSON.parse(text.toString('utf8'));
    } catch {
      throw malformed(path, 'its header is not JSON');
    }
    if (!isRecord(header)) throw malformed(path, 'its header is not an object');
    const metadata: Record<string, string> = {};
    let end = 0;
    for (const [name, value] of Object.entries(header)) {
      if (name === '__metadata__') {
        if (isRecord(value)) for (const [key, entry] of Object.entries(value)) metadata[key] = String(entry);
        continue;
      }
      const entry = readEntry(path, name, value);
      this.#entries.set(name, entry);
      end = Math.max(end, entry.end);
    }
    if (8 + length + end > size) throw truncated(path, 8 + length + end, size);
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

/** Writes atomically; tensors in the order of the map. Gives the size of the file and its sha256. */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorToStore>,
  metadata: Readonly<Record<string, string>> = {},
): { readonly bytes: number; readonly sha256: string } {
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata };
  let offset = 0;
  for (const [name, tensor] of tensors) {
    const dtype = storedType(tensor);
    const bytes = elementCount(tensor.shape) * bytesPer[dtype];
    if (tensor.data.length !== elementCount(tensor.shape)) {
      throw new RunError(
        'internal',
        'CX8299',
        `tensor ${name} of shape [${tensor.shape.join(', ')}] has ${tensor.data.length} elements`,
      );
    }
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
    for (const tensor of tensors.values()) yield encode(tensor);
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

/** IEEE half to single precision, exactly. */
export function halfToFloat(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

/** Single to half precision, to nearest, ties to even. */
export function floatToHalf(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal in half: the value in units of 2^-24, rounded to even.
    const units = Math.abs(value) * 2 ** 24;
    const floor = Math.floor(units);
    const rest = units - floor;
    return sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

function storedType(tensor: TensorToStore): StoredDType {
  if (tensor.data instanceof Float32Array) return tensor.dtype ?? 'F32';
  return tensor.data instanceof Int32Array ? 'I32' : 'U8';
}

function encode(tensor: TensorToStore): Uint8Array {
  const { data } = tensor;
  if (tensor.dtype === 'F16' && data instanceof Float32Array) {
    return new Uint8Array(Uint16Array.from(data, floatToHalf).buffer);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function decode(dtype: StoredDType, bytes: Uint8Array, what: string): Float32Array | Int32Array | Uint8Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(bytes.buffer));
    case 'F16':
      return Float32Array.from(new Uint16Array(bytes.buffer), halfToFloat);
    case 'BF16': {
      // bfloat16 is the upper half of a float32.
      const words = Uint32Array.from(new Uint16Array(bytes.buffer), (bits) => bits << 16);
      return new Float32Array(words.buffer);
    }
    case 'I32':
      return new Int32Array(bytes.buffer);
    case 'I64':
      return Int32Array.from(new BigInt64Array(bytes.buffer), (value) => {
        const number = Number(value);
        if (number !== (number | 0))
          throw new RunError('user', 'CX8203', `${what} holds ${value}, which is no 32-bit integer`);
        return number;
      });
    case 'U8':
    case 'BOOL':
      return bytes;
  }
}

function readEntry(path: string, name: string, value: unknown): Entry {
  if (!isRecord(value)) throw malformed(path, `the entry of \`${name}\` is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !(dtype in bytesPer)) {
    throw malformed(
      path,
      `\`${name}\` is stored as ${JSON.stringify(dtype)}; known are ${Object.keys(bytesPer).join(', ')}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) throw malformed(path, `\`${name}\` has no shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw malformed(path, `\`${name}\` has no offsets`);
  const [start = 0, end = 0] = offsets;
  const stored = dtype as StoredDType;
  const bytes = elementCount(shape) * bytesPer[stored];
  if (end - start !== bytes) {
    throw malformed(path, `\`${name}\` [${shape.join(', ')}] should take ${bytes} bytes and takes ${end - start}`);
  }
  return { name, dtype: stored, shape, start, end };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function truncated(path: string, expected: number, found: number): RunError {
  return new RunError('user', 'CX8202', `${path} is truncated: ${found} bytes, expected at least ${expected}`, {
    help: 'fetch or write it again',
  });
}

function malformed(path: string, why: string): RunError {
  return new RunError('user', 'CX8203', `${path} is not a readable safetensors file: ${why}`);
}
