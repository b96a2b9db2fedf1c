import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { CompilerHost } from '../../src/compiler/resolve/modules.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A text file of this repository by its path from the top. */
export const repositoryText = (path: string): string => readFileSync(join(root, path), 'utf8');

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The compiler's view of this repository. */
export const repositoryHost: CompilerHost = {
  readText: (path) => (isFile(join(root, path)) ? repositoryText(path) : undefined),
};
