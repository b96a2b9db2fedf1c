import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../compiler/common/invariant.ts';

/** The folder that holds clipx itself (its package.json, library/, data/ and schemas/), from the sources as from the bundle. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    invariant(parent !== folder, 'clipx lies outside any package');
    folder = parent;
  }
  return folder;
}
