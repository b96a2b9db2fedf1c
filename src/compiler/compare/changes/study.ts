import type { CheckedExperiment } from '../../check/checked.ts';
import { printFormula } from '../../check/print-formula.ts';
import { sourceText } from '../../check/source-text.ts';
import type { Row } from '../../syntax/ast.ts';
import type { Change } from '../change.ts';
import { paired, type ComparedExperiment, type Sides } from '../sides.ts';

/** Seeds, rows of ablations, claims and the title: what is made of the experiment, not what it is. */
export function studyChanges(sides: Sides): Change[] {
  return [...seeds(sides), ...rows(sides), ...expectations(sides), ...title(sides)];
}

function seeds(sides: Sides): Change[] {
  const [before, after] = [sides.base, sides.head].map(({ checked }) => checked.seeds.join(', '));
  if (before === undefined || after === undefined || before === after) return [];
  const span = (side: 'base' | 'head') =>
    sides[side].graph.root?.file.statements.find((statement) => statement.kind === 'seeds')?.span;
  return [sides.change('seeds', 'seeds', before, after, `seeds ${before} → ${after}`, { base: span('base'), head: span('head') })]; // prettier-ignore
}

function rows(sides: Sides): Change[] {
  return paired(sides.base.checked.rows, sides.head.checked.rows, (row) => row.label).flatMap(({ base, head }): Change[] => {
    const label = (base ?? head)?.label ?? '';
    const path = `ablate "${label}"`;
    const places = { base: base?.span, head: head?.span };
    const [before, after] = [rowWords(sides.base, label), rowWords(sides.head, label)];
    if (base === undefined) return [sides.change('row-added', path, null, after, `+ row "${label}": ${after}`, places)];
    if (head === undefined) return [sides.change('row-removed', path, before, null, `− row "${label}": ${before}`, places)];
    return before === after ? [] : [sides.change('row-content', path, before, after, `row "${label}": ${before} → ${after}`, places)];
  }); // prettier-ignore
}

/** What a row sets, in the order of names: which is set first makes no difference. */
function rowWords({ graph }: ComparedExperiment, label: string): string {
  const isRow = (row: Row): boolean => row.label.value === label;
  const found = graph.root?.file.statements.flatMap((statement) => (statement.kind === 'ablate' ? statement.rows.filter(isRow) : [])); // prettier-ignore
  const items = (found?.[0]?.items ?? []).map((item) =>
    item.kind === 'assignment'
      ? `${sourceText(graph, item.path.span)} = ${printFormula(item.value)}`
      : sourceText(graph, item.span),
  );
  return items.sort().join(', ');
}

function expectations(sides: Sides): Change[] {
  type Expectation = CheckedExperiment['expectations'][number];
  const text = ({ text: words }: Expectation): string => words.replace(/^expect\s+/, '');
  return paired(sides.base.checked.expectations, sides.head.checked.expectations, text).flatMap(({ base, head }): Change[] => {
    if (base !== undefined && head !== undefined) return [];
    if (base !== undefined) return [sides.change('expectation-removed', 'expect', text(base), null, `− expect ${text(base)}`, { base: base.span })];
    return head === undefined ? [] : [sides.change('expectation-added', 'expect', null, text(head), `+ expect ${text(head)}`, { head: head.span })];
  }); // prettier-ignore
}

const titleOf = ({ checked }: ComparedExperiment): string => `${checked.name} "${checked.title}"`;

function title(sides: Sides): Change[] {
  const [before, after] = [titleOf(sides.base), titleOf(sides.head)];
  return before === after ? [] : [sides.change('title', 'experiment', before, after, `${before} → ${after}`)];
}
