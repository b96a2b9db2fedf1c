import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { styles } from './concepts.ts';

const load = createRequire(import.meta.url);

export interface Licence {
  readonly id: string;
  readonly spdx: string;
  readonly work: string;
  readonly author: string;
  readonly url: string;
  /** File beside the manifest. */
  readonly notice: string;
  readonly shareAlike: boolean;
  readonly source: string;
}

export interface LicenceFile {
  readonly licence: Licence;
  readonly text: string;
}

interface SetInfo {
  readonly name: string;
  readonly author: { readonly name: string; readonly url?: string };
  readonly license: { readonly title: string; readonly spdx: string; readonly url: string };
}

/** One notice a style, from the licence facts in its package, and one for each word list. */
export function readLicences(): LicenceFile[] {
  return [...styles.map((style) => styleLicence(style.id)), wordLicence('emojilib'), wordLicence('emojibase-data')];
}

export function packageVersion(name: string): string {
  return (JSON.parse(readFileSync(inPackage(name, 'package.json'), 'utf8')) as { readonly version: string }).version;
}

/** By path: some packages do not export their own package.json. */
function inPackage(name: string, file: string): URL {
  return new URL(`../../node_modules/${name}/${file}`, import.meta.url);
}

function styleLicence(style: string): LicenceFile {
  const info = load(`@iconify-json/${style}/info.json`) as SetInfo;
  const source = `@iconify-json/${style}@${packageVersion(`@iconify-json/${style}`)}`;
  const shareAlike = info.license.spdx.includes('-SA-');
  const licence: Licence = {
    id: style,
    spdx: info.license.spdx,
    work: info.name,
    author: info.author.name,
    url: info.license.url,
    notice: `LICENSES/${style}.txt`,
    shareAlike,
    source,
  };
  const lines = [
    `${info.name}, by ${info.author.name} (${info.author.url ?? ''})`,
    `Licence: ${info.license.title} (${info.license.spdx}), ${info.license.url}`,
    `Taken from the npm package ${source}.`,
    'Changes: a choice of the drawings, rendered at 48 x 48 pixels on white and stored as lossy WebP.',
    `Files under this licence: seen-${style}.tar.gz and unseen-${style}.tar.gz (the pictures).`,
  ];
  if (shareAlike) {
    lines.push(
      '',
      'Share-alike: these two files, and what is adapted from them, stay under this licence. They hold no other work.',
    );
  }
  const body =
    info.license.spdx === 'Apache-2.0' ? apacheText() : info.license.spdx === 'MIT' ? mitText(info.author.name) : '';
  return { licence, text: `${lines.join('\n')}\n${body === '' ? '' : `\n${body}`}` };
}

function wordLicence(name: string): LicenceFile {
  const licence: Licence = {
    id: name,
    spdx: 'MIT',
    work: `${name}: names, keywords and categories`,
    author: name === 'emojilib' ? 'Mu-An Chiou' : 'Miles Johnson',
    url: name === 'emojilib' ? 'https://github.com/muan/emojilib' : 'https://github.com/milesj/emojibase',
    notice: `LICENSES/${name}.txt`,
    shareAlike: false,
    source: `${name}@${packageVersion(name)}`,
  };
  return { licence, text: readFileSync(inPackage(name, 'LICENSE'), 'utf8') };
}

/** The standard text, from a package that carries it whole. */
function apacheText(): string {
  return readFileSync(inPackage('sharp', 'LICENSE'), 'utf8').trimEnd() + '\n';
}

function mitText(author: string): string {
  return `MIT License

Copyright (c) ${author}.

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`;
}
