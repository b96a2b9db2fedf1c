import { readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError } from '../data-error.ts';
import { encodePng } from '../faces/png.ts';
import type { Member, RawSample } from '../raw-sample.ts';
import { absent } from './glob.ts';
import { existsSync } from 'node:fs';

/**
 * The files of MNIST and its kin (`t10k-images-idx3-ubyte.gz`): a sample for each picture, members `image` and, where a file of labels is
 * named, `label`. Format: http://yann.lecun.com/exdb/mnist/. Throws CX8101, CX8106.
 */
export function readIdx(images: string, labels: string | undefined, projectFolder: string): RawSample[] {
  const pictures = idxFile(images, projectFolder);
  const [count = 0, height = 0, width = 0] = pictures.shape;
  if (pictures.shape.length !== 3) throw damaged(images, `its arrays have ${pictures.shape.length} dimensions, and pictures have 3 together`);
  const marks = labels === undefined ? undefined : idxFile(labels, projectFolder);
  if (marks !== undefined && labels !== undefined && (marks.shape.length !== 1 || marks.shape[0] !== count))
    throw damaged(labels, `it holds ${marks.shape.join(' x ')} labels for ${count} pictures`);
  const size = height * width;
  const folder = dirname(isAbsolute(images) ? images : resolve(projectFolder, images));
  return Array.from({ length: count }, (_, index): RawSample => {
    const grey = pictures.data.subarray(index * size, (index + 1) * size);
    const colour = new Uint8Array(size * 3);
    for (let at = 0; at < colour.length; at++) colour[at] = grey[Math.floor(at / 3)] ?? 0;
    const members = new Map<string, Member>([['image', { kind: 'bytes', bytes: encodePng(colour, width, height) }]]);
    if (marks !== undefined) members.set('label', { kind: 'value', value: marks.data[index] ?? 0, folder });
    return { key: String(index), origin: basename(images), members };
  });
} // prettier-ignore

function idxFile(path: string, projectFolder: string): { readonly shape: readonly number[]; readonly data: Uint8Array } { // prettier-ignore
  const file = isAbsolute(path) ? path : resolve(projectFolder, path);
  if (!existsSync(file)) throw absent(path, projectFolder);
  const raw = readFileSync(file);
  const bytes = raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw;
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 8) throw damaged(path, 'it is no IDX file of bytes');
  const dimensions = bytes[3] ?? 0;
  const shape = Array.from({ length: dimensions }, (_, at) => bytes.readUInt32BE(4 + 4 * at));
  const data = bytes.subarray(4 + 4 * dimensions);
  const wanted = shape.reduce((product, extent) => product * extent, 1);
  if (data.length !== wanted) throw damaged(path, `it says ${shape.join(' x ')} and holds ${data.length} bytes`);
  return { shape, data };
} // prettier-ignore

const damaged = (path: string, why: string): DataError => new DataError('world', 'CX8106', `${path} can not be read: ${why}`); // prettier-ignore
