/** Texts of one prompt over several parts of its vocabulary: each part has a table of its own, which no other writes over. */
import { expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

it('has the words of each part, and of all, however many parts are read', () => {
  const path = 'test/fixtures/systems/cocoop.clipx';
  const original = repositoryText(path);
  const text = original
    .replace('new: test over class[new] {', 'new: test over class[new], all: test {')
    .replace(/^(metric H|expect) .*$/gm, '');
  const words = ['cat', 'dog', 'sun', 'car', 'key', 'cup'];
  const facts = { counts: new Map(), vocabularies: new Map([['class', words]]) };
  const { program } = compile({ path, text, host: repositoryHost, facts });
  const read = program?.stages[0]?.evaluations.map(({ name, constants, samples, metrics }) => {
    const inputs = [constants, samples, metrics].flatMap((fn) => Object.values(fn?.inputs ?? {}));
    const tables = new Set(inputs.flatMap((source) => (source.kind === 'texts' ? [source.table] : [])));
    const texts = program.texts.filter(({ id }) => tables.has(id) && id.startsWith('sentence'));
    return [name, texts.flatMap((table) => table.texts).map((sentence) => words.find((word) => sentence.includes(word)))]; // prettier-ignore
  });
  expect(read).toEqual([
    ['base', words.slice(0, 3)],
    ['new', words.slice(3)],
    ['all', words],
  ]);
});
