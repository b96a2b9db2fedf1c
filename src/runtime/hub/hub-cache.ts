import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { HubName } from '../../compiler/types/hub-name.ts';
import { weightFiles } from '../weights/formats/weight-files.ts';
import { configFiles } from './needed-files.ts';

/** Variables of the environment; those of Hugging Face's own tools count here too. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Where Hugging Face's tools keep what is theirs. */
export function hubHome(variables: Variables = process.env): string {
  const { HF_HOME, XDG_CACHE_HOME } = variables;
  return withHome(HF_HOME ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface'));
}

/** The cache of models: `HF_HUB_CACHE`, `HF_HOME/hub`, `~/.cache/huggingface/hub`. */
export function hubCache(variables: Variables = process.env): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE } = variables;
  return withHome(HF_HUB_CACHE ?? HUGGINGFACE_HUB_CACHE ?? join(hubHome(variables), 'hub'));
}

const withHome = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);

/** `models--org--name` with `blobs`, `refs` and `snapshots`. */
export const repositoryFolder = (cache: string, { repository }: HubName): string =>
  join(cache, `models--${repository.replace('/', '--')}`);

const commit = /^[0-9a-f]{40}$/;

export const isCommit = (revision: string): boolean => commit.test(revision);

/** The commit that a revision was at when it was fetched last; undefined where it never was. */
function knownCommit(cache: string, name: HubName): string | undefined {
  if (isCommit(name.revision)) return name.revision;
  const path = join(repositoryFolder(cache, name), 'refs', ...name.revision.split('/'));
  if (!existsSync(path)) return undefined;
  const found = readFileSync(path, 'utf8').trim();
  return isCommit(found) ? found : undefined;
}

/** The folder of a model's files; undefined where the cache has none with sizes or weights. */
export function snapshotFolder(name: HubName, cache = hubCache()): string | undefined {
  const at = knownCommit(cache, name);
  if (at === undefined) return undefined;
  const folder = join(repositoryFolder(cache, name), 'snapshots', at);
  return [...configFiles, ...weightFiles].some((file) => existsSync(join(folder, file))) ? folder : undefined;
}

/** Whether a folder has weights, with all their shards. */
export function hasWeights(folder: string): boolean {
  const file = weightFiles.find((name) => isFile(join(folder, name)));
  if (file === undefined) return false;
  if (!file.endsWith('.index.json')) return true;
  return shardsOf(readFileSync(join(folder, file), 'utf8')).every((shard) => isFile(join(folder, shard)));
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The files that an index of shards names. */
export function shardsOf(index: string): readonly string[] {
  try {
    const { weight_map: map = {} } = JSON.parse(index) as { readonly weight_map?: Readonly<Record<string, string>> };
    return [...new Set(Object.values(map))].sort();
  } catch {
    return [];
  }
}
