import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { DataError } from '../data-error.ts';
import type { Member, RawSample } from '../raw-sample.ts';
import { matchFiles } from './glob.ts';

/**
 * Samples of WebDataset shards: members of a tar with one name up to the first dot after the last slash are one sample.
 * Shards stream in the order of their names. Throws CX8101 (none there) and CX8102 (truncated or damaged, with the last whole sample).
 */
export async function* readShards(pattern: string, projectFolder: string): AsyncGenerator<RawSample> {
  for (const file of matchFiles(pattern, projectFolder)) yield* readShard(file);
}

async function* readShard(file: string): AsyncGenerator<RawSample> {
  const origin = basename(file);
  const extract = tar.extract();
  const ending = new EndOfArchive();
  const source = createReadStream(file);
  const running = file.endsWith('.gz')
    ? pipeline(source, createGunzip(), ending, extract)
    : pipeline(source, ending, extract);
  // Awaited below; until then a failure must not count as unhandled.
  running.catch(() => undefined);

  let key: string | undefined;
  let members = new Map<string, Member>();
  let complete = 0;
  try {
    for await (const entry of extract) {
      const { name, type } = entry.header;
      const split = splitName(name);
      if (type !== 'file' || split === undefined) {
        entry.resume();
        continue;
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) chunks.push(chunk);
      if (split.key !== key) {
        if (key !== undefined) {
          yield { key, origin, members };
          complete++;
        }
        key = split.key;
        members = new Map();
      }
      members.set(split.extension, { kind: 'bytes', bytes: Buffer.concat(chunks) });
    }
    await running;
    if (!ending.isWhole()) throw new Error('the archive has no end');
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      'world',
      'CX8102',
      `shard ${file} is truncated or damaged after ${complete} whole samples: ${reason}`,
      {
        help: 'fetch or build the shard again; its manifest holds the right sha256',
        cause,
      },
    );
  }
  if (key !== undefined) yield { key, origin, members };
}

/** `noto/dog.face.png` → key `noto/dog`, extension `face.png`. Hidden files are no samples. */
function splitName(name: string): { key: string; extension: string } | undefined {
  const slash = name.lastIndexOf('/');
  const dot = name.indexOf('.', slash + 1);
  if (dot <= slash + 1) return undefined;
  return { key: name.slice(0, dot), extension: name.slice(dot + 1).toLowerCase() };
}

/** Passes bytes through and remembers whether they end in the two zero blocks that every whole tar ends in. */
class EndOfArchive extends Transform {
  #zeros = 0;
  #length = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let trailing = 0;
    while (trailing < chunk.length && chunk[chunk.length - 1 - trailing] === 0) trailing++;
    this.#zeros = trailing === chunk.length ? this.#zeros + trailing : trailing;
    this.#length += chunk.length;
    done(null, chunk);
  }

  isWhole(): boolean {
    return this.#zeros >= 1024 && this.#length % 512 === 0;
  }
}
