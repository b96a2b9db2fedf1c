/**
 * Systems train on made-up samples at tiny sizes, and compute what the reference computes on every engine. These are the quick ones;
 * `npm run test:systems` takes all of them.
 */
import { describe, expect, it } from 'vitest';
import { randomSamples } from '../src/runtime/data/random/random-samples.ts';
import { createDataRoom } from '../src/runtime/data/data-room.ts';
import { compileOnRandomData } from './support/run-system.ts';
import { expectTrained, expectTrainedInTensorflow, hasTensorflow } from './support/expect-trained.ts';

/** Seconds on a quiet machine. */
const patience = 300_000;

describe.each(['coop', 'clip4clip', 'depthclip-learned'])('%s', (name) => {
  it(
    'trains two steps of every stage and is evaluated, on every engine as by the reference',
    async () => {
      await expectTrained(name);
    },
    patience,
  );
});

it.skipIf(!hasTensorflow)(
  'a system trains with its state in the graph of TensorFlow',
  async () => {
    await expectTrainedInTensorflow('coop');
  },
  patience,
);

describe('made-up samples', () => {
  it('are the same each time, and hold every word, every value asked for, and what is absent or unknown', async () => {
    const { program } = await compileOnRandomData('coop');
    const emoji = program?.data.find(({ name }) => name === 'emoji')?.source;
    if (program === undefined || emoji?.kind !== 'shards') throw new Error('coop reads no shards');
    const samples = await randomSamples(program, emoji);
    expect(await randomSamples(program, emoji)).toEqual(samples);
    const styles = samples.map(({ members }) => members.get('json.style'));
    const words = new Set(styles.map((style) => (style?.kind === 'value' ? style.value : undefined)));
    expect([...words]).toEqual(expect.arrayContaining(['openmoji', 'noto-v1', 'fxemoji', 'style 0']));
    const room = createDataRoom(program, { projectFolder: 'nowhere', seed: 0 });
    expect((await room.open('few')).count).toBeGreaterThanOrEqual(4);
    expect(await room.vocabulary('class')).toHaveLength(6);
    const { entries } = await room.vocabularyContent('class');
    expect(new Set(entries).size).toBe(6);
  });

  it('are absent where they may be, and unknown where the file says so', async () => {
    const { program } = await compileOnRandomData('clip-vil-direct');
    if (program === undefined) throw new Error('clip-vil-direct is no program');
    const room = createDataRoom(program, { projectFolder: 'nowhere', seed: 0 });
    const test = await room.open('test');
    const at = Array.from({ length: test.count }, (_, index) => index);
    const batch = await test.batch(at, ['votes'], 0);
    const present = [...(batch['votes.present']?.data ?? [])];
    const known = [...(batch['votes.mask']?.data ?? [])];
    expect(new Set(present)).toEqual(new Set([0, 1]));
    // a word that is not on the list is there, and unknown
    expect(known.some((value, entry) => value === 0 && present[entry] === 1)).toBe(true);
  });
});
