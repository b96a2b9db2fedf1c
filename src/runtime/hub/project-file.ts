import { join, resolve } from 'node:path';
import { hasWeights, hubCache, repositoryFolder, snapshotFolder } from './hub-cache.ts';
import { hubPath, hubWords } from '../../compiler/types/hub-name.ts';
import { RunError } from '../run-error.ts';

/** A path of an experiment on this machine: `hf:org/name/…` in the cache of Hugging Face, all else relative to the project. */
export function projectFile(projectFolder: string, path: string): string {
  const hub = hubPath(path);
  if (hub === undefined) return resolve(projectFolder, path);
  const cache = hubCache();
  // what is not there has a path too, that messages can name
  const folder = snapshotFolder(hub, cache) ?? join(repositoryFolder(cache, hub), 'snapshots', hub.revision);
  return join(folder, hub.file);
}

/** The same of weights. Throws CX8281 where the cache has none of the model. */
export function weightsPath(projectFolder: string, path: string): string {
  const file = projectFile(projectFolder, path);
  const hub = hubPath(path);
  if (hub === undefined || hub.file !== '' || hasWeights(file)) return file;
  throw new RunError('user', 'CX8281', `the weights of \`${hubWords(hub)}\` are not in this machine's cache of Hugging Face (${file})`, {
    help: '`clipx check FILE --allow-network` fetches them; `HF_HOME` or `HF_HUB_CACHE` say where the cache is',
  }); // prettier-ignore
}
