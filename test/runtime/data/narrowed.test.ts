/** A data set over a part of a vocabulary: the samples of its words, numbered within it, and texts over these words alone. */
import { expect, test } from 'vitest';
import type { DataPlan } from '../../../src/runtime/data/data-plan.ts';
import { createDataRoom } from '../../../src/runtime/data/data-room.ts';
import { path, plan, spec, temporaryProject, write } from './fixtures.ts';

const project = temporaryProject();
const animals = ['cat', 'dog', 'eel', 'fox'];
write(project, 'd.jsonl', animals.map((label) => JSON.stringify({ label, said: 'a' })).join('\n'));

/** A text of each sample and each animal: what was said, and how many legs that animal has. */
const columns: DataPlan['columns'] = [
  { kind: 'class', name: 'label', vocabulary: 'animal' },
  { kind: 'text', name: 'said', tokenizer: '' },
  {
    kind: 'text',
    name: 'sentence',
    tokenizer: 'clip',
    template: {
      templates: [
        [
          { kind: 'value', value: { kind: 'column', column: 'said' } },
          { kind: 'text', text: ' ' },
          { kind: 'value', value: { kind: 'words', vocabulary: 'animal', column: 'legs', at: { kind: 'entry', axis: 0 } } }, // prettier-ignore
        ],
      ],
      over: ['animal'],
      listed: false,
      vectors: [],
    },
  },
];

const of = (narrow: NonNullable<Parameters<typeof spec>[2]>['narrow']) => {
  const mapped = { label: path('label'), said: path('said') };
  const program = plan({
    columns,
    vocabularies: [
      { name: 'animal', entries: animals, groups: { odd: [1, 3] }, shares: { last: { from: 0.3, to: 1 } }, columns: { legs: [4, 5, 0, 7] } },
      { name: 'pet', entries: ['fox', 'dog', 'cat', 'eel', 'emu'], groups: {}, columns: { legs: [1, 2, 3, 4, 5] } },
    ],
    tokenizers: [{ id: 'clip', path: `${process.cwd()}/data/tokenizer/clip-small.json`, context: 6 }],
    data: [spec('d', { kind: 'jsonl', path: 'd.jsonl' }, { columns: mapped, ...(narrow === undefined ? {} : { narrow }) })],
  });
  return createDataRoom(program, { projectFolder: project, seed: 1 });
}; // prettier-ignore

test.each([
  ['all', undefined, [0, 1, 2, 3], [4, 5, 0, 7]],
  ['those of a group', { vocabulary: 'animal', group: 'odd' }, [0, 1], [5, 7]],
  ['those of a share', { vocabulary: 'animal', group: 'last' }, [0, 1], [0, 7]],
  ['other words in their place', { vocabulary: 'animal', words: 'pet' }, [2, 1, 3, 0], [1, 2, 3, 4, 5]],
] as const)('%s', async (_which, narrow, labels, legs) => {
  const room = of(narrow);
  const set = await room.open('d');
  const at = Array.from({ length: set.count }, (_, index) => index);
  const batch = await set.batch(at, ['label', 'sentence'], undefined);
  expect([...(batch['label']?.data ?? [])]).toEqual(labels);
  const { shape = [], data = [] } = batch['sentence.ids'] ?? {};
  expect(shape).toEqual([labels.length, legs.length, 6]);
  const first = Array.from({ length: legs.length }, (_, entry) => [...data.slice(entry * 6, entry * 6 + 6)]);
  expect(first).toEqual(legs.map((count) => [...room.tokenizer('clip').encode([`a ${count}`]).ids]));
});
