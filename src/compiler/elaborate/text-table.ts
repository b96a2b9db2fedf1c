import { invariant } from '../common/invariant.ts';
import type { CheckedExperiment } from '../check/checked.ts';
import type { TextTable } from '../program/program.ts';
import { extent, type Axis, type SizeEnvironment } from '../types/axis.ts';

/** Renders a prompt over its vocabularies: one text per template and combination of entries, row-major. */
export function textTable(
  checked: CheckedExperiment,
  sizes: SizeEnvironment,
  prompt: string,
  tokenizer: string,
  id: string,
): TextTable {
  const table = checked.prompts.find((each) => each.name === prompt);
  invariant(table, `no prompt ${prompt}`);
  const counts = table.over.map((axis) => extent(axis.size, sizes));
  const texts = table.templates.flatMap((template) =>
    combinations(counts).map((entry) =>
      template
        .map((part) =>
          part.kind === 'text' ? part.text : word(checked, part.axis, entry[table.over.indexOf(part.axis)] ?? 0),
        )
        .join(''),
    ),
  );
  return { id, tokenizer, shape: table.axes.map((axis) => extent(axis.size, sizes)), texts };
}

function combinations(counts: readonly number[]): number[][] {
  let rows: number[][] = [[]];
  for (const count of counts)
    rows = rows.flatMap((row) => Array.from({ length: count }, (_, index) => [...row, index]));
  return rows;
}

/** Entries of a vocabulary that is not read yet are numbered: only sizes matter then. */
function word(checked: CheckedExperiment, axis: Axis, index: number): string {
  const vocabulary = checked.vocabularies.find((each) => each.name === axis.name);
  return vocabulary?.entries[index] ?? `${axis.name} ${index}`;
}
