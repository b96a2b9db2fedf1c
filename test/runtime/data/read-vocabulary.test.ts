import { describe, expect, it } from 'vitest';
import { readVocabulary } from '../../../src/runtime/data/read-vocabulary.ts';
import { temporaryProject, write } from './fixtures.ts';

const folder = temporaryProject();
const none = (): Promise<never> => Promise.reject(new Error('no data set is read'));

describe('words from a file', () => {
  it('one a line', async () => {
    write(folder, 'words.txt', '\uFEFFa cat\r\n\r\n a dog \n');
    const { entries } = await readVocabulary('v', { kind: 'lines', path: 'words.txt' }, none, folder);
    expect(entries).toEqual(['a cat', 'a dog']);
  });

  it('of a table, in its order, with further columns', async () => {
    write(folder, 'classes.csv', 'phrase,tag,metres\n"to play, outside",play,1.5\nto rest,rest,2\n');
    const origin = {
      kind: 'csv',
      path: 'classes.csv',
      word: 'phrase',
      columns: { kind: 'tag', far: 'metres' },
    } as const;
    expect(await readVocabulary('v', origin, none, folder)).toEqual({
      entries: ['to play, outside', 'to rest'],
      columns: { kind: ['play', 'rest'], far: [1.5, 2] },
    });
  });

  it('that is not there, lacks the column or says a word twice', async () => {
    write(folder, 'twice.txt', 'a\nb\na\n');
    const absent = readVocabulary('v', { kind: 'lines', path: 'absent.txt' }, none, folder);
    await expect(absent).rejects.toMatchObject({ code: 'CX8106', fault: 'world' });
    const column = readVocabulary(
      'v',
      { kind: 'csv', path: 'classes.csv', word: 'phrases', columns: {} },
      none,
      folder,
    );
    await expect(column).rejects.toMatchObject({ code: 'CX8104', help: 'did you mean "phrase"?' });
    const twice = readVocabulary('v', { kind: 'lines', path: 'twice.txt' }, none, folder);
    await expect(twice).rejects.toMatchObject({ code: 'CX8105', fault: 'user' });
  });
});
