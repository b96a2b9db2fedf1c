/** An exported model, opened by onnxruntime alone, on the pictures and texts of a file. `node --import tsx encode.ts folder pairs.jsonl output` */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { decodeImage } from '../../src/runtime/data/image/decode.ts';
import { openTokenizer } from '../../src/runtime/data/open-tokenizer.ts';

const [folder = '', file = '', output = ''] = process.argv.slice(2);
const rows = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { image: string; said: string }); // prettier-ignore
const start = performance.now();
const session = await InferenceSession.create(join(folder, 'model.onnx'));
const opened = performance.now();
const size = { height: 224, width: 224, fit: 'cover' } as const;
const pixels = new Uint8Array(rows.length * 224 * 224 * 3);
for (const [at, { image }] of rows.entries())
  pixels.set(await decodeImage(readFileSync(join(dirname(file), image)), size), at * 224 * 224 * 3);
const feeds: Record<string, Tensor> = { image: new Tensor('uint8', pixels, [rows.length, 224, 224, 3]) };
if (session.inputNames.includes('said.ids')) {
  const { ids, length } = openTokenizer({ id: 'clip.text', path: 'clip', context: 77 }, '.').encode(rows.map(({ said }) => said), []); // prettier-ignore
  feeds['said.ids'] = new Tensor('int32', ids, [rows.length, 77]);
  feeds['said.length'] = new Tensor('int32', length, [rows.length]);
}
const began = performance.now();
const result = (await session.run(feeds))[output];
const seconds = { open: (opened - start) / 1000, run: (performance.now() - began) / 1000 };
const { data = [], dims = [] } = result ?? {};
process.stdout.write(`${JSON.stringify({ values: Array.from(data as Float32Array), dims, seconds, peakMiB: process.resourceUsage().maxRSS / 1024 })}\n`); // prettier-ignore
