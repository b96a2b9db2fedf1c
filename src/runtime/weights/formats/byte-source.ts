import { readWhole } from '../../atomic-file.ts';
import { malformedWeights, truncatedWeights } from './faults.ts';

const windowBytes = 2 ** 16;

/**
 * Bytes of a part of an open file, read one after the other through a small window, so that a claimed length is held to the file before
 * anything is set aside for it. Each method throws RunError CX8202 where the part ends before.
 */
export class ByteSource {
  readonly path: string;
  readonly #file: number;
  readonly #end: number;
  #window: Buffer;
  #windowStart: number;
  #position: number;

  constructor(path: string, file: number, start: number, end: number) {
    this.path = path;
    this.#file = file;
    this.#end = end;
    this.#position = start;
    this.#windowStart = start;
    this.#window = Buffer.alloc(0);
  }

  /** Of the next byte, in the file. */
  get position(): number {
    return this.#position;
  }

  uint8(): number {
    const at = this.#next(1);
    return this.#window[at] ?? 0;
  }

  uint16(): number {
    const at = this.#next(2);
    return this.#window.readUInt16LE(at);
  }

  int32(): number {
    const at = this.#next(4);
    return this.#window.readInt32LE(at);
  }

  uint32(): number {
    const at = this.#next(4);
    return this.#window.readUInt32LE(at);
  }

  /** Beyond 2⁵³ no file ends, so the claim is wrong: CX8203. */
  uint64(): number {
    const at = this.#next(8);
    const value = this.#window.readBigUInt64LE(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformedWeights(this.path, `a length in it is ${value}`);
    return Number(value);
  }

  /** Of Python's pickles: most significant byte first. */
  float64BigEndian(): number {
    const at = this.#next(8);
    return this.#window.readDoubleBE(at);
  }

  bytes(count: number): Buffer {
    if (count <= windowBytes) {
      const at = this.#next(count);
      return Buffer.from(this.#window.subarray(at, at + count));
    }
    this.#check(count);
    const result = Buffer.alloc(count);
    if (readWhole(this.#file, result, this.#position) < count) throw this.#truncated(count);
    this.#position += count;
    return result;
  }

  skip(count: number): void {
    this.#check(count);
    this.#position += count;
  }

  /** Up to the next line feed, which is read too; at most `longest` bytes. */
  line(longest: number): string {
    const bytes: number[] = [];
    for (let byte = this.uint8(); byte !== 0x0a; byte = this.uint8()) {
      bytes.push(byte);
      if (bytes.length > longest) throw malformedWeights(this.path, `a name in it has more than ${longest} bytes`);
    }
    return Buffer.from(bytes).toString('utf8');
  }

  /** Where in the window the next `count` bytes are. */
  #next(count: number): number {
    this.#check(count);
    let at = this.#position - this.#windowStart;
    if (at < 0 || at + count > this.#window.length) {
      const window = Buffer.alloc(Math.min(windowBytes, this.#end - this.#position));
      this.#window = window.subarray(0, readWhole(this.#file, window, this.#position));
      this.#windowStart = this.#position;
      if (this.#window.length < count) throw this.#truncated(count);
      at = 0;
    }
    this.#position += count;
    return at;
  }

  #check(count: number): void {
    if (count > this.#end - this.#position) throw this.#truncated(count);
  }

  #truncated(count: number): Error {
    return truncatedWeights(this.path, this.#position + count, this.#end);
  }
}
