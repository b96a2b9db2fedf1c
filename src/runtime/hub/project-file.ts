import { join, resolve } from 'node:path';
import { hubCache, repositoryFolder, snapshotFolder } from './hub-cache.ts';
import { hubPath } from '../../compiler/types/hub-name.ts';

/** A path of an experiment on this machine: `hf:org/name/…` in the cache of Hugging Face, all else relative to the project. */
export function projectFile(projectFolder: string, path: string): string {
  const hub = hubPath(path);
  if (hub === undefined) return resolve(projectFolder, path);
  const cache = hubCache();
  // what is not there has a path too, that messages can name
  const folder = snapshotFolder(hub, cache) ?? join(repositoryFolder(cache, hub), 'snapshots', hub.revision);
  return join(folder, hub.file);
}
