import { BackendError } from '../backends/backend-error.ts';

const withoutNetwork =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|NewConnectionError|NameResolutionError|Name or service not known|Temporary failure in name resolution|ConnectTimeoutError|ReadTimeoutError|Network is unreachable|Connection refused|Max retries exceeded|ProxyError|network (?:connectivity|error)/i;
const diskFull = /ENOSPC|No space left on device|EDQUOT|Disk quota exceeded/i;

/**
 * Why npm or pip did not fetch a file, from what it said: without a network pip ends with "no matching distribution", so the lines
 * before count as well.
 */
export function fetchFailure(tool: string, request: string, said: string, reason: string): BackendError {
  if (diskFull.test(said)) {
    return new BackendError('disk-full', 'world', `the disk became full while ${tool} fetched ${request}`);
  }
  if (withoutNetwork.test(said)) {
    return new BackendError('network-unreachable', 'world', `${tool} does not reach its registry for ${request}`, {
      help: 'Give a folder that has the files with `--from FOLDER`, or set up a mirror or proxy for this tool.',
    });
  }
  return new BackendError('download-failed', 'world', `${tool} does not give ${request}: ${reason}`);
}
