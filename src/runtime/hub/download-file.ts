import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeSystemError, RunError } from '../run-error.ts';
import { hubRequest, isPassing, refusal, type Hub } from './hub-request.ts';
import { hubWords, type HubName } from '../../compiler/types/hub-name.ts';
import { withLock } from './download-lock.ts';

/** One file of a model as the hub has it. */
export interface RemoteFile {
  readonly name: HubName;
  readonly file: string;
  readonly address: string;
  /** sha256 of a large file, git's blob id of a small one: the name under which the cache keeps it. */
  readonly etag: string;
  readonly size: number;
}

/** Tries without a byte between them; whatever came begins the count anew. */
const mostTries = 5;

/**
 * Fetches one file into the `blobs` of its repository, beginning where an earlier try ended, and checks size and digest. Whoever fetches the
 * same file in another process is waited for. Gives the path. Throws RunError CX8282 to CX8285, CX8211 where the disk is too small.
 */
export async function downloadFile(
  hub: Hub,
  repository: string,
  remote: RemoteFile,
  onBytes: (done: number) => void,
): Promise<string> {
  const blob = join(repository, 'blobs', remote.etag);
  if (existsSync(blob)) return blob;
  const doing = `${hubWords(remote.name)}: ${remote.file} could not be kept`;
  try {
    mkdirSync(dirname(blob), { recursive: true });
    return await withLock(`${blob}.lock`, async () => {
      if (existsSync(blob)) return blob;
      const partial = `${blob}.incomplete`;
      const began = sizeOf(partial);
      checkRoom(repository, remote, began);
      await fetchWhole(hub, remote, partial, onBytes);
      // what an earlier try left may be what is wrong
      if (began > 0 && !(await isWhole(partial, remote))) {
        rmSync(partial, { force: true });
        await fetchWhole(hub, remote, partial, onBytes);
      }
      if (!(await isWhole(partial, remote))) {
        rmSync(partial, { force: true });
        throw new RunError('world', 'CX8284', `${remote.file} of \`${hubWords(remote.name)}\` came with other bytes than the hub's digest says (${remote.etag.slice(0, 12)}…)`, {
          help: 'nothing of it was kept: run the command again; if it stays so, what stands between here and the hub changes files',
        }); // prettier-ignore
      }
      renameSync(partial, blob);
      return blob;
    });
  } catch (error) {
    throw describeSystemError(error, doing);
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function checkRoom(folder: string, { size, file, name }: RemoteFile, began: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= size - began) return;
  throw new RunError('world', 'CX8211', `the disk is too full for ${file} of \`${hubWords(name)}\`: it takes ${size - began} bytes more, and ${free} are free in ${folder}`, {
    help: 'free some space, or let HF_HOME name a folder on another disk',
  }); // prettier-ignore
}

/** Appends to the partial file until it has the size of the whole. */
async function fetchWhole(
  hub: Hub,
  remote: RemoteFile,
  partial: string,
  onBytes: (done: number) => void,
): Promise<void> {
  let tries = 0;
  onBytes(Math.min(sizeOf(partial), remote.size));
  while (sizeOf(partial) < remote.size || !existsSync(partial)) {
    const before = sizeOf(partial);
    const fault = await fetchMore(hub, remote, partial, onBytes);
    if (fault === undefined) continue;
    tries = sizeOf(partial) > before ? 1 : tries + 1;
    if (tries >= mostTries) throw broken(remote, sizeOf(partial), fault);
    await sleep(hub.pause * 2 ** (tries - 1));
  }
}

function broken({ name, file, size }: RemoteFile, done: number, fault: string): RunError {
  return new RunError('world', 'CX8285', `the connection broke again and again while ${file} of \`${hubWords(name)}\` came: ${fault}`, {
    help: `${done} of ${size} bytes are kept: the same command goes on there`,
  }); // prettier-ignore
}

/** One connection. In words what cut it short, if something passing did. */
async function fetchMore(
  hub: Hub,
  remote: RemoteFile,
  partial: string,
  onBytes: (done: number) => void,
): Promise<string | undefined> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), hub.patience);
  let response: Response;
  const from = sizeOf(partial);
  try {
    const headers = from === 0 ? {} : { range: `bytes=${from}-` };
    response = await hubRequest(hub, remote.address, { headers, signal: stop.signal });
  } catch (error) {
    clearTimeout(timer);
    if (error instanceof RunError) throw error;
    return reasonOf(error);
  }
  const isAppending = response.status === 206 && startOf(response) === from;
  if (response.status !== 200 && !isAppending) {
    clearTimeout(timer);
    await response.body?.cancel();
    // a range that does not fit: the file here is longer than the one there
    if (response.status === 416 || response.status === 206) {
      rmSync(partial, { force: true });
      return `the hub does not go on at byte ${from}`;
    }
    if (isPassing(response.status)) return `the hub answers ${response.status}`;
    throw refusal(hub, remote.name, response.status, response.headers.get('x-error-code'), remote.file);
  }
  const file = await open(partial, isAppending ? 'a' : 'w');
  try {
    let done = isAppending ? from : 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), hub.patience);
      await file.writeFile(chunk);
      done += chunk.byteLength;
      onBytes(Math.min(done, remote.size));
    }
    return done < remote.size ? `it ended after ${done} of ${remote.size} bytes` : undefined;
  } catch (error) {
    // the disk's faults are no connection's
    if (isFileError(error)) throw error;
    return reasonOf(error);
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}

const startOf = (response: Response): number =>
  Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);

const isFileError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && (error.syscall === 'write' || error.syscall === 'open');

/** `fetch` wraps what happened. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return 'nothing came for a while';
  const { cause } = error;
  const inner = cause instanceof Error ? cause : error;
  return 'code' in inner && typeof inner.code === 'string' ? `${inner.code} ${inner.message}`.trim() : inner.message;
}

/** Whether size and digest are what the hub says. An etag of neither form is no digest. */
async function isWhole(path: string, { etag, size }: RemoteFile): Promise<boolean> {
  if (sizeOf(path) !== size) return false;
  const isLarge = /^[0-9a-f]{64}$/.test(etag);
  if (!isLarge && !/^[0-9a-f]{40}$/.test(etag)) return true;
  const hash = createHash(isLarge ? 'sha256' : 'sha1');
  // git hashes a blob with its kind and size before it
  if (!isLarge) hash.update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) hash.update(chunk);
  return hash.digest('hex') === etag;
}
