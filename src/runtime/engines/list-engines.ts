import { existsSync } from 'node:fs';
import { BackendError } from '../backends/backend-error.ts';
import { engineFolder, engineNames, engineVersions, type EngineName } from '../backends/engine-folder.ts';
import { folderBytes, readEngineRecord, type EngineRecord } from './engine-record.ts';
import type { EngineCheck, EngineRecipe } from './recipe.ts';
import { recipeOf } from './recipes.ts';
import { tryEngine } from './try-engine.ts';

/** One row of `clipx engine ls`. */
export interface EngineRow {
  readonly engine: EngineName;
  /** Of the npm package. */
  readonly version: string;
  readonly folder: string;
  readonly installed: boolean;
  readonly works: boolean;
  /** Version and device of one that works; the reason of one that does not; nothing more of one that is not installed. */
  readonly why: string;
  readonly bytes: number;
  readonly record?: EngineRecord;
  /** What adds or mends it. */
  readonly command?: string;
}

/** The engines that `clipx engine install` knows, each that is there tried once more in a process of its own. */
export async function listEngines(): Promise<readonly EngineRow[]> {
  return await Promise.all(engineNames.map(rowOf));
}

async function rowOf(engine: EngineName): Promise<EngineRow> {
  const folder = engineFolder(engine);
  const version = engineVersions[engine];
  const command = `clipx engine install ${engine}`;
  if (!existsSync(folder)) {
    return { engine, version, folder, installed: false, works: false, why: 'not installed', bytes: 0, command };
  }
  const record = await readEngineRecord(folder);
  const seen = {
    engine,
    version,
    folder,
    installed: true,
    bytes: await folderBytes(folder),
    ...(record && { record }),
  };
  try {
    const recipe = recipeOf(engine);
    return { ...seen, works: true, why: checkWords(recipe, await tryEngine(recipe, folder)) };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return { ...seen, works: false, why: error.message, command };
  }
}

function checkWords(recipe: EngineRecipe, { version, device }: EngineCheck): string {
  return `${recipe.library} ${version} on ${device}`;
}
