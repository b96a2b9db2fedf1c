/**
 * TensorBoard's event file: records of TensorFlow's TFRecord format (length, masked CRC-32C of the length, bytes, masked CRC-32C of the bytes),
 * each an `Event` of `tensorflow/core/util/event.proto` with one scalar or more. TensorBoard, and what reads its files, shows a run without clipx.
 */
import protobuf from 'protobufjs/minimal.js';
import type { RunLine } from './run-table.ts';

/** How a file begins. `started`: milliseconds since the Unix epoch. */
export const versionRecord = (started: number): Uint8Array => record(versionEvent(started));

/** A line as a record, every value a scalar; `several` puts the stage before its name. Nothing where it has no values. */
export function lineRecord({ ts, step, stage, values }: RunLine, several: boolean): Uint8Array {
  if (values.size === 0) return new Uint8Array();
  const scalars = [...values].map(([column, value]) => [`${several ? `${stage}/` : ''}${tagOf(column)}`, value] as const); // prettier-ignore
  return record(scalarEvent(ts, step, scalars));
}

/** TensorBoard groups tags by what stands before the first `/`. */
function tagOf(column: string): string {
  const [head = '', ...rest] = column.split('.');
  return rest.length === 0 ? column : `${head}/${rest.join('.')}`;
}

/** `Event { wall_time = 1, file_version = 3 }`: every file begins with it. */
function versionEvent(ts: number): Uint8Array {
  return protobuf.Writer.create().uint32(9).double(ts / 1000).uint32(26).string('brain.Event:2').finish(); // prettier-ignore
}

/** `Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }` */
function scalarEvent(ts: number, step: number, scalars: readonly (readonly [string, number])[]): Uint8Array {
  const writer = protobuf.Writer.create().uint32(9).double(ts / 1000).uint32(16).int64(step).uint32(42).fork(); // prettier-ignore
  for (const [tag, value] of scalars) writer.uint32(10).fork().uint32(10).string(tag).uint32(21).float(value).ldelim();
  return writer.ldelim().finish();
}

function record(bytes: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(bytes.byteLength + 16);
  whole.writeBigUInt64LE(BigInt(bytes.byteLength), 0);
  whole.writeUInt32LE(maskedCrc(whole.subarray(0, 8)), 8);
  whole.set(bytes, 12);
  whole.writeUInt32LE(maskedCrc(bytes), 12 + bytes.byteLength);
  return whole;
}

/** TensorFlow masks sums that are stored beside what they are of: rotated by 15 bits, plus a constant (`core/lib/hash/crc32c.h`). */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** CRC-32C of Castagnoli: reflected polynomial 0x82f63b78, RFC 3720 appendix B. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (castagnoli[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});
