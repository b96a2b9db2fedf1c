import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { enginesFolder, type EngineName } from '../backends/engine-folder.ts';
import { folderBytes } from './engine-record.ts';
import { downloadsFolder } from './install-engine.ts';
import { recipeOf } from './recipes.ts';

export interface RemovedEngine {
  readonly engine: EngineName;
  /** What was removed: folders of every version, and files. */
  readonly removed: readonly string[];
  readonly bytes: number;
}

/** Removes an engine in every version; with `downloads` also the files that were fetched for it. Nothing there is no error. */
export async function removeEngine(engine: EngineName, options: { downloads: boolean }): Promise<RemovedEngine> {
  const parent = enginesFolder();
  const entries: readonly string[] = await readdir(parent).catch(() => []);
  const folders = entries.filter((entry) => new RegExp(`^${engine}-\\d+(\\.\\d+)*$`).test(entry));
  const paths = folders.map((entry) => join(parent, entry));
  let bytes = 0;
  for (const path of paths) {
    bytes += await folderBytes(path);
    await rm(path, { recursive: true, force: true });
  }
  if (options.downloads) {
    const kept: readonly string[] = await readdir(downloadsFolder()).catch(() => []);
    for (const { file, bytes: size } of recipeOf(engine).downloads) {
      if (!kept.includes(file)) continue;
      const path = join(downloadsFolder(), file);
      await rm(path, { force: true });
      paths.push(path);
      bytes += size;
    }
  }
  return { engine, removed: paths, bytes };
}
