import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileAtomic } from '../atomic-file.ts';
import { describeSystemError, RunError } from '../run-error.ts';
import { downloadFile, reasonOf, type RemoteFile } from './download-file.ts';
import { isCommit, repositoryFolder, shardsOf } from './hub-cache.ts';
import { hubRequest, isPassing, refusal, type Hub } from './hub-request.ts';
import { hubWords, type HubName } from '../../compiler/types/hub-name.ts';
import { weightFiles } from '../weights/formats/weight-files.ts';
import { configFiles, neededFiles } from './needed-files.ts';

export interface DownloadProgress {
  /** `hf:org/name model.safetensors` */
  readonly task: string;
  readonly done: number;
  readonly total: number;
}

const mostTries = 4;

/**
 * Fetches the files of a model that clipx reads into the cache of Hugging Face, in its layout: `blobs/<digest>`, links from
 * `snapshots/<commit>/<file>`, and at the end `refs/<revision>`. What is there is not fetched again. Gives the folder of the snapshot.
 * Throws RunError CX8282 (no access), CX8283 (no such model or file), CX8284 (damaged), CX8285 (no connection), CX8211 (disk full).
 */
export async function downloadModel(
  hub: Hub,
  cache: string,
  name: HubName,
  onProgress: (progress: DownloadProgress) => void = () => undefined,
): Promise<string> {
  const repository = repositoryFolder(cache, name);
  const { commit, files } = await listing(hub, name);
  const snapshot = join(repository, 'snapshots', commit);
  const needed = neededFiles(files);
  if (!needed.some((file) => (configFiles as readonly string[]).includes(file)) && !needed.some(isWeights))
    throw new RunError('user', 'CX8283', `\`${hubWords(name)}\` has no config.json and no weights that clipx reads`, {
      help: `it has ${files.slice(0, 8).join(', ')}${files.length > 8 ? ' …' : ''}`,
    });
  const fetchOne = async (file: string): Promise<void> => {
    if (existsSync(join(snapshot, file))) return;
    const remote = await describe(hub, { ...name, revision: commit }, name, file);
    const task = `${hubWords(name)} ${file}`;
    const blob = await downloadFile(hub, repository, remote, (done) => onProgress({ task, done, total: remote.size }));
    onProgress({ task, done: remote.size, total: remote.size });
    link(blob, join(snapshot, file));
  };
  for (const file of needed) {
    await fetchOne(file);
    if (file.endsWith('.index.json'))
      for (const shard of shardsOf(readFileSync(join(snapshot, file), 'utf8'))) await fetchOne(inside(shard, name));
  }
  if (!isCommit(name.revision)) writeFileAtomic(join(repository, 'refs', ...name.revision.split('/')), commit);
  return snapshot;
}

const isWeights = (file: string): boolean => (weightFiles as readonly string[]).includes(file);

/** An index is of another's making: what it names stays in the folder. */
function inside(file: string, name: HubName): string {
  if (file !== '' && !file.startsWith('/') && !file.split(/[/\\]/).includes('..')) return file;
  throw new RunError('world', 'CX8284', `the index of \`${hubWords(name)}\` names a shard outside of it: ${file}`);
}

/** Commit and files of a revision. */
async function listing(hub: Hub, name: HubName): Promise<{ readonly commit: string; readonly files: readonly string[] }> {
  const address = `${hub.endpoint}/api/models/${name.repository}/revision/${encodeURIComponent(name.revision)}`;
  const response = await answered(hub, name, address, 'GET', '');
  const body: unknown = await response.json().catch(() => undefined);
  const { sha, siblings } = (body ?? {}) as { readonly sha?: unknown; readonly siblings?: unknown };
  if (typeof sha !== 'string' || !isCommit(sha) || !Array.isArray(siblings))
    throw new RunError('world', 'CX8285', `what ${hub.endpoint} says of \`${hubWords(name)}\` is no list of files`, {
      help: 'HF_ENDPOINT names the hub; a proxy may answer in its place',
    });
  const files = siblings.flatMap((each: unknown) => {
    const file = (each as { readonly rfilename?: unknown }).rfilename;
    return typeof file === 'string' ? [file] : [];
  });
  return { commit: sha, files };
} // prettier-ignore

/** Digest and size of a file, without its bytes. A large one is redirected to where it lies, and the hub says both before. */
async function describe(hub: Hub, at: HubName, name: HubName, file: string): Promise<RemoteFile> {
  const path = file.split('/').map(encodeURIComponent).join('/');
  const address = `${hub.endpoint}/${at.repository}/resolve/${at.revision}/${path}`;
  const { headers } = await answered(hub, name, address, 'HEAD', file);
  const etag = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '').replace(/^W\//, '').replaceAll('"', '');
  const size = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? Number.NaN);
  if (!/^[\w.-]+$/.test(etag) || etag.startsWith('.') || !Number.isInteger(size))
    throw new RunError('world', 'CX8285', `the hub tells no digest and size of ${file} of \`${hubWords(name)}\``, {
      help: 'HF_ENDPOINT names the hub; a proxy may answer in its place',
    });
  return { name, file, address, etag, size };
}

/** A short answer, tried again where what is wrong may pass. */
async function answered(
  hub: Hub,
  name: HubName,
  address: string,
  method: 'GET' | 'HEAD',
  what: string,
): Promise<Response> {
  for (let tries = 1; ; tries++) {
    let fault: string;
    try {
      const response = await hubRequest(
        hub,
        address,
        { method, signal: AbortSignal.timeout(hub.patience) },
        ({ headers }) => headers.has('x-linked-etag'),
      );
      if (response.status < 400) return response;
      await response.body?.cancel();
      if (!isPassing(response.status))
        throw refusal(hub, name, response.status, response.headers.get('x-error-code'), what);
      fault = `the hub answers ${response.status}`;
    } catch (error) {
      if (error instanceof RunError) throw error;
      fault = reasonOf(error);
    }
    if (tries >= mostTries)
      throw new RunError('world', 'CX8285', `${hub.endpoint} could not be reached for \`${hubWords(name)}\`: ${fault}`, {
        help: 'look after the connection and HF_ENDPOINT, or put the files into a folder and name it in the place of `hf:…`',
      }); // prettier-ignore
    await sleep(hub.pause * 2 ** (tries - 1));
  }
}

/** A link as Hugging Face's tools make it; a copy where the system makes none. In one step, for others may do the same. */
function link(blob: string, path: string): void {
  const temporary = `${path}.${process.pid}.partial`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(temporary, { force: true });
    try {
      symlinkSync(relative(dirname(path), blob), temporary);
    } catch {
      copyFileSync(blob, temporary);
    }
    renameSync(temporary, path);
  } catch (error) {
    throw describeSystemError(error, `${path} could not be made`);
  }
}
