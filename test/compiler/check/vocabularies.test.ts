/** Where words come from: lists, groups, further columns, numbers, data and tables. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { groupEntries, type Vocabulary } from '../../../src/compiler/program/vocabulary.ts';

const frame = (declaration: string): string => `clipx 1
experiment t
input picture : image(8)
input label : class(v)
data d = folder("d") { picture: "png"  label: "json.label" }
data other = folder("o") { picture: "png"  label: "json.name" }
${declaration}
trainable encoder E = residual(size: 8, width: 4, blocks: [4], strides: [1])
trainable module F = linear(E.width -> v)
loss L = -mean(log_softmax(F(E(picture)), over: v)[v: label])
minimize L
train on d { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
`;

function vocabularyOf(declaration: string): Vocabulary | undefined {
  const { checked, diagnostics } = compile({ path: 't.clipx', text: frame(declaration), host: { readText: () => undefined }, until: 'check' }); // prettier-ignore
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  return checked?.vocabularies.find(({ name }) => name === 'v');
}

const faults = (declaration: string): string[] =>
  compile({ path: 't.clipx', text: frame(declaration), host: { readText: () => undefined }, until: 'check' })
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code} ${message}`);

describe('words that are written', () => {
  it('have groups', () => {
    expect(vocabularyOf('vocabulary v { warm: ["red", "orange"]  cold: ["blue"] }')).toMatchObject({
      entries: ['red', 'orange', 'blue'],
      groups: { warm: [0, 1], cold: [2] },
    });
  });

  it('have further columns, of numbers or words', () => {
    expect(vocabularyOf('vocabulary v { "close": { metres: 1.5  said: "near" }  "far": { metres: 2.75  said: "away" } }')).toMatchObject({
      entries: ['close', 'far'],
      columns: { metres: [1.5, 2.75], said: ['near', 'away'] },
    }); // prettier-ignore
  });

  it('are numbers of a range, kept as numbers too', () => {
    const vocabulary = vocabularyOf('vocabulary v from -2..2');
    expect(vocabulary?.entries).toEqual(['-2', '-1', '0', '1', '2']);
    expect(vocabulary?.columns).toEqual({ value: [-2, -1, 0, 1, 2] });
    expect(vocabularyOf('vocabulary v from 0..90 by 45')?.entries).toEqual(['0', '45', '90']);
  });

  it('are divided by share, the first part rounded up', () => {
    const vocabulary = vocabularyOf('vocabulary v = ["a", "b", "c", "d", "e"] { base: first 50 %  new: rest }');
    if (vocabulary === undefined) expect.fail('no vocabulary');
    expect(groupEntries(vocabulary, 'base')).toEqual([0, 1, 2]);
    expect(groupEntries(vocabulary, 'new')).toEqual([3, 4]);
  });
});

describe('words that are read', () => {
  it.each([
    ['vocabulary v from d.label', { kind: 'columns', columns: [{ data: 'd', column: 'label' }] }],
    ['vocabulary v from d.label + other.label', { kind: 'columns', columns: [{ data: 'd', column: 'label' }, { data: 'other', column: 'label' }] }],
    ['vocabulary v from d.label { top: 60 }', { kind: 'columns', columns: [{ data: 'd', column: 'label' }], top: 60 }],
    ['vocabulary v from csv("words.csv") { word: "phrase", tag: "tag" }', { kind: 'csv', path: 'words.csv', word: 'phrase', columns: { tag: 'tag' } }],
    ['vocabulary v from "words.txt"', { kind: 'lines', path: 'words.txt' }],
  ])('%s', (declaration, from) => {
    expect(vocabularyOf(declaration)).toEqual({ name: 'v', entries: [], groups: {}, from });
  }); // prettier-ignore

  it('are divided once they are known', () => {
    const vocabulary = vocabularyOf('vocabulary v from d.label { base: first 50 %  new: rest }');
    if (vocabulary === undefined) expect.fail('no vocabulary');
    const bound = { ...vocabulary, entries: ['a', 'b', 'c'] };
    expect([groupEntries(bound, 'base'), groupEntries(bound, 'new')]).toEqual([[0, 1], [2]]);
  });
});

describe('what is wrong with words', () => {
  it.each([
    ['vocabulary v = ["a", "a"]', 'CX5008 "a" is in the vocabulary twice'],
    ['vocabulary v = ["a", 3]', 'CX5002 the entries of a vocabulary are strings'],
    ['vocabulary v { "a": { size: 1 }  "b": { length: 2 } }', 'CX2010 the entries before "b" have no column `length`'],
    ['vocabulary v { "a": { size: 1  length: 2 }  "b": { length: 2 } }', 'CX5002 "b" lacks the column `size`'],
    ['vocabulary v = ["a"] { base: first 150 %  new: rest }', 'CX5002 nothing is left for `base`'],
    ['vocabulary v from csv("words.csv")', 'CX5002 which column of the table holds the words?'],
    ['vocabulary v from 3..1', 'CX5002 a vocabulary of numbers goes from one number up to another'],
    ['vocabulary v from d.lable', 'CX5011 `d` has no column `lable`'],
  ])('%s', (declaration, message) => {
    expect(faults(declaration)).toContain(message);
  });
});
