/** Experiments, made small, that the PyTorch target is held to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { experiments, words, towers, type Shrunk } from '../conformance/shrunk-experiments.ts';

export const cases: Readonly<Record<string, Shrunk>> = { ...experiments };

export const root = join(import.meta.dirname, '../..');

/** The text of a case, its edits made. */
export function textOf({ path, edits }: Shrunk): string {
  let text = readFileSync(join(root, path), 'utf8');
  for (const [from, to] of edits) {
    if (!from.test(text)) throw new Error(`${path} does not hold ${from}`);
    text = text.replace(from, to);
  }
  return text;
}

export { towers, words };
