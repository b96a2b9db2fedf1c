import { crc32 } from 'node:zlib';

interface Member {
  readonly name: string;
  readonly content: Uint8Array;
}

const nothing = 0xffffffff;

/** A zip archive of stored members, put together from APPNOTE 6.3.10; `wide` says every size and offset by zip64. */
export function writeZip(members: readonly Member[], { wide = false, comment = '' } = {}): Buffer {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of members) {
    const title = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt32LE(crc32(content), 14);
    local.writeUInt32LE(content.length, 18);
    local.writeUInt32LE(content.length, 22);
    local.writeUInt16LE(title.length, 26);
    parts.push(local, title, Buffer.from(content));
    entries.push(entry(title, content, offset, wide));
    offset += 30 + title.length + content.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(wide ? 0xffff : members.length, 8);
  end.writeUInt16LE(wide ? 0xffff : members.length, 10);
  end.writeUInt32LE(wide ? nothing : directory.length, 12);
  end.writeUInt32LE(wide ? nothing : offset, 16);
  end.writeUInt16LE(comment.length, 20);
  const wideEnd = wide ? endOfWide(members.length, directory.length, offset) : Buffer.alloc(0);
  return Buffer.concat([...parts, directory, wideEnd, end, Buffer.from(comment, 'latin1')]);
}

function entry(title: Buffer, content: Uint8Array, offset: number, wide: boolean): Buffer {
  const extra = wide ? Buffer.alloc(28) : Buffer.alloc(0);
  if (wide) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    for (const [at, value] of [content.length, content.length, offset].entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * at); // prettier-ignore
  }
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt32LE(crc32(content), 16);
  head.writeUInt32LE(wide ? nothing : content.length, 20);
  head.writeUInt32LE(wide ? nothing : content.length, 24);
  head.writeUInt16LE(title.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE(wide ? nothing : offset, 42);
  return Buffer.concat([head, title, extra]);
}

function endOfWide(count: number, bytes: number, start: number): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(bytes), 40);
  record.writeBigUInt64LE(BigInt(start), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(start + bytes), 64);
  record.writeUInt32LE(1, 72);
  return record;
}
