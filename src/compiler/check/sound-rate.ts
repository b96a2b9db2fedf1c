import type { Checker } from './checker.ts';
import { reachable } from './reachability.ts';
import type { Typed } from './typed.ts';

/** Samples a second of the one sound that a value is made of, if it is made of one. */
export function soundRate(checker: Checker, value: Typed): number | undefined {
  const rates = new Set<number>();
  for (const node of reachable([value])) {
    if (node.op !== 'column') continue;
    const column: object | undefined = checker.columns.get(node.attributes.column)?.column;
    if (column !== undefined && 'rate' in column && typeof column.rate === 'number') rates.add(column.rate);
  }
  const [rate, second] = rates;
  return second === undefined ? rate : undefined;
}
