/**
 * The tokenizers of a package against those of clipx and of OpenAI, id for id: CLIP's whole vocabulary by its two names, and the files of a
 * checkpoint's folder. Experiments with them train as by onnxruntime.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTokenizer } from '../../src/runtime/data/open-tokenizer.ts';
import { readRun } from '../../src/runtime/records/run-folder.ts';
import { clipx, newFolder } from '../cli/support.ts';
import { wordsBesidePictures, writeColouredPictures } from '../support/coloured-pictures.ts';
import { oracle, oraclesFolder } from '../support/oracles.ts';
import { findPython, runPython } from './support/python.ts';

const python = findPython();

/** `test/oracles/make/make_tokenizer.py`: OpenAI's and open_clip's own code. */
const { rows } = oracle('tokenizer').json('tokenizer.json') as {
  readonly rows: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly truncated?: readonly number[];
    readonly openClipIds?: readonly number[];
  }[];
};
/** Where transformers would cut otherwise: marks beside signs, letters that HTML's references leave apart, the long s, spaces of Python's. */
const hard = [
  'a!<|endoftext|>?',
  '<|ENDOFTEXT|>',
  '<end_of_text>_',
  '<|<|startoftext|>',
  'cafe&#x301;',
  "it'ſ",
  'a\u001cb\ufeffc',
  'ΑΣ ΟΔΟΣ.',
  'x&amp;lt;y',
  '[SEP] a [sep] b',
  'שָׁלוֹם',
  '日本語 text',
  '～a～ｆｕｌｌ ﬁne ½ ²',
  '\ufeff a\u2028b\u2029c\u0085d\u00ade\u200bf',
  '  a  b\t',
  'naïve café É',
  'a▁b ▁',
];
const texts = [...rows.map(({ text }) => text), ...hard];

/** Room for every one of them. */
const context = 2048;

const source = (encoder: string): string =>
  wordsBesidePictures('Words beside pictures', encoder, "A {colour} picture&amp;#33; isn't it <|endoftext|>", 'steps: 6  batch: 4  optimizer: sgd(lr: 1e-2)'); // prettier-ignore

/** The tower of `test/oracles/clip-vit-tiny` in its folder; ours around CLIP's own words, and around open_clip's. */
const towers = (tokenizer: string): string =>
  `clip(joint: 16, image: vit(size: 32, patch: 16, width: 16, layers: 1, heads: 2), text: text_transformer(context: 32, width: 16, layers: 1, heads: 2, tokenizer: ${tokenizer}))`;
const encoders = {
  folder: 'clip("weights/tiny")',
  clip: towers('clip'),
  open_clip: towers('open_clip'),
};

/** Tokenizers of the file: of word pieces, of pairs of bytes and of SentencePiece. */
const own = `clipx 1

experiment words "Words of tokenizers of one's own"

use "library/losses.clipx" { cross_entropy, accuracy }

input said   : text
input colour : class(colour)

data shown       = jsonl("pictures.jsonl") { said: "said"  colour: "colour" }
data train, seen = split(shown, 50 % / 50 %)

vocabulary colour = ["red", "green", "blue", "grey"]

axis width = 8

tokenizer lower = wordpiece("pieces.txt", max: 24)
tokenizer cased = wordpiece("pieces.txt", max: 24, lower: off)
tokenizer bytes = bpe("bytes.json", max: 24)
tokenizer parts = sentencepiece("spiece.model", max: 24)

trainable module of_lower = embedding(lower.piece -> width)
trainable module of_cased = embedding(cased.piece -> width)
trainable module of_bytes = embedding(bytes.piece -> width)
trainable module of_parts = embedding(parts.piece -> width)
trainable module head     = linear(width -> colour)

let words = mean(of_lower(lower(said)), over: token) + mean(of_cased(cased(said)), over: token)
let marks = mean(of_bytes(bytes(said)), over: token) + mean(of_parts(parts(said)), over: token)
let s     = head(words + marks)

loss L = cross_entropy(s, colour, over: colour)
minimize L

train on train {
  steps: 6
  batch: 4
  optimizer: sgd(lr: 1e-2)
}

evaluate on seen {
  metric right = accuracy(s, colour, over: colour) in %
}
`;

const experiments = {
  ...Object.fromEntries(Object.entries(encoders).map(([name, encoder]) => [name, source(encoder)])),
  own,
};

const ownFiles = {
  lower: 'wordpiece/pieces.txt',
  cased: 'wordpiece/pieces.txt',
  bytes: 'wordpiece/bytes.json',
  parts: 'sentencepiece/spiece.model',
};

const root = newFolder('pytorch-words');

beforeAll(async () => {
  if (python === undefined) return;
  writeFileSync(join(root, 'clipx.json'), '{}');
  await writeColouredPictures(root, 32, (colour, at) => ({
    background: { r: (at * 53) % 256, g: (at * 91) % 256, b: (at * 17) % 256 },
    row: { colour, said: `A ${colour} Picture, isn't it? ${at}` },
  }));
  const [weights, tiny] = [join(root, 'weights/tiny'), join(oraclesFolder, 'clip-vit-tiny')];
  mkdirSync(weights, { recursive: true });
  // our marks have other ids than those of the model
  const config = JSON.parse(readFileSync(join(tiny, 'hf_config.json'), 'utf8')) as { readonly text_config: object };
  writeFileSync(join(weights, 'config.json'), JSON.stringify({ ...config, text_config: { ...config.text_config, bos_token_id: 0, eos_token_id: 1 } })); // prettier-ignore
  copyFileSync(join(tiny, 'weights.hf.safetensors'), join(weights, 'model.safetensors'));
  // its padding is said beside it, as transformers does
  writeFileSync(join(weights, 'tokenizer_config.json'), JSON.stringify({ pad_token: '<|endoftext|>' }));
  runPython(python, [join(import.meta.dirname, 'support', 'make_tokenizer.py'), join(weights, 'tokenizer.json'), '512']); // prettier-ignore
  writeFileSync(join(root, 'texts.json'), JSON.stringify(texts));
  for (const path of Object.values(ownFiles)) copyFileSync(join(oraclesFolder, path), join(root, basename(path)));
  for (const [name, text] of Object.entries(experiments)) {
    writeFileSync(join(root, `${name}.clipx`), text);
    const { code, stderr } = await clipx(['compile', `${name}.clipx`, '--emit', 'pytorch', '-o', `${name}_package`], { cwd: root }); // prettier-ignore
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
}, 600_000);

/** Ids of all texts, padded, by a tokenizer of a package; nothing else is there. */
function byPackage(name: string, tokenizer = 'clip.text'): readonly (readonly number[])[] {
  const script = join(import.meta.dirname, 'support', 'cut_texts.py');
  const said = runPython(python ?? '', [script, join(root, `${name}_package`), join(root, 'texts.json'), String(context)]); // prettier-ignore
  return (JSON.parse(said) as Readonly<Record<string, number[][]>>)[tokenizer] ?? [];
}

const padded = (ids: readonly number[]): readonly number[] => [
  49406,
  ...ids,
  49407,
  ...Array.from({ length: context - ids.length - 2 }, () => 0),
];

describe.skipIf(python === undefined)('the tokenizers of a package', () => {
  it("cut as OpenAI's and open_clip's code", () => {
    expect(byPackage('clip').slice(0, rows.length)).toEqual(rows.map(({ ids }) => padded(ids)));
    expect(byPackage('open_clip').slice(0, rows.length)).toEqual(
      rows.map(({ ids, openClipIds }) => padded(openClipIds ?? ids)),
    );
  });

  it.each(['clip', 'open_clip'])('cut what is hard to cut as clipx does: %s', (path) => {
    const ours = openTokenizer({ id: 'clip.text', path, context }, root);
    expect(byPackage(path).slice(rows.length)).toEqual(hard.map((text) => padded(ours.pieces(text))));
  });

  it('cut and pad as clipx does by the files of a folder', () => {
    const ours = openTokenizer({ id: 'clip.text', path: 'weights/tiny/tokenizer.json', context }, root);
    const { ids } = ours.encode(texts);
    expect(ours.padding).toBe(1);
    expect(byPackage('folder')).toEqual(texts.map((_, row) => [...ids.subarray(row * context, (row + 1) * context)]));
  });

  it.each(Object.entries(ownFiles))("cut and pad by a list of pieces, a table and a model of one's own as clipx does: %s", (id, file) => {
    const path = basename(file);
    const kind = id === 'bytes' ? 'bpe' : id === 'parts' ? 'sentencepiece' : 'wordpiece';
    const cut = { kind, path, context, lower: id !== 'cased' } as const;
    const { ids } = openTokenizer({ id, path, context, cut }, root).encode(texts);
    expect(byPackage('own', id)).toEqual(texts.map((_, row) => [...ids.subarray(row * context, (row + 1) * context)]));
  }); // prettier-ignore
});

describe.skipIf(python === undefined)('a checkpoint that ends texts by another id than its tokenizer', () => {
  it.each(['plan', 'package'])('is told before anything is computed: %s', async (way) => {
    cpSync(join(root, 'weights/tiny'), join(root, 'weights/other'), { recursive: true });
    copyFileSync(join(oraclesFolder, 'clip-vit-tiny/hf_config.json'), join(root, 'weights/other/config.json'));
    writeFileSync(join(root, 'other.clipx'), source('clip("weights/other")'));
    if (way === 'package')
      await clipx(['compile', 'other.clipx', '--emit', 'pytorch', '-o', 'other_package'], { cwd: root });
    const { code, said } = way === 'package' ? byPython('other_package') : await byClipx([way, 'other.clipx']);
    expect(code).toBe(3);
    expect(said).toContain('error[CX8110]: tokenizer weights/other/tokenizer.json ends a text with the id 1, and `clip.text` reads its feature at the id 511'); // prettier-ignore
    expect(said).toContain('`eos_token_id`');
  });
});

describe.skipIf(python === undefined)('a table that is shorter than the ids of its tokenizer', () => {
  it.each(['plan', 'run', 'package'])('is told before anything is computed: %s', async (way) => {
    const encoder = towers('"weights/tiny/tokenizer.json", vocabulary: 100');
    writeFileSync(join(root, 'short.clipx'), source(encoder));
    if (way === 'package')
      await clipx(['compile', 'short.clipx', '--emit', 'pytorch', '-o', 'short_package'], { cwd: root });
    const ids = 1 + Math.max(...Object.values((JSON.parse(readFileSync(join(root, 'weights/tiny/tokenizer.json'), 'utf8')) as { readonly model: { readonly vocab: Readonly<Record<string, number>> } }).model.vocab)); // prettier-ignore
    const { code, said } = way === 'package' ? byPython('short_package') : await byClipx([way, 'short.clipx']);
    expect(code).toBe(3);
    expect(said).toContain(`error[CX8110]: tokenizer weights/tiny/tokenizer.json has ${ids} ids, and the table of \`clip.text\` 100 entries`); // prettier-ignore
    expect(said).toContain(`vocabulary: ${ids}`);
  });
});

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

async function byClipx(words: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await clipx(words, { cwd: root });
  return { code, said: stdout + stderr };
}

function byPython(name: string): Ended {
  const { status, stdout, stderr } = spawnSync(python ?? '', ['-m', `${name}.train`, '--device', 'cpu', '--data-root', root, '--runs', join(root, 'refused')], { cwd: root, encoding: 'utf8' }); // prettier-ignore
  return { code: status, said: stdout + stderr };
}

interface Told {
  readonly losses: readonly number[];
  readonly metrics: readonly (number | null)[];
}

/** What the last run in this folder said of itself. */
async function lastRun(runs: string): Promise<Told> {
  const folders = readdirSync(join(root, runs)).map((name) => join(root, runs, name));
  const [latest = ''] = folders.sort((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
  const { events } = await readRun(latest);
  return {
    losses: events.flatMap((event) => (event.event === 'step' ? event.terms.map(({ raw }) => raw ?? Number.NaN) : [])),
    metrics: events.flatMap((event) => (event.event === 'eval' ? event.metrics.map(({ value }) => value) : [])),
  };
}

describe.skipIf(python === undefined)('an experiment with such words', () => {
  it.each(Object.keys(experiments))('of %s trains as by onnxruntime', async (name) => {
    const { code, stderr } = await clipx(['run', `${name}.clipx`, '--progress', 'none', '--backend', 'onnxruntime-node'], { cwd: root }); // prettier-ignore
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    runPython(python ?? '', ['-m', `${name}_package.train`, '--device', 'cpu', '--data-root', root, '--runs', join(root, 'by-pytorch')], root); // prettier-ignore
    const [ours, theirs] = await Promise.all([lastRun('runs'), lastRun('by-pytorch')]);
    expect(theirs.losses).toHaveLength(6);
    for (const [step, loss] of ours.losses.entries()) expect(Math.abs((theirs.losses[step] ?? Number.NaN) - loss)).toBeLessThan(1e-4 * Math.abs(loss)); // prettier-ignore
    expect(theirs.metrics).toEqual(ours.metrics);
  }); // prettier-ignore
});
