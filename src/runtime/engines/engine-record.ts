import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineName } from '../backends/engine-folder.ts';
import { schemaChecker } from '../records/validate.ts';
import type { EngineCheck } from './recipe.ts';

/** `engine.json` in the folder of an engine: what it is made of and how it was found to work. */
export interface EngineRecord {
  readonly schema: 'clipx.engine-record/1';
  readonly engine: EngineName;
  readonly package: { readonly name: string; readonly version: string };
  /** The native library, as it says itself. */
  readonly library: { readonly name: string; readonly version: string };
  /** What it ran on when it was tried. */
  readonly device: EngineCheck['device'];
  readonly checks: EngineCheck['checks'];
  readonly downloads: readonly { readonly file: string; readonly bytes: number; readonly sha256: string }[];
  /** The compiler of the addon, where one was compiled. */
  readonly compiler?: string;
  readonly node: string;
  readonly system: string;
  /** Bytes of the folder. */
  readonly bytes: number;
  /** ISO 8601. */
  readonly installed: string;
}

export const engineRecordFile = 'engine.json';

/** The record in a folder; undefined where there is none that can be read, as in a folder of an earlier clipx. */
export async function readEngineRecord(folder: string): Promise<EngineRecord | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(folder, engineRecordFile), 'utf8'));
  } catch {
    return undefined;
  }
  const faults = await schemaChecker('engine-record');
  return faults(content).length === 0 ? (content as EngineRecord) : undefined;
}

/** Bytes of all files under a folder; links count nothing. 0 where it does not exist. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.filter((it) => it.isFile()).map(async (it) => (await lstat(join(it.parentPath, it.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
