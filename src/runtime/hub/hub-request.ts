import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../run-error.ts';
import { hubHome, type Variables } from './hub-cache.ts';
import { hubWords, type HubName } from '../../compiler/types/hub-name.ts';
import type { Ask, Proxy } from './proxied-fetch.ts';

/** Where a hub is, and who asks. */
export interface Hub {
  readonly endpoint: string;
  readonly token?: string;
  /** Milliseconds without a byte after which a connection counts as cut. */
  readonly patience: number;
  /** Milliseconds before the second try; each further one waits twice as long. */
  readonly pause: number;
  /** Whom to ask in the place of the hub. */
  readonly proxy?: Proxy;
}

/** `HF_ENDPOINT`, `HF_TOKEN` or the token that `hf auth login` left; `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, small letters first, as curl has it. */
export function hubOf(variables: Variables): Hub {
  const { HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH } = variables;
  const path = HF_TOKEN_PATH ?? join(hubHome(variables), 'token');
  const token = (HF_TOKEN ?? (existsSync(path) ? readFileSync(path, 'utf8') : '')).trim();
  return {
    endpoint: (HF_ENDPOINT ?? 'https://huggingface.co').replace(/\/+$/, ''),
    ...(token === '' ? {} : { token }),
    patience: 30_000,
    pause: 500,
    ...proxyOf(variables),
  };
}

function proxyOf(variables: Variables): { readonly proxy?: Proxy } {
  const said = (name: string): string => (variables[name.toLowerCase()] ?? variables[name] ?? '').trim();
  const address = (name: string): string => said(name).replace(/^(?=[^:/]+(:\d+)?\/?$)/, 'http://');
  const [http, https] = [address('HTTP_PROXY'), address('HTTPS_PROXY')];
  if (http === '' && https === '') return {};
  return { proxy: { http, https: https === '' ? http : https, none: said('NO_PROXY') } };
}

const agents = new Map<string, Promise<Ask>>();

/** Node's own `fetch` knows no proxy; that of undici, which it is made of, is loaded where there is one. */
async function asking({ proxy }: Hub): Promise<Ask> {
  if (proxy === undefined) return fetch;
  const key = JSON.stringify(proxy);
  const known = agents.get(key) ?? import('./proxied-fetch.ts').then(({ proxiedFetch }) => proxiedFetch(proxy));
  agents.set(key, known);
  return known;
}

const mostRedirects = 8;

/**
 * One request, redirects followed: another host is not shown the token. `stop`: a redirect that is the answer itself. The caller reads or
 * cancels the body. Throws what `fetch` throws where the connection fails.
 */
export async function hubRequest(
  hub: Hub,
  address: string,
  init: { readonly method?: 'GET' | 'HEAD'; readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal },
  stop: (response: Response) => boolean = () => false,
): Promise<Response> {
  let url = new URL(address);
  const home = new URL(hub.endpoint).origin;
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const trusted = url.origin === home;
    const response = await (await asking(hub))(url, {
      method: init.method ?? 'GET',
      redirect: 'manual',
      // sizes and ranges are of the file, not of its compression
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'clipx',
        ...(trusted && hub.token !== undefined ? { authorization: `Bearer ${hub.token}` } : {}),
        ...init.headers,
      },
      ...(init.signal === undefined ? {} : { signal: init.signal }),
    });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null || stop(response)) return response;
    await response.body?.cancel();
    url = new URL(location, url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') break;
  }
  throw new RunError('world', 'CX8285', `${address} is redirected again and again`);
} // prettier-ignore

/** What the hub says instead of an answer, in words that say what to do. `what`: a file; empty: the model. */
export function refusal(hub: Hub, name: HubName, status: number, reason: string | null, what: string): RunError {
  const words = hubWords(name);
  if (status === 401 || status === 403) {
    const help =
      hub.token === undefined
        ? `make a token on the hub and give it in HF_TOKEN; a model with terms wants them accepted on its page, ${hub.endpoint}/${name.repository}`
        : `the token that was sent has no right to it: accept the model's terms on ${hub.endpoint}/${name.repository}, or take a token that may read it`;
    const hint = status === 401 ? ', or there is no such model' : '';
    return new RunError('user', 'CX8282', `the hub does not give ${what === '' ? '' : `${what} of `}\`${words}\` to ${hub.token === undefined ? 'everybody' : 'you'} (${status}${hint})`, { help }); // prettier-ignore
  }
  if (status === 404) {
    const isRevision = reason === 'RevisionNotFound';
    return new RunError('user', 'CX8283', isRevision ? `\`hf:${name.repository}\` has no revision \`${name.revision}\`` : `the hub has no ${what === '' ? 'model' : `${what} of`} \`${words}\` (404)`, {
      help: `look at ${hub.endpoint}/${name.repository} for how it is written`,
    }); // prettier-ignore
  }
  return new RunError(
    'world',
    'CX8285',
    `the hub answers ${status} for ${what === '' ? '' : `${what} of `}\`${words}\``,
    {
      help: 'try again later; what was fetched is kept',
    },
  );
}

/** Answers that another try may better. */
export const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;
