import { RunError } from '../../run-error.ts';
import { halfToFloat } from './half.ts';
import type { StoredDType, StoredTensor } from './weights-file.ts';

/** Bytes of one number. */
export const storedBytes: Readonly<Record<StoredDType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** Where the numbers of so many elements go. */
export function emptyData(dtype: StoredDType, count: number): StoredTensor['data'] {
  switch (dtype) {
    case 'F64':
    case 'F32':
    case 'F16':
    case 'BF16':
      return new Float32Array(count);
    case 'I64':
    case 'I32':
    case 'I16':
    case 'I8':
      return new Int32Array(count);
    case 'U8':
    case 'BOOL':
      return new Uint8Array(count);
  }
}

/**
 * Reads stored numbers (little-endian) into `into`, from its element `at` on. `what` names the tensor. Throws RunError CX8203 where a whole
 * number does not fit 32 bits.
 */
export function decodeInto(
  into: StoredTensor['data'],
  at: number,
  dtype: StoredDType,
  bytes: Uint8Array,
  what: string,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = storedBytes[dtype];
  const count = Math.floor(bytes.byteLength / size);
  switch (dtype) {
    case 'F32':
    case 'I32':
      // the machines this runs on are little-endian, as the files are
      new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes, 4 * at);
      return;
    case 'U8':
    case 'I8':
    case 'BOOL':
      into.set(dtype === 'I8' ? new Int8Array(bytes.buffer, bytes.byteOffset, count) : bytes, at);
      return;
    case 'F64':
      for (let index = 0; index < count; index++) into[at + index] = view.getFloat64(8 * index, true);
      return;
    case 'F16': {
      const floats = allHalves();
      for (let index = 0; index < count; index++) into[at + index] = floats[view.getUint16(2 * index, true)] ?? 0;
      return;
    }
    case 'BF16': {
      // bfloat16 is the upper half of a float32
      const words = new Uint32Array(into.buffer, into.byteOffset, into.length);
      for (let index = 0; index < count; index++) words[at + index] = view.getUint16(2 * index, true) << 16;
      return;
    }
    case 'I16':
      for (let index = 0; index < count; index++) into[at + index] = view.getInt16(2 * index, true);
      return;
    case 'I64':
      for (let index = 0; index < count; index++) {
        const value = view.getBigInt64(8 * index, true);
        if (value !== BigInt.asIntN(32, value))
          throw new RunError('user', 'CX8203', `${what} holds ${value}, which is no 32-bit integer`);
        into[at + index] = Number(value);
      }
      return;
  }
}

let halves: Float32Array | undefined;

/** What each of the 65,536 halves is: looked up, they are read several times as fast as they are worked out. */
function allHalves(): Float32Array {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToFloat(bits));
  return halves;
}
