/** What tensors start from when a run works it out: draws within a formula, and pictures. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/runtime/checkpoint.ts';
import { stream } from '../../src/runtime/random.ts';
import { runPaths } from '../../src/runtime/records/run-folder.ts';
import { initialiseParameters } from '../../src/runtime/weights/initialise.ts';
import { temporaryFolder } from './support/run-tiny.ts';
import { runText } from './support/run-text.ts';

const source = (params: string, train = ''): string => `clipx 1
experiment starts
axis k: item = 4
input x : vector(k)
data seen = jsonl("FOLDER/seen.jsonl") { x: "x" }
${params}
loss L = mean((x - p) ^ 2)
minimize L
train on seen { steps: 1  batch: 1  optimizer: sgd(lr: 0)  ${train} }
evaluate on seen { best: min(far)  metric far = mean((x - p) ^ 2) }
`;

async function started(params: string, seed = 1) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'seen.jsonl'), JSON.stringify({ x: [0, 0, 0, 0] }));
  const ran = await runText(folder, source(params), { seed });
  const checkpoint = await readCheckpoint(runPaths(ran.folder).checkpoint);
  return { ...ran, value: (name: string): number[] => [...(checkpoint?.parameters.get(name) ?? [])] };
}

describe('a start that draws within a formula', () => {
  it('is worked out once, from the streams of the run', async () => {
    const { program, value } = await started('trainable param p : [k] = 0.5 + 2 * shuffle(index(k), over: k)');
    const init = program.parameters.find(({ name }) => name === 'p.value')?.init;
    if (init?.kind !== 'formula') throw new Error(`starts as ${init?.kind}`);
    const [drawn] = Object.values(init.inputs);
    if (drawn?.kind !== 'random') throw new Error('draws nothing');
    expect(value('p.value')).toEqual([...stream(1, drawn.stream).permutation(4, 0)].map((at) => 0.5 + 2 * at));
  });

  it('is another one with another seed, and for each restart', async () => {
    const params = 'trainable param p : [k] = 1 + uniform([k])';
    const [first, other] = [await started(params), await started(params, 2)];
    expect(first.value('p.value').every((number) => number >= 1 && number < 2)).toBe(true);
    expect(first.value('p.value')).not.toEqual(other.value('p.value'));
    const drawn = ['', '#1'].map((draw) => initialiseParameters(first.program.parameters, 1, '.', [], new Map(), draw).get('p.value')); // prettier-ignore
    expect([...(drawn[0] ?? [])]).toEqual(first.value('p.value'));
    expect(drawn[1]).not.toEqual(drawn[0]);
  });
});

describe('a start from a picture', () => {
  it('has its colours in 0..1, or its greys', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'flag.png');
    const pixels = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 51, 102, 204]);
    await sharp(pixels, { raw: { width: 2, height: 2, channels: 3 } })
      .png()
      .toFile(path);
    const { value } = await started(`trainable param flag : [height: 2, width: 2, channel: 3] = image("${path}")
trainable param grey : [height: 2, width: 2] = image("${path}")
let p = mean(flag) + mean(grey) + 0 * index(k)`);
    value('flag.value').forEach((number, at) => expect(number).toBeCloseTo((pixels[at] ?? 0) / 255, 6));
    const greys = [0.2126, 0.7152, 0.0722, (0.2126 * 51 + 0.7152 * 102 + 0.0722 * 204) / 255];
    value('grey.value').forEach((number, at) => expect(number).toBeCloseTo(greys[at] ?? NaN, 6));
  });
});
