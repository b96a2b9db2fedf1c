import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../runtime/package-root.ts';

/** A file to begin with, one for each way of adapting CLIP: `templates/NAME.clipx` of the package. */
export interface Template {
  readonly name: string;
  /** What its `experiment` statement says. */
  readonly title: string;
  readonly text: string;
}

/** Checked and trained on shipped data in under a minute. */
export const defaultTemplate = 'linear-probe';

/** All of them, the default one first. */
export function templates(): readonly Template[] {
  const folder = join(packageRoot(), 'templates');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.clipx'))
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const title = /^experiment \S+ "(.*)"$/m.exec(text)?.[1] ?? '';
      return { name: file.slice(0, -'.clipx'.length), title, text };
    })
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

const rank = ({ name }: Template): number => (name === defaultTemplate ? 0 : 1);

/** The text with another name of the experiment. */
export function named(template: Template, name: string): string {
  return template.text.replace(/^experiment \S+/m, `experiment ${name}`);
}

/** Folders of the package that a text reads: data, weights, and the tokenizer that weights ask for. */
export function shippedFolders(text: string): readonly string[] {
  const read = [...text.matchAll(/"((?:data|weights)\/[\w-]+)[/"]/g)].map(([, folder = '']) => folder);
  if (read.some((folder) => folder.startsWith('weights/'))) read.push('data/tokenizer');
  return [...new Set(read)].sort();
}

/** Copies what the project lacks of a shipped folder. False where it is all there. What is rendered at first use is not copied. */
export function copyShipped(folder: string, root: string): boolean {
  const [from, to] = [join(packageRoot(), folder), join(root, folder)];
  if (existsSync(to)) return false;
  const rendered = existsSync(join(from, 'heads'));
  mkdirSync(dirname(to), { recursive: true });
  // CLIP's whole vocabulary is read where clipx lies
  const own = join(packageRoot(), 'data', 'tokenizer', 'clip');
  cpSync(from, to, { recursive: true, filter: (path) => !(rendered && path.endsWith('.tar')) && path !== own });
  return true;
}
