import type { Span } from '../../source/span.ts';
import { hubPath, hubWords } from '../../types/hub-name.ts';
import type { Checker } from '../checker.ts';

/** Whether `hf:org/name` names a model that lies on this machine; tells it where not, once for each name. Nothing is fetched here. */
export function isHubModelHere(checker: Checker, path: string, span: Span): boolean {
  const name = hubPath(path);
  if (name === undefined) {
    checker.report.error('CX5007', span, `\`${path}\` names no model of Hugging Face`, {
      expected: '`hf:org/name` or `hf:org/name@revision`',
    });
    return false;
  }
  // a host that knows no hub leaves it to whoever reads the files
  if (checker.host.hasModel?.(path) !== false) return true;
  checker.report.error('CX5007', span, `\`${hubWords(name)}\` is not in this machine's cache of Hugging Face`, {
    fault: 'world',
    help: `\`clipx check ${span.file} --allow-network\` fetches it; \`HF_HOME\` or \`HF_HUB_CACHE\` say where the cache is`,
  });
  return false;
}
