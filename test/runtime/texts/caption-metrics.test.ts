/** Against pycocoevalcap 1.2: `test/oracles/backbones/metrics.json`, and by hand. */
import { describe, expect, it } from 'vitest';
import { bleu } from '../../../src/runtime/texts/bleu.ts';
import { captionWords } from '../../../src/runtime/texts/caption-words.ts';
import { cider } from '../../../src/runtime/texts/cider.ts';
import type { JudgedText } from '../../../src/runtime/texts/n-grams.ts';
import { rougeL } from '../../../src/runtime/texts/rouge-l.ts';
import { oracle } from '../../support/oracles.ts';

interface Case<Expected> {
  readonly inputs: { readonly hypotheses: readonly string[]; readonly references: readonly (readonly string[])[] };
  readonly expected: Expected;
}

const {
  bleu: bleuCase,
  rouge_l: rougeCase,
  cider_d: ciderCase,
} = oracle('backbones').json('metrics.json') as {
  readonly bleu: Case<readonly number[]>;
  readonly rouge_l: Case<{ readonly mean: number }>;
  readonly cider_d: Case<{ readonly mean: number; readonly each: readonly number[] }>;
};

const judged = ({ inputs: { hypotheses, references } }: Case<unknown>): JudgedText[] =>
  hypotheses.map((text, at) => ({
    found: captionWords(text),
    references: (references[at] ?? []).map(captionWords),
  }));

describe('pycocoevalcap', () => {
  it.each([1, 2, 3, 4])('gives the same BLEU-%i', (order) => {
    expect(bleu(judged(bleuCase), order)).toBeCloseTo(bleuCase.expected[order - 1] ?? Number.NaN, 12);
  });

  it('gives the same ROUGE-L', () => {
    expect(rougeL(judged(rougeCase))).toBeCloseTo(rougeCase.expected.mean, 12);
  });

  it('gives the same CIDEr', () => {
    expect(cider(judged(ciderCase))).toBeCloseTo(ciderCase.expected.mean, 10);
  });
});

describe('by hand', () => {
  const text = (found: string, ...references: string[]): JudgedText => ({ found: captionWords(found), references: references.map(captionWords) }); // prettier-ignore

  it('a text that is its reference is perfect', () => {
    const same = ['a red ball rises slowly', 'two dogs run in the park', 'a blue box falls down now'].map((each) => text(each, each)); // prettier-ignore
    expect(bleu(same, 4)).toBeCloseTo(1, 6);
    expect(rougeL(same)).toBeCloseTo(1, 12);
    // only runs that every text has would weigh nothing, and there is none of them
    expect(cider(same)).toBeCloseTo(10, 10);
  });

  it('BLEU clips counts, and takes the shorter of two lengths that are as close', () => {
    // "the the the the": of four words one is right, as "the" stands once in each reference
    expect(bleu([text('the the the the', 'the cat sat now', 'see the dog run')], 1)).toBeCloseTo(1 / 4, 6);
    // found 4 words beside references of 3 and 5: r = 3, so nothing is taken off
    expect(bleu([text('a b c d', 'a b c', 'a b c d e')], 1)).toBeCloseTo(1, 6);
    // found 2 words of 4: e^(1 − 4/2)
    expect(bleu([text('a b', 'a b c d')], 1)).toBeCloseTo(Math.exp(-1), 6);
  });

  it('ROUGE-L weighs recall by 1.2²', () => {
    // common: a … c d, three words; precision 3/4, recall 3/5
    const [p, r, b] = [3 / 4, 3 / 5, 1.2 ** 2];
    expect(rougeL([text('a c x d', 'a b c d e')])).toBeCloseTo(((1 + b) * p * r) / (r + b * p), 12);
    expect(rougeL([text('x y', 'a b'), text('a', 'a')])).toBeCloseTo(1 / 2, 12);
  });

  it('CIDEr gives nothing for words that all references have', () => {
    expect(cider([text('a', 'a'), text('a', 'a')])).toBe(0);
    // of two texts, each right where the other is not: log 2 in both vectors, cosine 1 of single words, nothing of longer runs
    expect(cider([text('ball', 'ball'), text('box', 'box')])).toBeCloseTo(10 / 4, 12);
    expect(cider([text('ball', 'box'), text('box', 'ball')])).toBe(0);
  });
});

describe('the words of a caption', () => {
  it.each([
    ['A man, riding a horse.', 'a man riding a horse'],
    ["The dog's ball isn't red; it's blue!", "the dog 's ball is n't red it 's blue"],
    ['A well-known black-and-white dog (small)', 'a well-known black-and-white dog small'],
    ['Two dogs... and “one” cat — there', 'two dogs and one cat there'],
    ['3.5 x 1,000 cubes at 50% & $5', '3.5 x 1,000 cubes at 50 % & $ 5'],
    ["I'll say they've don't and cannot", "i 'll say they 've do n't and can not"],
    ['  ', ''],
  ])('of "%s" are "%s"', (text, words) => {
    expect(captionWords(text).join(' ')).toBe(words);
  });
});
