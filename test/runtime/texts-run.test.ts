/** Texts cut by tokenizers of the file's own, and by several: what reaches the graph, on a real engine. */
import { describe, expect, it } from 'vitest';
import { runSource } from './support/run-source.ts';

const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'a', 'red', 'ball', '##s', 'fall'];
const rows = ['a red ball', 'balls fall', 'a blue ball falls', ''];
const files = {
  'pieces.txt': `${pieces.join('\n')}\n`,
  'rows.jsonl': rows.map((said) => `${JSON.stringify({ said, refs: [said, 'a ball'] })}\n`).join(''),
};

/** [CLS] … [SEP], by hand. */
const ids = [
  [2, 4, 5, 6, 3],
  [2, 6, 7, 8, 3],
  [2, 4, 1, 6, 8, 7, 3],
  [2, 3],
];

const experiment =
  (declarations: string, metrics: string) =>
  (folder: string): string => `clipx 1
experiment texts
input said : text
input refs : text each reference(max: 3)
data d = jsonl("${folder}/rows.jsonl") { said: "said"  refs: "refs" }
tokenizer w = wordpiece("${folder}/pieces.txt", max: 7)
trainable param never : [] = 0
${declarations}
loss L = never ^ 2
minimize L
train on d { steps: 1  batch: 4  optimizer: sgd(lr: 0) }
evaluate on d { ${metrics} }
`;

const flat = ids.flat();

describe('a text cut by a tokenizer of the file', () => {
  it('is its pieces, masked behind the end', async () => {
    const { metrics, program } = await runSource(
      files,
      experiment(
        'let cut = w(said)',
        'metric total = sum(cut * 1.0)  metric count = sum(known(cut))  metric places = sum(cut * (index(w.token) + 1))  metric size = size(w.piece) * 1.0  metric listed = sum(known(w(refs)))',
      ),
    );
    expect(metrics['total']).toBe(flat.reduce((sum, id) => sum + id, 0));
    expect(metrics['count']).toBe(flat.length);
    expect(metrics['places']).toBe(ids.flatMap((row) => row.map((id, at) => id * (at + 1))).reduce((a, b) => a + b, 0));
    expect(metrics['size']).toBe(pieces.length);
    // every row and beside it "a ball", which is four pieces with its marks
    expect(metrics['listed']).toBe(flat.length + rows.length * 4);
    expect(program.tokenizers).toMatchObject([{ id: 'w', context: 7 }]);
  });
});

describe('a text that several tokenizers read', () => {
  it('is cut by each of them', async () => {
    const { metrics } = await runSource(
      files,
      experiment(
        `frozen encoder clip = clip("weights/clipx-tiny")
frozen encoder other = clip("weights/clipx-tiny", init: random)
prompt same over word = "{word}"
vocabulary word = ["a red ball", "balls fall", "a blue ball falls", "."]`,
        'metric gap = max(abs(clip.text(said)[batch: 0..2 as row] - clip.text(same)[word: 0..2 as row]))  metric far = max(abs(other.text(said) - clip.text(said)[clip.joint as other.joint]))  metric total = sum(w(said) * 1.0)',
      ),
    );
    expect(metrics['gap']).toBeLessThan(1e-5);
    expect(metrics['far']).toBeGreaterThan(0.1);
    expect(metrics['total']).toBe(flat.reduce((sum, id) => sum + id, 0));
  });
});
