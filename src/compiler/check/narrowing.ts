import { nearestName } from '../common/suggest.ts';
import { narrowingWords } from '../program/vocabulary.ts';
import type { Span } from '../source/span.ts';
import type { DatasetSpec } from '../program/dataset.ts';
import type { Path, Target } from '../syntax/ast.ts';
import { printPath } from '../syntax/print-path.ts';
import type { Narrowing } from './checked.ts';
import type { Checker } from './checker.ts';
import { reachable } from './reachability.ts';
import { wordsWith } from './substitution.ts';
import type { Typed } from './typed.ts';

/** `over class[base]`, `over class = garment`: the words that a function keeps. Reports what is no vocabulary and no group of it. */
function checkNarrowing(checker: Checker, path: Path): Narrowing | undefined {
  const { report, root } = checker;
  const name = path.head.text;
  const declaration = root.declarations.find(name, 'axis') ?? root.imports.get(name)?.declaration;
  if (declaration?.kind !== 'vocabulary') {
    const names = root.declarations.all.filter((each) => each.kind === 'vocabulary').map((each) => each.name.text);
    const suggestion = nearestName(name, names);
    return report.error('CX2009', path.head.span, `\`${name}\` is no vocabulary, and only the words of one can be narrowed`, {
      ...(names.length === 0 ? {} : { expected: names.map((each) => `${each}[group]`).join(', ') }),
      ...(suggestion === undefined ? {} : { suggestion }),
    }); // prettier-ignore
  }
  const vocabulary = checker.vocabularies.get(name);
  const [step, more] = path.steps;
  const group = step?.kind === 'path-items' && step.items.length === 1 && step.items[0]?.value.kind === 'reference' ? step.items[0].value.name : undefined; // prettier-ignore
  if (group === undefined || more !== undefined)
    return report.error('CX6005', path.span, `\`${printPath(path)}\` names no group of words`, {
      expected: `\`${name}[group]\``,
    });
  const groups = vocabulary === undefined ? [] : groupsOf(checker, name);
  if (vocabulary !== undefined && !groups.includes(group)) {
    const suggestion = nearestName(group, groups);
    return report.error('CX2001', step?.span ?? path.span, `the vocabulary \`${name}\` has no group \`${group}\``, {
      expected: groups.length === 0 ? 'a vocabulary with groups: `{ base: first 50 %  new: rest }`' : groups.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  return { vocabulary: name, group };
}

/** The words that a function over a target sees: `over class[base]` there, or those that its data set puts in their place. */
export function narrowingOf(
  checker: Checker,
  { over, span }: Target,
  data: string,
  specs: ReadonlyMap<string, DatasetSpec>,
): Narrowing | undefined {
  const said = over === undefined ? undefined : checkNarrowing(checker, over);
  const replaced = wordsWith(checker, data, specs);
  if (said !== undefined && replaced !== undefined) checker.unbuilt(span, '`over` on a data set with other words');
  return said ?? replaced;
}

/** The law: what has a row for each word has none to spare. A function that sees some words reads no such part. */
export function reportRowsOfWords(checker: Checker, over: Narrowing, roots: readonly Typed[], span: Span): void {
  const { vocabulary } = over;
  const what =
    'group' in over ? `\`${narrowingWords(over)}\` is a part of them` : `\`${over.words}\` stands in its place`;
  for (const typed of reachable(roots)) {
    if (typed.op !== 'parameter' && typed.op !== 'call') continue;
    const brings = typed.type.axes.some((axis) => axis.id === vocabulary);
    const has = typed.args.some((argument) => argument.type.axes.some((axis) => axis.id === vocabulary));
    if (!brings || has) continue;
    checker.report.error('CX6005', span, `\`${typed.attributes.owner}\` has a row for each \`${vocabulary}\`, and ${what}`, {
      related: [{ span: typed.span, label: `[${vocabulary}]` }],
      help: 'what is trained for some words says nothing of the others: compare with the words themselves, as a text tower does',
    }); // prettier-ignore
    return;
  }
}

function groupsOf(checker: Checker, name: string): string[] {
  const { groups, shares } = checker.vocabularies.get(name) ?? {};
  return [...Object.keys(groups ?? {}), ...Object.keys(shares ?? {})];
}
