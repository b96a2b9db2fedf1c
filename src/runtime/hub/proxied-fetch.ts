/** Loaded where there is a proxy. That undici is imported by names is for the bundle, where one that is imported when it is wanted has none. */
import { EnvHttpProxyAgent, fetch } from 'undici';
import { RunError } from '../run-error.ts';

/** Addresses of proxies, by the protocol of what is asked for, and hosts that are asked directly (`NO_PROXY`). */
export interface Proxy {
  readonly http: string;
  readonly https: string;
  readonly none: string;
}

interface Question {
  readonly method: 'GET' | 'HEAD';
  readonly redirect: 'manual';
  readonly headers: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** What of `fetch` the hub needs. */
export type Ask = (url: URL, question: Question) => Promise<Response>;

/** Throws RunError CX8285 where a proxy has no address. */
export function proxiedFetch({ http, https, none }: Proxy): Ask {
  const odd = [http, https].find((each) => each !== '' && !URL.canParse(each));
  if (odd !== undefined)
    throw new RunError('user', 'CX8285', 'the proxy that HTTPS_PROXY or HTTP_PROXY names has no address', {
      help: 'it looks like `http://proxy.example:3128`',
    });
  const dispatcher = new EnvHttpProxyAgent({ httpProxy: http, httpsProxy: https, noProxy: none });
  return async (url, question) => fetch(url, { ...question, dispatcher });
}
