/**
 * Counter-based random numbers: the i-th number of a stream is a pure function of (seed, name, i), so adding a module
 * never changes another's numbers and a run resumes at any step without replaying what came before.
 * The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
 */
import { createHash } from 'node:crypto';
import { invariant } from '../compiler/common/invariant.ts';

export interface RandomStream {
  readonly name: string;
  /** The i-th 32-bit word, 0 .. 2^32 - 1. */
  uint32(index: number): number;
  /** Uniform on [0, 1), a multiple of 2^-24 and therefore exact in float32. */
  uniform(index: number): number;
  /** Standard normal, rounded to float32 (Box & Muller 1958; numbers 2j and 2j + 1 share one pair of words). */
  normal(index: number): number;
  /** Uniform integer in 0 .. bound - 1; the bias is below bound / 2^53. */
  integer(bound: number, index: number): number;
  /** A shuffle of 0 .. n - 1, another one for each epoch (Fisher & Yates). */
  permutation(n: number, epoch: number): Uint32Array;
  /** `out[k] = uniform(start + k)`. */
  fillUniform(out: Float32Array, start?: number): Float32Array;
  /** `out[k] = normal(start + k)`. */
  fillNormal(out: Float32Array, start?: number): Float32Array;
}

/** The stream called `name` of a run with this seed; names are those of the language page: `init:…`, `shuffle:…`, `draw:…`. */
export function stream(seed: number, name: string): RandomStream {
  const digest = createHash('sha256').update(`clipx random 1\n${seed}\n${name}`).digest();
  const key0 = digest.readUInt32LE(0);
  const key1 = digest.readUInt32LE(4);
  return streamOfKey(key0, key1, name);
}

function streamOfKey(key0: number, key1: number, name: string): RandomStream {
  const block = new Uint32Array(4);
  let blockIndex = -1;
  let blockDomain = 0;

  /** Domain 0 is the stream itself, domain e + 1 the permutation of epoch e. */
  function word(index: number, domain: number): number {
    const at = Math.floor(index / 4);
    if (at !== blockIndex || domain !== blockDomain) {
      block[0] = at >>> 0;
      block[1] = Math.floor(at / 4294967296);
      block[2] = domain;
      block[3] = 0;
      philox4x32(block, key0, key1);
      blockIndex = at;
      blockDomain = domain;
    }
    return block[index % 4] ?? 0;
  }

  function integerIn(bound: number, index: number, domain: number): number {
    const high = word(2 * index, domain) >>> 5;
    const low = word(2 * index + 1, domain) >>> 6;
    return Math.floor(((high * 67108864 + low) / 9007199254740992) * bound);
  }

  const uniform = (index: number): number => (word(index, 0) >>> 8) / 16777216;

  function normal(index: number): number {
    const pair = index - (index % 2);
    // 1 - u lies in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(pair)));
    const turn = 2 * Math.PI * uniform(pair + 1);
    return Math.fround(radius * (index % 2 === 0 ? Math.cos(turn) : Math.sin(turn)));
  }

  return {
    name,
    uint32: (index) => word(index, 0),
    uniform,
    normal,
    integer: (bound, index) => integerIn(bound, index, 0),
    permutation(n, epoch) {
      const order = Uint32Array.from({ length: n }, (_, position) => position);
      for (let position = n - 1; position > 0; position--) {
        const other = integerIn(position + 1, position, epoch + 1);
        const moved = order[position] ?? 0;
        order[position] = order[other] ?? 0;
        order[other] = moved;
      }
      return order;
    },
    fillUniform(out, start = 0) {
      for (let k = 0; k < out.length; k++) out[k] = uniform(start + k);
      return out;
    },
    fillNormal(out, start = 0) {
      for (let k = 0; k < out.length; k++) out[k] = normal(start + k);
      return out;
    },
  };
}

/** Ten rounds of Philox on a counter of four words, in place. Exported for its known-answer test. */
export function philox4x32(counter: Uint32Array, key0: number, key1: number): Uint32Array {
  invariant(counter.length === 4, 'a Philox counter has four words');
  let [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = counter;
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  counter[0] = c0;
  counter[1] = c1;
  counter[2] = c2;
  counter[3] = c3;
  return counter;
}

/** Upper 32 bits of the 64-bit product of two unsigned words, by halves that stay below 2^53. */
function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const cross = a0 * b1 + (middle & 0xffff);
  // Sums of a 32-bit product and a 16-bit carry can pass 2^32: divide, do not shift.
  return (a1 * b1 + Math.floor(middle / 65536) + Math.floor(cross / 65536)) | 0;
}
