/** Tar archives in the POSIX ustar format, of plain files without dates or owners: the same files give the same bytes. */

export interface TarMember {
  /** At most 100 bytes of ASCII. */
  readonly name: string;
  readonly data: Uint8Array;
}

const block = 512;

export function packTar(members: readonly TarMember[]): Uint8Array<ArrayBuffer> {
  const padded = (length: number): number => Math.ceil(length / block) * block;
  const total = members.reduce((sum, { data }) => sum + block + padded(data.length), 2 * block);
  const out = new Uint8Array(total);
  let at = 0;
  for (const { name, data } of members) {
    out.set(headerOf(name, data.length), at);
    out.set(data, at + block);
    at += block + padded(data.length);
  }
  return out;
}

function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, offset: number, digits: number): void => {
    header.write(`${value.toString(8).padStart(digits, '0')}\0`, offset, 'latin1');
  };
  header.write(name, 0, 100, 'latin1');
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  // The checksum is taken with its own field full of spaces.
  header.fill(' ', 148, 156);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  return header;
}
