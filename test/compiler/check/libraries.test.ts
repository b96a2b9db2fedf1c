/** A file of declarations that others import passes the check by itself, as an editor shows it. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

const libraries = ['library', 'test/fixtures/systems']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.clipx'))
      .map((file) => `${folder}/${file}`),
  )
  .filter((path) => !/^experiment\b/m.test(repositoryText(path)))
  .sort();

const told = (path: string, text: string): string[] =>
  compile({ path, text, host: repositoryHost, until: 'check' }).diagnostics.map(
    ({ code, message }) => `${code}: ${message}`,
  );

describe('a library by itself', () => {
  it('is there to be checked', () => {
    expect(libraries).toEqual(expect.arrayContaining(['library/losses.clipx', 'test/fixtures/systems/sound.clipx']));
  });

  it.each(libraries)('%s', (path) => {
    expect(told(path, repositoryText(path))).toEqual([]);
  });
});

describe('the body of a fn that nothing calls', () => {
  const body = (formula: string): string[] => told('library.clipx', `clipx 1\n\nfn f(sound, n) = ${formula}\n`);

  it.each([
    'sound[ear: left]',
    'windows(sound, over: time as [hop, tap], size: 4, every: 2, pad: end)',
    'spectrogram(sound, over: time as [step, bin], size: 64, hop: 16, window: hann)',
    'resize(sound, height: 4, method: nearest)',
    'pad(sound, over: time as longer, before: 1, after: 1, edge: on)',
  ])('takes a word where words stand: %s', (formula) => {
    expect(body(formula)).toEqual([]);
  });

  it.each(['sound * left', 'mean(middle)', 'n[left]', 'sound[ear: left + 1]', 'windows(nearest, pad: end)'])(
    'knows the names of its values: %s',
    (formula) => {
      expect(body(formula)).toEqual([expect.stringMatching(/^CX2001: there is nothing called/)]);
    },
  );
});
