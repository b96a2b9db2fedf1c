/** NumPy's file of one array: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */

export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array | Uint16Array | BigInt64Array; // prettier-ignore
}

const types = {
  '<f4': Float32Array, '<f8': Float64Array, '<i4': Int32Array, '<i2': Int16Array, '|i1': Int8Array, '|u1': Uint8Array,
  '<u2': Uint16Array, '<i8': BigInt64Array,
} as const; // prettier-ignore

/** Reads an array in C order. Throws an Error that says what it can not read. */
export function readNpy(bytes: Uint8Array): NpyArray {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 10 || view.readUInt8(0) !== 0x93 || view.toString('latin1', 1, 6) !== 'NUMPY')
    throw new Error('it is no NumPy file');
  const isFirst = view.readUInt8(6) === 1;
  const start = isFirst ? 10 : 12;
  const length = isFirst ? view.readUInt16LE(8) : view.readUInt32LE(8);
  const header = view.toString('latin1', start, start + length);
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').flatMap((part) => part.trim() === '' ? [] : [Number(part)]); // prettier-ignore
  if (/'fortran_order':\s*True/.test(header)) throw new Error('it is in Fortran order');
  const make = Object.entries(types).find(([name]) => name === type)?.[1];
  if (make === undefined) throw new Error(`its numbers are \`${type}\`, and ${Object.keys(types).join(', ')} are read`);
  const count = shape.reduce((product, size) => product * size, 1);
  // a copy: where the file stands in memory need not be a multiple of the size of a number
  const content = new Uint8Array(view.subarray(start + length, start + length + count * make.BYTES_PER_ELEMENT));
  if (content.length < count * make.BYTES_PER_ELEMENT) throw new Error('it ends too early');
  return { shape, data: new make(content.buffer, 0, count) };
}
