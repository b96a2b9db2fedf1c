/**
 * Makes `data/tokenizer/clip-small.json`: CLIP's byte-pair encoding with only those merges that our captions and an
 * ordinary vocabulary for prompts about pictures and faces need. On such texts it splits exactly as the whole one does.
 * Run with `npx tsx scripts/build-tokenizer.ts` after `build-emoji-7.ts`.
 */
import { writeFileSync } from 'node:fs';
import { readShards } from '../src/runtime/data/readers/shards.ts';
import { clipMerges } from '../src/runtime/data/clip-merges.ts';
import { tokenizerJson, usedMerges } from './tokenizer/clip-bpe.ts';
import { ordinaryTexts } from './tokenizer/words.ts';

const context = 32;
const project = new URL('..', import.meta.url).pathname;

const texts = [...ordinaryTexts(), ...(await emojiTexts())];
const merges = usedMerges(texts, clipMerges());
const path = 'data/tokenizer/clip-small.json';
writeFileSync(new URL(`../${path}`, import.meta.url), `${JSON.stringify(tokenizerJson(merges, context, 'clip'))}\n`);
process.stdout.write(`${path}: ${texts.length} texts, ${merges.length} merges, ${512 + merges.length + 2} ids\n`);

/** Names, categories and the words that several concepts share; a keyword of a single concept may fall into pieces. */
async function emojiTexts(): Promise<string[]> {
  const texts = new Set<string>();
  const concepts = new Map<string, Set<string>>();
  for await (const sample of readShards('data/emoji-7/{seen,unseen}-*.tar', project)) {
    const member = sample.members.get('json');
    if (member?.kind !== 'bytes') continue;
    const { name, category, captions } = JSON.parse(Buffer.from(member.bytes).toString('utf8')) as {
      readonly name: string;
      readonly category: string;
      readonly captions: readonly string[];
    };
    texts.add(name).add(category);
    for (const word of captions.flatMap((caption) => caption.split(/[^a-z]+/))) {
      const users = concepts.get(word) ?? new Set();
      concepts.set(word, users.add(name));
    }
  }
  for (const [word, users] of concepts) if (users.size > 1) texts.add(word);
  return [...texts];
}
