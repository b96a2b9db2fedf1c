import { fstatSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { readWhole } from '../../atomic-file.ts';
import { checkName } from './printable.ts';
import { formNotRead, malformedWeights, truncatedWeights } from './faults.ts';

/** A member of an archive: where its bytes lie in the file. */
export interface ZipMember {
  readonly name: string;
  readonly start: number;
  readonly bytes: number;
  /** CRC-32 of them; 0 where the writer gave none, as PyTorch does when it is told not to. */
  readonly sum: number;
}

interface Listed {
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly bytes: number;
  readonly stored: number;
  readonly header: number;
  readonly sum: number;
}

/** Read at once. */
const partBytes = 2 ** 20;
const endBytes = 22;
/** The end record may have a comment after it. */
const longestComment = 0xffff;
const largestDirectory = 2 ** 28;

/**
 * The members of an open zip archive, found by its directory, that of archives past 4 GiB (zip64) too; nothing of them is read. Members must
 * be stored as they are, as PyTorch does: whoever asks for a compressed one is told. Reading is of offsets alone, hence synchronous (APPNOTE
 * 6.3.10, §4.3). Throws RunError CX8202, CX8203, CX8217.
 */
export class ZipDirectory {
  readonly #path: string;
  readonly #file: number;
  readonly #size: number;
  readonly #listed = new Map<string, Listed>();

  constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
    this.#size = fstatSync(file).size;
    const { start, bytes, count } = this.#findDirectory();
    if (bytes > largestDirectory) throw this.#malformed('its directory is impossibly large');
    const directory = this.#read(start, bytes);
    for (let at = 0, index = 0; index < count; index++) at = this.#readEntry(directory, at);
  }

  get names(): readonly string[] {
    return [...this.#listed.keys()];
  }

  /** Throws where it is there and cannot be read in place. */
  member(name: string): ZipMember | undefined {
    const listed = this.#listed.get(name);
    if (listed === undefined) return undefined;
    const { header, method, flags, bytes, stored, sum } = listed;
    if ((flags & 1) === 1) throw formNotRead(this.#path, `holds \`${name}\` encrypted`, 'decrypt it first');
    if (method !== 0 || bytes !== stored)
      throw formNotRead(this.#path, `holds \`${name}\` compressed`, 'unpack it and pack it without compression (`zip -0`), or load and save it in PyTorch'); // prettier-ignore
    const local = this.#read(header, 30);
    if (local.readUInt32LE(0) !== 0x04034b50) throw this.#malformed(`\`${name}\` is not where its directory says`);
    const start = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (start + bytes > this.#size) throw truncatedWeights(this.#path, start + bytes, this.#size);
    return { name, start, bytes, sum };
  }

  /** Reads a member through, a part at a time. Throws RunError CX8203 where it is not what was written. */
  verify({ name, start, bytes, sum }: ZipMember): void {
    if (sum === 0) return;
    const part = Buffer.alloc(Math.min(partBytes, bytes));
    let found = 0;
    for (let at = 0; at < bytes; at += part.length) {
      const piece = part.subarray(0, Math.min(part.length, bytes - at));
      if (readWhole(this.#file, piece, start + at) < piece.length)
        throw truncatedWeights(this.#path, start + bytes, this.#size);
      found = crc32(piece, found);
    }
    if (found !== sum) throw malformedWeights(this.#path, `\`${name}\` is not what was written (its checksum differs)`, 'fetch or write it again'); // prettier-ignore
  }

  #findDirectory(): { start: number; bytes: number; count: number } {
    const tail = this.#read(Math.max(0, this.#size - endBytes - longestComment), Math.min(this.#size, endBytes + longestComment)); // prettier-ignore
    let at = tail.length - endBytes;
    while (at >= 0 && !(tail.readUInt32LE(at) === 0x06054b50 && at + endBytes + tail.readUInt16LE(at + 20) === tail.length)) at--; // prettier-ignore
    // the end is written last: what has none was cut
    if (at < 0) throw truncatedWeights(this.#path, this.#size + 1, this.#size);
    const end = { count: tail.readUInt16LE(at + 10), bytes: tail.readUInt32LE(at + 12), start: tail.readUInt32LE(at + 16) }; // prettier-ignore
    const position = this.#size - tail.length + at;
    const locator = position >= 20 ? this.#read(position - 20, 20) : Buffer.alloc(20);
    if (locator.readUInt32LE(0) !== 0x07064b50) return end;
    const wide = this.#read(this.#number(locator, 8), 56);
    if (wide.readUInt32LE(0) !== 0x06064b50) throw this.#malformed('its zip64 directory is not where it says');
    return { count: this.#number(wide, 32), bytes: this.#number(wide, 40), start: this.#number(wide, 48) };
  }

  #readEntry(directory: Buffer, at: number): number {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw this.#malformed('its directory is broken'); // prettier-ignore
    const [flags, method] = [directory.readUInt16LE(at + 8), directory.readUInt16LE(at + 10)];
    const sum = directory.readUInt32LE(at + 16);
    let [stored, bytes] = [directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 24)];
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((each) => directory.readUInt16LE(at + each));
    let header = directory.readUInt32LE(at + 42);
    const nameEnd = at + 46 + (nameBytes ?? 0);
    const extraEnd = nameEnd + (extraBytes ?? 0);
    const end = extraEnd + (commentBytes ?? 0);
    if (end > directory.length) throw this.#malformed('its directory is broken');
    const name = directory.toString('utf8', at + 46, nameEnd);
    checkName(this.#path, name);
    for (let extra = nameEnd; extra + 4 <= extraEnd;) {
      const [kind, length] = [directory.readUInt16LE(extra), directory.readUInt16LE(extra + 2)];
      const stop = Math.min(extra + 4 + length, extraEnd);
      if (kind === 1) {
        // what does not fit 32 bits stands here, in this order
        let from = extra + 4;
        const next = (): number => {
          if (from + 8 > stop) throw this.#malformed(`the zip64 entry of \`${name}\` is broken`);
          from += 8;
          return this.#number(directory, from - 8);
        };
        if (bytes === 0xffffffff) bytes = next();
        if (stored === 0xffffffff) stored = next();
        if (header === 0xffffffff) header = next();
      }
      extra = extra + 4 + length;
    }
    if (this.#listed.has(name)) throw this.#malformed(`\`${name}\` stands in it twice`);
    this.#listed.set(name, { name, flags, method, bytes, stored, header, sum });
    return end;
  }

  #number(buffer: Buffer, at: number): number {
    const value = buffer.readBigUInt64LE(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#malformed(`a length in it is ${value}`);
    return Number(value);
  }

  #read(start: number, bytes: number): Buffer {
    if (start + bytes > this.#size) throw truncatedWeights(this.#path, start + bytes, this.#size);
    const buffer = Buffer.alloc(bytes);
    if (readWhole(this.#file, buffer, start) < bytes) throw truncatedWeights(this.#path, start + bytes, this.#size);
    return buffer;
  }

  #malformed(why: string): Error {
    return malformedWeights(this.#path, why);
  }
}
