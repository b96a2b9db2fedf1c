/**
 * Texts that packages generate, word by word and measure by measure, against those of clipx: by the words of a list and its own scores, and by
 * those of a text tower; found greedily and by a beam, in one process and in two.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../../src/runtime/records/run-folder.ts';
import { bleu } from '../../src/runtime/texts/bleu.ts';
import { captionWords } from '../../src/runtime/texts/caption-words.ts';
import { cider } from '../../src/runtime/texts/cider.ts';
import { rougeL } from '../../src/runtime/texts/rouge-l.ts';
import { clipx, newFolder } from '../cli/support.ts';
import { writeColouredPictures } from '../support/coloured-pictures.ts';
import { oracle, oraclesFolder } from '../support/oracles.ts';
import { findPython, runPython } from './support/python.ts';

const python = findPython();

const head = (name: string): string => `clipx 1

experiment ${name} "Captions of coloured pictures"

use "library/losses.clipx" { cross_entropy }

input picture   : image(16)
input caption   : text(max: 16)
input references: text each reference(max: 3)
input scene     : id

data shown       = jsonl("pictures.jsonl") { picture: "picture"  caption: "captions[0]"  references: "captions"  scene: "scene" }
data train, seen = split(shown, 50 % / 50 %)

axis width = 12
`;

const tail = `
loss L = cross_entropy(p, next, over: KIND)
minimize L

train on train {
  steps: 30
  batch: 4
  optimizer: adam(lr: 0.02)
}

evaluate greedy on seen {
  every: 10 steps
  let said = generate(p, for: caption, max: 12)
  metric BLEU2  = bleu(said, references, n: 2) in %
  metric ROUGEL = rouge_l(said, references)
}
evaluate beams on seen {
  let said = generate(p, for: caption, beam: 3, penalty: 0.7)
  metric BLEU4  = bleu(said, references, by: scene) in %
  metric CIDEr  = cider(said, caption, by: scene)
  metric copied = rouge_l(caption, references) + mean(p)
}
`;

/** Scores of a list's pieces by a module of the file, which sees the colour of the picture. */
const listed = `${head('listed')}
tokenizer words = wordpiece("pieces.txt", max: 16)

module captioner() {
  layer table  = embedding(words.piece -> width)
  layer place  = positions(max: 16)
  layer blocks = transformer(layers: 1, heads: 2, causal: on)
  layer lift   = linear(width -> words.piece)
  forward(ids, seen) = lift(blocks(place(table(ids)) + seen))
}
trainable module look   = linear(channel -> width)
trainable module writer = captioner()

let colour = look(mean(picture, over: [height, width]))
let ids    = words(caption)
let given  = ids[token: 0..-2]
let next   = ids[token: 1..-1]
let p      = writer(given, colour)
${tail.replace('KIND', 'words.piece')}`;

/** Scores of a text tower's own pieces, by what it makes of the words before. */
const tower = `${head('tower')}
trainable encoder clip = clip(joint: 12, image: vit(size: 16, patch: 8, width: 12, layers: 1, heads: 2), text: text_transformer(context: 24, vocabulary: 600, width: 12, layers: 1, heads: 2, tokenizer: "words.json"))
trainable module  say  = linear(clip.joint -> clip.text.entry)

let w    = clip.text.tokens(caption) + clip.image(picture)
let next = clip.text.ids(caption)[token: 1..-1]
let p    = say(w)[token: 0..-2]
${tail.replace('KIND', 'clip.text.entry')}`;

const experiments = { listed, tower };
const root = newFolder('pytorch-texts');

beforeAll(async () => {
  if (python === undefined) return;
  writeFileSync(join(root, 'clipx.json'), '{}');
  await writeColouredPictures(root, 16, (colour, at) => ({
    background: { r: colour === 'red' ? 200 : 10 * at, g: colour === 'green' ? 220 : 30, b: colour === 'blue' ? 210 : 90 }, // prettier-ignore
    row: {
      scene: `s${at % 6}`,
      captions: [`a ${colour} dog runs`, `the man's ${colour} ball.`, `${colour}, a picture of it`].slice(at % 3),
    },
  }));
  copyFileSync(join(oraclesFolder, 'wordpiece/pieces.txt'), join(root, 'pieces.txt'));
  runPython(python, [join(import.meta.dirname, 'support', 'make_tokenizer.py'), join(root, 'words.json'), '600']);
  for (const [name, text] of Object.entries(experiments)) {
    writeFileSync(join(root, `${name}.clipx`), text);
    const { code, stderr } = await clipx(['compile', `${name}.clipx`, '--emit', 'pytorch', '-o', `${name}_package`], { cwd: root }); // prettier-ignore
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
}, 600_000);

interface Told {
  readonly metrics: readonly (number | null)[];
  readonly texts: readonly unknown[];
}

/** What the last run in this folder measured and generated. */
async function lastRun(runs: string): Promise<Told> {
  const folders = readdirSync(join(root, runs)).map((name) => join(root, runs, name));
  const [latest = ''] = folders.sort((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
  const { events } = await readRun(latest);
  const evaluations = events.flatMap((event) => (event.event === 'eval' ? [event] : []));
  return {
    metrics: evaluations.flatMap(({ metrics }) => metrics.map(({ value }) => value)),
    texts: evaluations.flatMap(({ texts }) => texts ?? []),
  };
}

describe.skipIf(python === undefined)('texts that a package generates', () => {
  it.each(Object.keys(experiments))('are those of clipx, and so are their measures: %s', async (name) => {
    const { code, stderr } = await clipx(['run', `${name}.clipx`, '--progress', 'none', '--backend', 'onnxruntime-node'], { cwd: root }); // prettier-ignore
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const ours = await lastRun('runs');
    const given = ['--device', 'cpu', '--data-root', root, '--runs'];
    runPython(python ?? '', ['-m', `${name}_package.train`, ...given, join(root, `one-${name}`)], root);
    const processes = ['-m', 'torch.distributed.run', '--nproc-per-node', '2', '--master-port', name === 'tower' ? '29731' : '29732'];
    runPython(python ?? '', [...processes, '-m', `${name}_package.train`, ...given, join(root, `two-${name}`)], root);
    for (const runs of [`one-${name}`, `two-${name}`]) {
      const theirs = await lastRun(runs);
      expect(theirs.texts).toEqual(ours.texts);
      expect(theirs.metrics).toHaveLength(ours.metrics.length);
      for (const [at, value] of ours.metrics.entries()) expect(theirs.metrics[at]).toBeCloseTo(value ?? Number.NaN, 3);
    }
    // the last ones say something
    expect(ours.texts.length).toBeGreaterThan(16);
    expect(JSON.stringify(ours.texts.slice(-8))).toMatch(/ball|dog|picture/);
  }, 600_000); // prettier-ignore
});

describe.skipIf(python === undefined)('the words of captions and their measures', () => {
  it('are counted as clipx does', () => {
    const { rows } = oracle('tokenizer').json('tokenizer.json') as { readonly rows: readonly { readonly text: string }[] }; // prettier-ignore
    const hard = ["Don't cannot “quote” ‘tis — it's 3.5/4 e-mail, 1,000's… the DOGS' (bowl)", 'naïve ÇA İstanbul 日本語 ½ x²', "y'all'd've a--b ...?!", 'शब्द हिन्दी', '12th-century 7up', 'a\u001cb\u0085c\ufeffd', '']; // prettier-ignore
    const texts = [...rows.map(({ text }) => text), ...hard];
    mkdirSync(join(root, 'counted'), { recursive: true });
    const [given, found] = [join(root, 'counted', 'texts.json'), join(root, 'counted', 'found.json')];
    writeFileSync(given, JSON.stringify(texts));
    runPython(python ?? '', [join(import.meta.dirname, 'support', 'count_words.py'), join(root, 'listed_package'), given, found], root); // prettier-ignore
    const { words, numbers } = JSON.parse(readFileSync(found, 'utf8')) as { readonly words: readonly (readonly string[])[]; readonly numbers: readonly number[] }; // prettier-ignore
    expect(words).toEqual(texts.map(captionWords));
    // each text beside the two that follow
    const judged = words.map((own, at) => ({ found: own, references: [words[(at + 1) % words.length] ?? [], words[(at + 2) % words.length] ?? []] })); // prettier-ignore
    const ours = [bleu(judged, 1), bleu(judged, 2), rougeL(judged), cider(judged)];
    for (const [at, value] of ours.entries()) expect(Math.abs((numbers[at] ?? Number.NaN) - value)).toBeLessThan(1e-12);
  });
});
