/**
 * clipx's side of the benchmark of preprocessing, in a process of its own as Pillow has one: what the benchmark itself holds would be
 * collected again and again on its account. Started with a folder of pictures; the protocol is that of `pillow_peer.py`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { clipStatistics } from '../../src/compiler/types/model-config.ts';
import { decodeImage } from '../../src/runtime/data/image/decode.ts';

const side = 224;
const [folder = ''] = process.argv.slice(2);

say({ ready: 'clipx', parameters: 0 });
for await (const line of createInterface({ input: process.stdin })) {
  const ms: number[] = [];
  for (let pass = 0; pass < Number(line); pass++) {
    const start = process.cpuUsage();
    await preprocessAll();
    const { user, system } = process.cpuUsage(start);
    ms.push((user + system) / 1000);
  }
  say({ ms, peakMiB: process.resourceUsage().maxRSS / 1024 });
}

async function preprocessAll(): Promise<void> {
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

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
