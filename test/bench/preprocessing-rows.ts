import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { clipStatistics } from '../../src/compiler/types/model-config.ts';
import { decodeImage } from '../../src/runtime/data/image/decode.ts';
import { Peer } from './peer.ts';
import { repository } from './programs.ts';
import { median } from './statistics.ts';
import { benchPython } from './torch.ts';

const side = 224;
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

async function measured(folder: string, rounds: number): Promise<Omit<PreprocessingRow, 'size'>> {
  const script = join(repository, 'test/bench/pillow_peer.py');
  const peer = await Peer.start(benchPython(), [script, folder], repository).catch((error: unknown) => ({ unavailable: String(error) })); // prettier-ignore
  const passes = 4;
  const own: number[] = [];
  const others: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const times: number[] = [];
    for (let pass = 0; pass < passes; pass++) {
      const start = process.cpuUsage();
      await preprocessAll(folder);
      const { user, system } = process.cpuUsage(start);
      times.push((user + system) / 1000);
    }
    const other = peer instanceof Peer ? median((await peer.steps(passes)).ms) / perSize : undefined;
    // the first round warms both up
    if (round < 0) continue;
    own.push(median(times) / perSize);
    if (other !== undefined) others.push(other);
  }
  if (peer instanceof Peer) await peer.stop();
  const isThere = others.length > 0;
  return {
    ms: median(own),
    pillowMs: isThere ? median(others) : undefined,
    ratio: isThere ? median(own.map((ms, round) => ms / (others[round] ?? 1))) : undefined,
    peer: peer instanceof Peer ? peer.engine : `no Pillow at ${benchPython()}: npm run bench:setup`,
  };
}

async function preprocessAll(folder: string): Promise<void> {
  for (const name of readdirSync(folder).sort()) {
    const bytes = readFileSync(join(folder, name));
    normalised(await decodeImage(bytes, { height: side, width: side, fit: 'cover', preprocess: 'clip' }));
  }
}

/** [3, side, side], as the graph of a tower would have it. */
function normalised(pixels: Uint8Array): Float32Array {
  const plane = side * side;
  const out = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * (clipStatistics.deviation[channel] ?? 1));
    const shift = (clipStatistics.mean[channel] ?? 0) / (clipStatistics.deviation[channel] ?? 1);
    for (let at = 0, from = channel; at < plane; at++, from += 3) out[channel * plane + at] = (pixels[from] ?? 0) * scale - shift; // prettier-ignore
  }
  return out;
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
