import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import type { Checker } from './checker.ts';

/** Quiet where the name is declared: then its declaration is at fault, which was told. */
export function unknownData(checker: Checker, name: string, span: Span): undefined {
  const { declarations } = checker.root;
  const found = declarations.find(name, 'data');
  if (found?.kind === 'data' || checker.isRemoved(name, span)) return undefined;
  const names = declarations.all.filter((each) => each.kind === 'data').map((each) => each.name.text);
  const suggestion = nearestName(name, names);
  return checker.report.error('CX2001', span, `there is no data set \`${name}\``, {
    ...(suggestion === undefined ? { help: 'declare it: `data name = shards("…") { … }`' } : { suggestion }),
  });
}
