/** Every kind of figure from the file to the pages, against what its data say. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { FigureContent } from '../../src/runtime/records/figures/figure-content.ts';
import { clipx, newFolder } from './support.ts';

const text = `clipx 1

experiment shown "All kinds of figures"

axis xy = 2
axis stroke: item = 3
axis point: position = 4
input picture : image(8)
input topic   : class(topic)
input x       : vector(xy)
input y       : scalar
input said    : text

data source = jsonl("data.jsonl") { picture: "picture"  topic: "topic"  x: "x"  y: "y"  said: "said" }
data val    = jsonl("data.jsonl") like source

vocabulary topic from source.topic

trainable module C = linear(xy -> topic)
trainable param lines: [stroke, point, xy] = normal(0.1)
let s = C(x)
let p = softmax(s, over: topic)

loss L_c = mean(logsumexp(s, over: topic) - s[topic: topic])
loss L_p = mean(lines^2)
minimize L_c + L_p

train on source { steps: 3  batch: 4  optimizer: adam(lr: 1e-2) }
evaluate on val {
  metric accuracy = mean(argmax(s, over: topic) == topic) in %
  metric by_topic = mean(p, over: batch)
}

figure spread    = scatter(2 * y, y, by: topic)
figure shots     = samples(picture, topic, argmax(s, over: topic), said, count: 5)
figure confusion = heatmap(mean(p[topic as guessed], over: batch, by: topic))
figure numbers   = table(by_topic)
figure drawing   = strokes(lines, pen: 2)
figure grouped   = samples(y, topic, by: topic, count: 7)
figure turned    = table(mean(p[topic as guessed], over: batch, by: topic), over: topic)
figure sorted    = table(y, said, by: topic)
figure scores    = heatmap(p, by: topic, count: 6)
figure course    = strokes(lines, every: 2)

ablate rows { "no lines": { remove L_p, lines  minimize L_c } }
`;

const topics = ['left', 'above', 'slant'] as const;

async function project(): Promise<string> {
  const folder = newFolder('figures');
  mkdirSync(join(folder, 'pictures'));
  const lines: string[] = [];
  for (let index = 0; index < 12; index++) {
    const pixels = Buffer.alloc(8 * 8 * 3, Buffer.from([20 * index, 255, 0]));
    await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
      .png()
      .toFile(join(folder, 'pictures', `${index}.png`));
    lines.push(JSON.stringify({ picture: `pictures/${index}.png`, topic: topics[index % 3], x: [Math.sin(index), Math.cos(index)], y: index / 4, said: `number <${index}>` })); // prettier-ignore
  }
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'data.jsonl'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'shown.clipx'), text);
  return folder;
}

test('each kind is worked out of the samples of the set, drawn in the report of the run and beside the other row', async () => {
  const cwd = await project();
  const ran = await clipx(['run', 'shown.clipx', '--variants', 'all', '--backend', 'reference', '--progress', 'none'], { cwd }); // prettier-ignore
  expect(ran.code, ran.stderr).toBe(0);
  const names = readdirSync(join(cwd, 'runs'));
  const full = join(cwd, 'runs', names.find((name) => name.startsWith('shown-full')) ?? '');
  const content = (figure: string): FigureContent => {
    const file = readdirSync(join(full, 'figures')).find((name) => name.endsWith('.json') && name.includes(figure));
    return JSON.parse(readFileSync(join(full, 'figures', file ?? ''), 'utf8')) as FigureContent;
  };

  // all twelve, each twice what it is
  const spread = content('spread');
  const [twice, once, topic] = ['spread 0', 'spread 1', 'spread 2'].map((id) => spread.tensors[id]?.data ?? []);
  expect(once).toEqual(Array.from({ length: 12 }, (_, index) => index / 4));
  expect(twice).toEqual(once?.map((value) => 2 * (value ?? 0)));
  expect(topic?.map((value) => value)).toHaveLength(12);

  // five of the twelve, spread over them, each with its own picture, word and text
  const shots = content('shots');
  const said = (shots.texts['said'] ?? []).map(([only]) => Number(/\d+/.exec(only ?? '')?.[0]));
  expect(said).toHaveLength(5);
  expect(new Set(said).size).toBe(5);
  const picture = shots.tensors['shots 0'];
  expect(picture?.shape).toEqual([5, 8, 8, 3]);
  for (const [index, sample] of said.entries())
    expect(picture?.data[index * 8 * 8 * 3]).toBeCloseTo((20 * sample) / 255, 5);

  const { document } = parseHTML(readFileSync(join(full, 'report.html'), 'utf8'));
  const figures = new Map([...document.querySelectorAll('figure')].map((it) => [it.querySelector('h3')?.textContent ?? '', it])); // prettier-ignore
  const cards = [...(figures.get('shots')?.querySelectorAll('.samples > div') ?? [])];
  expect(cards).toHaveLength(5);
  for (const [index, card] of cards.entries()) {
    const sample = said[index] ?? 0;
    const [truth, found] = [...card.querySelectorAll('span')].map((it) => it.textContent ?? '');
    expect(truth).toBe(topics[sample % 3]);
    // marked where the guess is not what is true
    expect(found?.startsWith('✘')).toBe(found?.replace('✘ ', '') !== truth);
    const bytes = Buffer.from((card.querySelector('img')?.getAttribute('src') ?? '').replace('data:image/png;base64,', ''), 'base64'); // prettier-ignore
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, ...data.subarray(0, 3)]).toEqual([8, 8, 20 * sample, 255, 0]);
  }
  expect(figures.get('shots')?.innerHTML).toContain(`number &lt;`);

  // the words of the axis, and of the one that renames it
  const confusion = figures.get('confusion')?.querySelector('svg')?.textContent ?? '';
  for (const word of topics) expect(confusion.split(word)).toHaveLength(3);
  const rows = [...(figures.get('numbers')?.querySelectorAll('tbody tr') ?? [])].map((it) => it.querySelector('td')?.textContent); // prettier-ignore
  expect(new Set(rows)).toEqual(new Set<string>(topics));
  const shares = [...(figures.get('numbers')?.querySelectorAll('td.number') ?? [])].map((it) => Number(it.textContent));
  expect(shares.reduce((sum, it) => sum + it, 0)).toBeCloseTo(1, 2);
  // three strokes of four points are cubic curves
  const paths = [...(figures.get('drawing')?.querySelectorAll('svg path') ?? [])].map((it) => it.getAttribute('d') ?? ''); // prettier-ignore
  expect(paths).toHaveLength(3);
  for (const path of paths) expect(path).toMatch(/^M[\d.-]+ [\d.-]+C([\d.-]+ ?){6}$/);
  expect(figures.get('spread')?.querySelectorAll('.legend span')).toHaveLength(3);
  expect(readdirSync(join(full, 'figures'))).toEqual(expect.arrayContaining(['spread.svg', 'confusion.svg', 'drawing.svg'])); // prettier-ignore

  // samples of one word below its name, in the order of the words
  const grouped = [...(figures.get('grouped')?.querySelectorAll('.samples > *') ?? [])];
  const order = grouped.flatMap((it) => (it.tagName === 'H4' ? [it.textContent ?? ''] : []));
  expect(order).toEqual(['above', 'left', 'slant']);
  let group = '';
  for (const it of grouped) {
    if (it.tagName === 'H4') group = it.textContent ?? '';
    else expect([...it.querySelectorAll('span')].at(-1)?.textContent).toBe(group);
  }
  expect(grouped.filter((it) => it.tagName === 'DIV')).toHaveLength(7);

  // a row for each guess where the other figure has one for each topic
  const cellsOf = (name: string): string[][] =>
    [...(figures.get(name)?.querySelectorAll('tbody tr') ?? [])].map((row) => [...row.querySelectorAll('td')].map((it) => it.textContent ?? '')); // prettier-ignore
  const heads = [...(figures.get('turned')?.querySelectorAll('th') ?? [])].map((it) => it.textContent);
  expect(heads).toEqual(['topic', 'above', 'left', 'slant']);
  const means = content('confusion').tensors['confusion 0']?.data ?? [];
  for (const [guess, row] of cellsOf('turned').entries())
    for (const [at, cell] of row.slice(1).entries()) expect(Number(cell)).toBeCloseTo(means[at * 3 + guess] ?? 0, 3);

  // all twelve samples in three runs of four, whose texts say which topic they are of
  const sorted = cellsOf('sorted');
  expect(sorted).toHaveLength(12);
  expect(sorted.map(([name]) => name).filter((name) => name !== '')).toEqual(['above', 'left', 'slant']);
  expect(sorted.map((row) => Number(/\d+/.exec(row.at(-1) ?? '')?.[0]) % 3)).toEqual([
    1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2,
  ]);
  expect(figures.get('scores')?.querySelector('svg')?.textContent).toContain('above');

  // at steps 0 and 2, and what three steps left; that is the first figure's drawing
  const course = [...(figures.get('course')?.querySelectorAll('.samples > div') ?? [])];
  expect(course.map((it) => it.lastElementChild?.textContent)).toEqual(['step 0', 'step 2', 'at the end']);
  const drawn = course.map((it) => it.querySelector('path')?.getAttribute('d'));
  expect(new Set(drawn).size).toBe(3);
  const left =
    readdirSync(join(full, 'figures')).find((name) => /course.*\.json$/.test(name) && !name.includes('step')) ?? '';
  const { tensors } = JSON.parse(readFileSync(join(full, 'figures', left), 'utf8')) as FigureContent;
  expect(tensors['course 0']).toEqual(content('drawing').tensors['drawing 0']);

  // a row shows what it still has
  const study = parseHTML(readFileSync(join(cwd, 'runs', 'shown-study', 'report.html'), 'utf8')).document;
  const section = (title: string): readonly (string | null)[] => {
    const found = [...study.querySelectorAll('section')].find((it) => it.querySelector('h3')?.textContent === title);
    return [...(found?.querySelectorAll('figure > h3') ?? [])].map((it) => it.textContent);
  };
  expect(section('confusion')).toEqual(['full', 'no lines']);
  expect(section('drawing')).toEqual(['full']);
}, 120_000);
