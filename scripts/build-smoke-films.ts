/**
 * Makes experiments/smoke/films: 24 films, each one thing drawn in up to four styles, frame by frame, as animated WebP; and films.jsonl,
 * which says what each shows. Two runs give the same files. `npx tsx scripts/build-smoke-films.ts`
 *
 * Only styles under MIT and Apache 2.0 are taken (data/emoji-7/LICENSES).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { readShards } from '../src/runtime/data/readers/shards.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'experiments/smoke/films');
const styles = ['noto', 'fluent-emoji-flat', 'noto-v1', 'fxemoji'];
const topics = ['animals and nature', 'food and drink', 'travel and places'];
const filmsOfATopic = 8;

interface Thing {
  readonly topic: string;
  readonly frames: Uint8Array[];
}

const things = new Map<string, Thing>();
for (const style of styles) {
  for await (const { members } of readShards(`data/emoji-7/unseen-${style}.tar`, root)) {
    const [json, picture] = [members.get('json'), members.get('webp')];
    if (json?.kind !== 'bytes' || picture?.kind !== 'bytes') continue;
    const { name, category } = JSON.parse(new TextDecoder().decode(json.bytes)) as { name: string; category: string };
    if (!topics.includes(category)) continue;
    const thing = things.get(name) ?? { topic: category, frames: [] };
    things.set(name, thing);
    thing.frames.push(picture.bytes);
  }
}

mkdirSync(folder, { recursive: true });
const lines: string[] = [];
for (const topic of topics) {
  const chosen = [...things].filter(([, thing]) => thing.topic === topic).slice(0, filmsOfATopic);
  for (const [name, { frames }] of chosen) {
    const file = `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.webp`;
    const still = await Promise.all(
      frames.map((bytes) => sharp(bytes).flatten({ background: '#ffffff' }).png().toBuffer()),
    );
    const film = await sharp(still, { join: { animated: true } })
      .webp({ quality: 70, loop: 0 })
      .toBuffer();
    writeFileSync(join(folder, file), film);
    lines.push(JSON.stringify({ film: `films/${file}`, name, topic }));
  }
}
writeFileSync(join(root, 'experiments/smoke/films.jsonl'), `${lines.join('\n')}\n`);
