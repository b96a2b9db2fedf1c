/** `on_bad: skip` leaves out the same files in Python as in clipx: pictures that are damaged in many ways, read or refused by both. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { decodePixels } from '../../src/runtime/data/image/decode.ts';
import { findPython, runPython } from './support/python.ts';

const python = findPython();
if (python === undefined) console.warn('damaged pictures are not tested: no Python with Pillow; see CLIPX_PYTHON');

const folder = mkdtempSync(join(tmpdir(), 'clipx-damaged-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [width, height] = [72, 56];
const raw = Buffer.from(
  Array.from({ length: width * height * 3 }, (_, at) => {
    const [c, x, y] = [at % 3, Math.floor(at / 3) % width, Math.floor(at / (3 * width))];
    return Math.round(127 + 90 * Math.sin(x / 5 + c) + 30 * Math.cos((y * (c + 1)) / 4) * Math.sin(x * y));
  }),
);
const picture = sharp(raw, { raw: { width, height, channels: 3 } });

type Files = Record<string, Uint8Array>;

const without = (file: Uint8Array, from: number, to: number): Uint8Array => Buffer.concat([file.subarray(0, from), file.subarray(to)]); // prettier-ignore
const within = (file: Uint8Array, at: number, ...bytes: number[]): Uint8Array => Buffer.concat([file.subarray(0, at), Buffer.from(bytes), file.subarray(at)]); // prettier-ignore

/** Ends that are cut off, and what stands behind the end, of any file. */
const ends = (name: string, file: Uint8Array): Files => ({
  [`${name}, whole`]: file,
  ...Object.fromEntries([1, 2, 12, 14, 17, 40].map((bytes) => [`${name}, ${bytes} bytes short`, file.subarray(0, -bytes)])), // prettier-ignore
  ...Object.fromEntries([10, 50, 90].map((share) => [`${name}, ${share} %`, file.subarray(0, Math.floor((file.length * share) / 100))])), // prettier-ignore
  [`${name}, more behind it`]: within(file, file.length, 1, 2, 3, 4),
  [`${name}, zeros from its middle on`]: Buffer.concat([file.subarray(0, file.length / 2), Buffer.alloc(file.length - Math.floor(file.length / 2))]), // prettier-ignore
});

// ── PNG ──

interface Chunk {
  readonly kind: string;
  readonly data: Uint8Array;
  readonly sum?: number;
}

function chunksOf(png: Buffer): Chunk[] {
  const found: Chunk[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    found.push({ kind: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + png.readUInt32BE(at)) }); // prettier-ignore
  return found;
}

function pngOf(png: Buffer, chunks: readonly Chunk[]): Uint8Array {
  const parts = chunks.map(({ kind, data, sum }) => {
    const own = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
    const [size, end] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(data.length);
    end.writeUInt32BE(sum ?? crc32(own));
    return Buffer.concat([size, own, end]);
  });
  return Buffer.concat([png.subarray(0, 8), ...parts]);
}

function pngs(name: string, png: Buffer): Files {
  const chunks = chunksOf(png);
  const isData = ({ kind }: Chunk): boolean => kind === 'IDAT';
  const stream = Buffer.concat(chunks.filter(isData).map(({ data }) => data));
  const rows = inflateSync(stream);
  const [header, last] = [chunks.filter(({ kind }) => kind !== 'IDAT' && kind !== 'IEND'), { kind: 'IEND', data: Buffer.alloc(0) }]; // prettier-ignore
  const of = (data: readonly Chunk[], before: readonly Chunk[] = [], after: readonly Chunk[] = [last]): Uint8Array => pngOf(png, [...header, ...before, ...data, ...after]); // prettier-ignore
  const data = (...parts: readonly Uint8Array[]): Chunk[] => parts.map((part) => ({ kind: 'IDAT', data: part }));
  const wrong = { data: Buffer.from('a\0b'), sum: 7 };
  const half = Math.floor(stream.length / 2);
  return {
    ...ends(name, png),
    [`${name}, data in two parts`]: of(data(stream.subarray(0, half), stream.subarray(half))),
    [`${name}, a wrong sum of the data`]: of([{ kind: 'IDAT', data: stream, sum: 7 }]),
    [`${name}, a wrong sum of the first part`]: of([{ kind: 'IDAT', data: stream.subarray(0, half), sum: 7 }, ...data(stream.subarray(half))]),
    [`${name}, a wrong sum of the end`]: of(data(stream), [], [{ ...last, sum: 7 }]),
    [`${name}, no end`]: of(data(stream), [], []),
    [`${name}, a wrong sum of the stream`]: of(data(Buffer.concat([stream.subarray(0, -1), Buffer.of((stream.at(-1) ?? 0) ^ 1)]))),
    [`${name}, no sum of the stream`]: of(data(stream.subarray(0, -4))),
    [`${name}, half of the rows`]: of(data(deflateSync(rows.subarray(0, rows.length / 2)))),
    [`${name}, more than the rows`]: of(data(deflateSync(Buffer.concat([rows, Buffer.alloc(400)])))),
    [`${name}, a filter that there is not`]: of(data(deflateSync(Buffer.concat([Buffer.of(9), rows.subarray(1)])))),
    [`${name}, a damaged text`]: of(data(stream), [{ kind: 'tEXt', ...wrong }]),
    [`${name}, a damaged text at the end`]: of(data(stream), [], [{ kind: 'tEXt', ...wrong }, last]),
    [`${name}, what nobody has to know`]: of(data(stream), [{ kind: 'prVt', data: Buffer.from('x') }]),
    [`${name}, what one has to know`]: of(data(stream), [{ kind: 'CRiT', data: Buffer.from('x') }]),
    [`${name}, a text within the data`]: of([...data(stream.subarray(0, half)), { kind: 'tEXt', data: wrong.data }, ...data(stream.subarray(half))]),
    [`${name}, a turned bit of the header`]: pngOf(png, chunks.map((chunk) => (chunk.kind === 'IHDR' ? { ...chunk, sum: 7 } : chunk))),
  };
} // prettier-ignore

// ── JPEG ──

/** Where the data of the last scan begin. */
function scanOf(jpeg: Buffer): number {
  const start = jpeg.lastIndexOf(Buffer.of(0xff, 0xda));
  return start + 2 + jpeg.readUInt16BE(start + 2);
}

function jpegs(name: string, jpeg: Buffer): Files {
  const start = scanOf(jpeg);
  const middle = Math.floor((start + jpeg.length) / 2);
  const at = jpeg[middle - 1] === 0xff ? middle + 1 : middle;
  const tables = jpeg.indexOf(Buffer.of(0xff, 0xdb));
  const mark = jpeg.indexOf(Buffer.of(0xff, 0xd1), start);
  return {
    ...ends(name, jpeg),
    [`${name}, a mark that there is not`]: within(jpeg, at, 0xff, 0x05),
    [`${name}, a mark out of order`]: within(jpeg, at, 0xff, 0xd3),
    [`${name}, bytes before its last mark`]: within(jpeg, jpeg.length - 2, 0, 17, 34),
    [`${name}, bytes before its first mark`]: within(jpeg, 2, 0, 0),
    [`${name}, a comment`]: within(jpeg, 2, 0xff, 0xfe, 0, 4, 65, 66),
    [`${name}, no table`]: without(jpeg, tables, tables + 2 + jpeg.readUInt16BE(tables + 2)),
    [`${name}, a mark of tables in the data`]: within(jpeg, at, 0xff, 0xdb, 0, 3, 1),
    [`${name}, a comment in the data`]: within(jpeg, at, 0xff, 0xfe, 0x7f, 0xff),
    [`${name}, ended within`]: within(jpeg.subarray(0, at), at, 0xff, 0xd9),
    ...(mark < 0 ? {} : { [`${name}, a mark is lost`]: without(jpeg, mark, mark + 2) }),
  };
} // prettier-ignore

/** A baseline JPEG with a mark for each row of units, as Pillow writes it. */
const withMarks = `
import sys
from pathlib import Path
from PIL import Image
pixels = Image.frombytes("RGB", (${width}, ${height}), Path(sys.argv[1]).read_bytes())
pixels.save(sys.argv[2], "JPEG", quality=90, restart_marker_rows=1)
for name in ("BMP", "PPM", "ICO", "TGA"):
    pixels.save(f"{sys.argv[3]}/{name}", name)
`;

/** What each reads: the bytes of the picture, or nothing. */
const read = `
import json
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from runtime.pictures import decode
found = {}
for path in sorted(Path(sys.argv[2]).iterdir()):
    try:
        found[path.name] = decode(path.read_bytes()).reshape(-1)[::997].tolist()
    except Exception:
        found[path.name] = None
print(json.dumps(found))
`;

/** What Pillow reads and does not tell: bits that are damaged, or end too soon, with marks in order. */
const untold = ['baseline, ended within', 'progressive, ended within'];

describe.skipIf(python === undefined)('damaged pictures', () => {
  it('are those that clipx refuses, but for what is damaged within the bits of a JPEG', async () => {
    const made = join(folder, 'files');
    mkdirSync(made);
    const marked = join(folder, 'marked.jpg');
    const formats = join(folder, 'formats');
    mkdirSync(formats);
    const input = join(folder, 'pixels');
    writeFileSync(input, raw);
    runPython(python ?? '', ['-c', withMarks, input, marked, formats]);
    const jpeg = (progressive: boolean): Promise<Buffer> =>
      picture.clone().jpeg({ quality: 90, progressive }).toBuffer();
    const files: Files = {
      ...pngs('colours', await picture.clone().png().toBuffer()),
      ...pngs('interlaced', await picture.clone().png({ progressive: true }).toBuffer()),
      ...pngs('palette', await picture.clone().png({ palette: true, colours: 11 }).toBuffer()),
      ...pngs('grey', await picture.clone().toColourspace('b-w').png().toBuffer()),
      ...jpegs('baseline', await jpeg(false)),
      ...jpegs('progressive', await jpeg(true)),
      ...jpegs('with marks', readFileSync(marked)),
      ...Object.fromEntries(readdirSync(formats).map((name) => [name, readFileSync(join(formats, name))])),
      ...ends('webp', await picture.clone().webp().toBuffer()),
    };
    const names = Object.keys(files);
    for (const [at, name] of names.entries()) writeFileSync(join(made, `${at}`), files[name] ?? '');
    const found = JSON.parse(runPython(python ?? '', ['-c', read, join(import.meta.dirname, '../../pytorch'), made])) as Record<string, number[] | null>; // prettier-ignore
    const expected = await Promise.all(names.map((name) => decodePixels(files[name] ?? Buffer.alloc(0)).then(({ data }) => Array.from(data).filter((_, at) => at % 997 === 0), () => null))); // prettier-ignore
    const others = names.filter((_, at) => (found[at] === null) !== (expected[at] === null));
    expect(others).toEqual(untold);
    // what both read is the same picture
    for (const [at, name] of names.entries()) if (!others.includes(name)) expect(found[at], name).toEqual(expected[at]);
    const refused = expected.filter((each) => each === null).length;
    expect([refused, names.length - refused].every((count) => count > 30)).toBe(true);
  });
});
