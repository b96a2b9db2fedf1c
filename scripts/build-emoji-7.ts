/**
 * Makes `data/emoji-7/`: seven drawing styles of the same thousand names, with captions, as WebDataset shards.
 * Run with `npx tsx scripts/build-emoji-7.ts`. Two runs with the same packages give the same tar streams.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import sharp from 'sharp';
import tar from 'tar-stream';
import { stream } from '../src/runtime/random.ts';
import { captionsOf } from './emoji-7/captions.ts';
import { readConcepts, styles, type Concept, type Style } from './emoji-7/concepts.ts';
import { packageVersion, readLicences } from './emoji-7/licences.ts';
import { heldOut } from './emoji-7/split.ts';

const heldOutConcepts = 150;
const pixels = 48;
const folder = new URL('../data/emoji-7/', import.meta.url);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Member {
  readonly name: string;
  readonly bytes: Buffer;
}

await build();

async function build(): Promise<void> {
  const concepts = readConcepts();
  const unseen = heldOut(concepts, heldOutConcepts);
  const licences = readLicences();
  rmSync(new URL('LICENSES/', folder), { recursive: true, force: true });
  mkdirSync(new URL('LICENSES/', folder), { recursive: true });

  const shards = [];
  for (const split of ['seen', 'unseen']) {
    for (const style of styles) {
      const members: Member[] = [];
      for (const concept of concepts) {
        if (unseen.has(concept.slug) !== (split === 'unseen')) continue;
        members.push(...(await sampleMembers(concept, style)));
      }
      const content = await packTar(members);
      const file = `${split}-${style.id}.tar.gz`;
      const bytes = gzipSync(content, { level: 9 });
      writeFileSync(new URL(file, folder), bytes);
      shards.push({
        file,
        split,
        style: style.id,
        samples: members.length / 2,
        bytes: bytes.length,
        sha256: sha256(bytes),
        contentSha256: sha256(content),
        licence: style.id,
      });
      process.stdout.write(`${file}: ${members.length / 2} samples, ${bytes.length} bytes\n`);
    }
  }
  for (const { licence, text } of licences) writeFileSync(new URL(licence.notice, folder), text);

  const names = (side: boolean): string[] =>
    concepts.filter((concept) => unseen.has(concept.slug) === side).map((concept) => concept.name);
  const manifest = {
    schema: 'clipx.data-manifest/1',
    name: 'emoji-7',
    title: 'The same thousand things drawn in seven styles',
    builder: {
      script: 'scripts/build-emoji-7.ts',
      inputs: Object.fromEntries(
        [...styles.map((style) => `@iconify-json/${style.id}`), 'emojilib', 'emojibase-data', 'sharp'].map((name) => [
          name,
          packageVersion(name),
        ]),
      ),
    },
    fields: {
      webp: `${pixels} x ${pixels} RGB picture on white`,
      'json.name': 'the name, for example "dog face"',
      'json.captions': 'eight captions; the first says "a drawing of a" and the name, no more',
      'json.style': `one of ${styles.map((style) => style.id).join(', ')}`,
      'json.category': 'one of eight coarse kinds, for example "animals and nature"',
      'json.keywords': 'up to eight further words, the surest first',
    },
    samples: shards.reduce((sum, shard) => sum + shard.samples, 0),
    concepts: { seen: names(false), unseen: names(true) },
    shards,
    licences: licences.map(({ licence }) => licence),
  };
  const schema = JSON.parse(readFileSync(new URL('../schemas/data-manifest.json', import.meta.url), 'utf8')) as object;
  const validate = new Ajv({ allErrors: true }).compile(schema);
  if (!validate(manifest)) throw new Error(`the manifest breaks its schema: ${JSON.stringify(validate.errors)}`);
  writeFileSync(new URL('manifest.json', folder), `${JSON.stringify(manifest, null, 1)}\n`);
  const total = shards.reduce((sum, shard) => sum + shard.bytes, 0);
  process.stdout.write(`${concepts.length} concepts, ${manifest.samples} samples, ${total} bytes\n`);
}

/** The two members of a sample, or none where the style does not draw the concept. */
async function sampleMembers(concept: Concept, style: Style): Promise<Member[]> {
  const drawing = concept.drawings.get(style.id);
  if (drawing === undefined) return [];
  // Drawn at twice the size and averaged down: librsvg's own antialiasing is coarse on hair lines.
  const rendered = await sharp(Buffer.from(drawing), { density: 144 })
    .resize(pixels, pixels, { kernel: 'cubic' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha()
    .webp({ quality: 72, effort: 6 })
    .toBuffer();
  const random = stream(0, `captions:${concept.slug}:${style.id}`);
  const description = {
    name: concept.name,
    captions: captionsOf(concept, style, random),
    style: style.id,
    category: concept.category,
    keywords: concept.keywords,
  };
  const key = `${style.id}/${concept.slug}`;
  return [
    { name: `${key}.json`, bytes: Buffer.from(JSON.stringify(description)) },
    { name: `${key}.webp`, bytes: rendered },
  ];
}

/** A tar whose bytes depend on nothing but the members: no time, no owner, one mode. */
async function packTar(members: readonly Member[]): Promise<Buffer> {
  const pack = tar.pack();
  const chunks: Buffer[] = [];
  const done = (async () => {
    for await (const chunk of pack) chunks.push(Buffer.from(chunk as Uint8Array));
  })();
  for (const { name, bytes } of members) {
    pack.entry({ name, size: bytes.length, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) }, bytes);
  }
  pack.finalize();
  await done;
  return Buffer.concat(chunks);
}
