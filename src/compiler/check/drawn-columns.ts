import type { CheckedExperiment } from './checked.ts';
import { columnsOfTemplate } from '../program/text-template.ts';
import { columnsOfView, isRandomView } from '../program/view.ts';

/**
 * Columns that training reads anew at every epoch: views in which something is drawn, frames of segments, lists that a text is drawn from,
 * and what is made of such. In an evaluation each has one form.
 */
export function drawnColumns({ columns, data, training }: CheckedExperiment): ReadonlySet<string> {
  const drawnFrom = new Set(data.filter(({ name }) => name === training.data).flatMap((spec) => Object.entries(spec.columns).flatMap(([name, source]) => (source.kind === 'draw' ? [name] : [])))); // prettier-ignore
  const drawn = new Set<string>();
  // columns of columns stand in any order: until nothing more is found
  for (let before = -1; before < drawn.size;) {
    before = drawn.size;
    for (const column of columns) {
      const { name, view } = column;
      const made = view === undefined ? [] : columnsOfView(view);
      const read = column.kind === 'text' && column.template !== undefined ? columnsOfTemplate(column.template) : made;
      const isDrawn = drawnFrom.has(name) || (view !== undefined && isRandomView(view)) || (column.kind === 'frames' && column.pick === 'segments'); // prettier-ignore
      if (isDrawn || read.some((other) => drawn.has(other))) drawn.add(name);
    }
  }
  return drawn;
}
