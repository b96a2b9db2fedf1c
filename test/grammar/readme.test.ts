import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hardWordTypes, nounTypes, unitWords, wordTypes } from '../../grammar/tokens.ts';
import { compile } from '../../src/compiler/compile.ts';
import { parse } from '../../src/compiler/parse/parse.ts';
import { sourceFile } from '../../src/compiler/source/source-file.ts';
import { print } from '../../src/compiler/syntax/print.ts';
import { repository } from '../support/fixtures.ts';

const page = readFileSync(new URL('../../grammar/README.md', import.meta.url), 'utf8');

it('shows files that parse and are formatted', () => {
  const blocks = [...page.matchAll(/```clipx\n([^`]*)```/g)].map(([, text = '']) => text);
  expect(blocks.length).toBeGreaterThan(0);
  for (const text of blocks) {
    const { file, diagnostics } = parse(sourceFile('README.md', text));
    expect(diagnostics).toEqual([]);
    expect(print(file)).toBe(text);
  }
});

it('shows files that check, with every row and point', () => {
  for (const [, text = ''] of page.matchAll(/```clipx\n([^`]*)```/g)) {
    const request = { path: 'README.clipx', text, host: repository, until: 'check' } as const;
    const full = compile(request);
    const variants = (full.checked?.rows ?? []).map((row) => compile({ ...request, row: row.label }));
    const errors = [full, ...variants].flatMap((each) =>
      each.diagnostics.filter(({ severity }) => severity === 'error'),
    );
    expect(errors).toEqual([]);
  }
});

/** The words that the page lists behind `*kind*`. */
function listed(kind: string): string[] {
  return (new RegExp(`\\*${kind}\\* .*?: ([a-z ]+)[.,]`).exec(page)?.[1] ?? '').trim().split(' ').toSorted();
}

it('lists the words of the lexer', () => {
  expect(listed('Hard')).toEqual([...hardWordTypes.keys()].toSorted());
  expect(listed('Nouns')).toEqual([...nounTypes.keys()].toSorted());
  const units = new Set<string>(unitWords);
  const soft = [...wordTypes.keys()].filter((word) => !hardWordTypes.has(word) && !nounTypes.has(word) && !units.has(word));
  expect(listed('Soft')).toEqual(soft.toSorted());
  for (const unit of unitWords) expect(page).toContain(`${unit} `);
}); // prettier-ignore

/** Forms that the statement table shows, completed to statements. */
it.each([
  'axis joint = 512',
  'axis slot: position = 16',
  'axis sign: item = [pos, neg]',
  'use "file.clipx" { a, b as c }',
  'remove x, y',
  'set train.batch = 32',
  'input x : frames(12, size: 64, pick: uniform) each ref(max: 5)',
  'input x : optional audio(16 kHz, max: 5 s)',
  'data a, b = split(d, 80 % / 20 %, by: id)',
  'data a = b |> filter(x == 1) |> few_shot(4, per: label) |> sample(10 %) |> except(b) |> mark(test)',
  'augment (a, y) = (x, label) |> crop(0.5..1)',
  'augment [view: 4] v = x |> choose(2, of: [f, g]) |> maybe(0.5, op)',
  'vocabulary degree from -60..60',
  'vocabulary class from d.label { base: first 50 %  new: rest }',
  'tokenizer w = wordpiece("p", max: 32)',
  'prompt seven(v) = ["itap of a {v}."]',
  'frozen encoder e = from clip.text.blocks[0..3]',
  'frozen encoder e = from run("pretrain")',
  'frozen param p : [context: 16, clip.text.width] = normal(0.02) { lr: 1 }',
  'weight λ = ramp(0 -> 1, over: 5 epochs)',
  'train on d over class[base] { no_decay: [bias, norm] optimizer(E): sgd(lr: 1) stop: patience(3) restarts: 3 keep best memory: 8 GiB }',
  'evaluate on base: test over class[base], new: test over class[new] { every: 1 epoch draws: 5 of view }',
  'sweep { λ2: [0, 0.5, 1] } keep max(m)',
  'expect error of full < error of "L_g only" within 0.5 %',
  'expect m at stage > m at other',
  'let (v, i) = top(k, s, over: other as rank)',
  'let s = concat(t, f, along: frame as slot) + x[token: 1..47 as step] + stack(a, b) as view',
  'let s = mean(sum(p * (log(p) - log(q + 1e-8)), over: other))',
  'let a = index(height, like: x) + redraw(x) + (e on d)',
])('reads %s', (text) => {
  const faults = parse(sourceFile('a.clipx', text)).diagnostics.filter(({ code }) => code !== 'CX1014');
  expect(faults).toEqual([]);
});
