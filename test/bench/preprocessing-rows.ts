import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { Peer } from './peer.ts';
import { repository } from './programs.ts';
import { median } from './statistics.ts';
import { benchPython } from './torch.ts';

const perSize = 8;
/** Made of a picture of the preprocessing oracle, each a little different. */
const sizes = [
  [256, 256],
  [500, 375],
  [640, 480],
  [1600, 1200],
] as const;

export interface PreprocessingRow {
  readonly size: string;
  /** Milliseconds of one processor a picture, those of every thread added up: read, decoded, resized to 224, cropped, normalised to float32 [3, 224, 224]. */
  readonly ms: number;
  readonly pillowMs: number | undefined;
  /** clipx / Pillow: median over rounds of the ratio within a round. */
  readonly ratio: number | undefined;
  readonly peer: string;
}

/** CLIP's preprocessing of JPEG files, one picture after the other, against Pillow in the same rounds. */
export async function measurePreprocessing(rounds: number): Promise<PreprocessingRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'clipx-preprocess-bench-'));
  try {
    const rows: PreprocessingRow[] = [];
    for (const [width, height] of sizes) {
      const size = `${width} x ${height}`;
      const pictures = join(folder, size);
      mkdirSync(pictures);
      await makePictures(pictures, width, height);
      rows.push({ size, ...(await measured(pictures, rounds)) });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Passes in turn: a round of one, then a round of the other. */
async function measured(folder: string, rounds: number): Promise<Omit<PreprocessingRow, 'size'>> {
  const passes = 4;
  const clipx = await started(process.execPath, ['--import', 'tsx', join(repository, 'test/bench/preprocessing-peer.ts'), folder]); // prettier-ignore
  const pillow = await started(benchPython(), [join(repository, 'test/bench/pillow_peer.py'), folder]).catch(() => undefined); // prettier-ignore
  if (clipx === undefined) throw new Error('preprocessing-peer.ts does not start');
  const own: number[] = [];
  const others: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const ms = median((await clipx.steps(passes)).ms) / perSize;
    const other = pillow === undefined ? undefined : median((await pillow.steps(passes)).ms) / perSize;
    // the first round warms both up
    if (round < 0) continue;
    own.push(ms);
    if (other !== undefined) others.push(other);
  }
  await Promise.all([clipx.stop(), pillow?.stop()]);
  const isThere = others.length > 0;
  return {
    ms: median(own),
    pillowMs: isThere ? median(others) : undefined,
    ratio: isThere ? median(own.map((ms, round) => ms / (others[round] ?? 1))) : undefined,
    peer: pillow?.engine ?? `no Pillow at ${benchPython()}: npm run bench:setup`,
  };
}

/** Nothing where it says that it can not run here. */
async function started(command: string, args: readonly string[]): Promise<Peer | undefined> {
  const peer = await Peer.start(command, args, repository);
  return peer instanceof Peer ? peer : undefined;
}

async function makePictures(folder: string, width: number, height: number): Promise<void> {
  const photo = join(repository, 'test/oracles/preprocess/images/photo.jpg');
  for (let index = 0; index < perSize; index++) {
    await sharp(photo)
      .rotate(index * 3)
      .resize(width, height, { fit: 'cover', kernel: 'nearest' })
      .jpeg({ quality: 90, mozjpeg: false })
      .toFile(join(folder, `${index}.jpg`));
  }
}
