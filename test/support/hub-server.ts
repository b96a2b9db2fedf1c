import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a hub of a test has, and how it misbehaves. */
export interface HubContent {
  /** `org/name` → file → its bytes. Files of `large` are redirected to another host, as large files are. */
  readonly models: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>;
  readonly large?: readonly string[];
  /** Who has no such token is refused. */
  readonly token?: string;
  readonly refuse?: 401 | 403;
  /** After so many bytes of a large file the connection is cut, once for each number. */
  readonly cuts?: number[];
  /** Large files come with one byte changed, so many times. */
  damaged?: number;
  /** Bytes of a large file in a second. */
  readonly pace?: number;
  /** Up to this byte of a large file all is well; then nothing comes, and the connection stays open. */
  readonly stall?: number;
  /** Answers of the list of files that come before the right one. */
  readonly before?: number[];
  /** No part of a file is given by itself. */
  readonly withoutRanges?: boolean;
}

export interface HubRequest {
  readonly host: 'hub' | 'store';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface HubServer {
  readonly endpoint: string;
  readonly requests: HubRequest[];
  close(): Promise<void>;
}

export const commitOf = (model: string): string => createHash('sha1').update(model).digest('hex');
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const gitBlobOf = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');

/** The part of Hugging Face's hub that a download asks for, on two ports of this machine: the hub, and where large files lie. */
export async function openHubServer(content: HubContent): Promise<HubServer> {
  const requests: HubRequest[] = [];
  const noted = (host: 'hub' | 'store', request: IncomingMessage): string => {
    const { method = '', url = '', headers } = request;
    requests.push({ host, method, path: url, range: headers.range, authorization: headers.authorization });
    return url;
  };
  const store = createServer((request, response) => {
    const url = noted('store', request);
    const bytes = fileOf(content, url.slice('/store/'.length).split('?')[0] ?? '');
    if (bytes === undefined) response.writeHead(404).end();
    else void sendLarge(content, bytes, request, response);
  });
  const storePort = await listening(store);
  const hub = createServer((request, response) => {
    const url = noted('hub', request);
    if (content.token !== undefined && request.headers.authorization !== `Bearer ${content.token}`) {
      response.writeHead(content.refuse ?? 401, { 'x-error-code': 'GatedRepo' }).end('refused');
      return;
    }
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/(.+)$/.exec(url);
    if (api !== null) {
      list(content, api[1] ?? '', decodeURIComponent(api[2] ?? ''), response);
      return;
    }
    const [, model = '', file = ''] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(url) ?? [];
    const bytes = fileOf(content, `${model}/${file}`);
    if (bytes === undefined) response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    else if (content.large?.includes(file) === true) {
      const location = `http://127.0.0.1:${storePort}/store/${model}/${file}?signed`;
      response.writeHead(302, { location, 'x-repo-commit': commitOf(model), 'x-linked-etag': `"${sha256Of(bytes)}"`, 'x-linked-size': String(bytes.byteLength) }).end(); // prettier-ignore
    } else {
      response.writeHead(200, { etag: `"${gitBlobOf(bytes)}"`, 'x-repo-commit': commitOf(model), 'content-length': String(bytes.byteLength) }); // prettier-ignore
      response.end(request.method === 'HEAD' ? undefined : bytes);
    }
  });
  // another name of the same machine is another host
  const endpoint = `http://localhost:${await listening(hub)}`;
  return {
    endpoint,
    requests,
    close: async () => {
      for (const server of [hub, store]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, () => resolve((server.address() as AddressInfo).port)));

function fileOf({ models }: HubContent, path: string): Uint8Array | undefined {
  const [org = '', name = '', ...file] = path.split('/');
  return models[`${org}/${name}`]?.[file.join('/')];
}

function list(content: HubContent, model: string, revision: string, response: ServerResponse): void {
  const files = content.models[model];
  const status = content.before?.shift();
  if (status !== undefined) response.writeHead(status).end();
  else if (files === undefined) response.writeHead(404, { 'x-error-code': 'RepoNotFound' }).end();
  else if (revision !== 'main' && revision !== commitOf(model))
    response.writeHead(404, { 'x-error-code': 'RevisionNotFound' }).end(); // prettier-ignore
  else {
    const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ sha: commitOf(model), siblings }));
  }
}

async function sendLarge(content: HubContent, whole: Uint8Array, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes = Uint8Array.from(whole);
  if ((content.damaged ?? 0) > 0) {
    content.damaged = (content.damaged ?? 0) - 1;
    bytes[3] = (bytes[3] ?? 0) ^ 1;
  }
  const from = content.withoutRanges === true ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from >= bytes.byteLength && from > 0) {
    response.writeHead(416).end();
    return;
  }
  const headers = { 'content-length': String(bytes.byteLength - from) };
  const size = bytes.byteLength;
  if (from > 0) response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${size - 1}/${size}` });
  else response.writeHead(200, headers);
  const cut = content.cuts?.shift();
  const step = content.pace === undefined ? 16_384 : Math.max(1, Math.floor(content.pace / 20));
  let sent = 0;
  for (let at = from; at < size; at += step) {
    if (cut !== undefined && sent >= cut) {
      // whoever reads has taken what came before
      if (sent > 0) await new Promise((resolve) => setTimeout(resolve, 250));
      response.destroy();
      return;
    }
    if (content.stall !== undefined && at >= content.stall) return;
    const part = bytes.subarray(at, Math.min(size, at + step));
    await new Promise((resolve) => response.write(part, resolve));
    sent += part.byteLength;
    if (content.pace !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  response.end();
} // prettier-ignore
