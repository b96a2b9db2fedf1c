/** The made-up samples of a program that was compiled for random data as files, for whoever reads files. */
import type { Program } from '../../../src/compiler/program/program.ts';
import type { TokenizerSpec } from '../../../src/compiler/program/tokenizer.ts';
import { randomSamples } from '../../../src/runtime/data/random/random-samples.ts';
import type { RawSample } from '../../../src/runtime/data/raw-sample.ts';
import { tarOf, write } from '../../runtime/data/fixtures.ts';

/** Writes them into `folder`: what in the program names files then names these. */
export async function samplesOnDisk(program: Program, folder: string): Promise<(own: Program) => Program> {
  const shards = new Map<string, string>();
  const { texts, vocabularies, columns } = program;
  const words = new Set(wordsOf(JSON.stringify({ texts, vocabularies, columns })));
  for (const { source } of program.data) {
    if (source.kind === 'same' || source.kind === 'split' || source.kind === 'mix' || shards.has(source.path)) continue;
    if (source.kind !== 'shards') throw new Error(`${source.kind} is not written as files`);
    const path = `data/${shards.size}.tar`;
    shards.set(source.path, path);
    const members: Record<string, string | Uint8Array> = {};
    for (const sample of await randomSamples(program, source)) Object.assign(members, filesOf(sample));
    for (const content of Object.values(members)) if (typeof content === 'string') wordsOf(content).forEach((word) => words.add(word));
    write(folder, path, await tarOf(members));
  }
  const tokenizers = program.tokenizers.map((spec) => tokenizerOnDisk(spec, words, folder));
  return (own) => ({
    ...own,
    data: own.data.map((spec) => ('path' in spec.source ? { ...spec, source: { ...spec.source, path: shards.get(spec.source.path) ?? '' } } : spec)),
    vocabularies: own.vocabularies.map(({ from, ...vocabulary }) => (from?.kind === 'columns' ? { ...vocabulary, from } : vocabulary)),
    tokenizers,
  });
} // prettier-ignore

/** `7.webp`, `7.json`. */
function filesOf({ key, members }: RawSample): Record<string, string | Uint8Array> {
  const files: Record<string, string | Uint8Array> = {};
  const json: Record<string, unknown> = {};
  for (const [path, member] of members) {
    if (path === '__key__') continue;
    const field = /^json\.([^.[]+)(\[0\])?$/.exec(path);
    if (member.kind === 'bytes') files[`${key}.${path}`] = member.bytes;
    else if (member.kind !== 'value') throw new Error(`${path} is a file`);
    else if (field?.[1] !== undefined) json[field[1]] = field[2] === undefined ? member.value : (json[field[1]] ?? [member.value]);
    else if (path === 'txt' && typeof member.value === 'string') files[`${key}.txt`] = member.value;
    else throw new Error(`${path} is not written as a file`);
  }
  return Object.keys(json).length === 0 ? files : { ...files, [`${key}.json`]: JSON.stringify(json) };
} // prettier-ignore

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Of words that the samples and the file have, as many as its table has room for. */
function tokenizerOnDisk({ random: _isRandom, cut: _cut, ...spec }: TokenizerSpec, words: ReadonlySet<string>, folder: string): TokenizerSpec {
  const entries = spec.entries ?? _cut?.pieces ?? 64;
  const path = `tokenizers/${spec.id}.json`;
  const marks = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const names = [...marks, ...[...words].sort()].slice(0, entries);
  const file = {
    added_tokens: marks.map((content, id) => ({ id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false })),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    padding: { pad_id: 0 },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: Object.fromEntries(names.map((name, id) => [name, id])) },
  };
  write(folder, path, JSON.stringify(file));
  return { ...spec, path };
} // prettier-ignore
