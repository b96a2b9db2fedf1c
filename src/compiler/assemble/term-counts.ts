/** How many elements loss terms are means or extremes of, in a step. */
import { extract } from '../bind/extract.ts';
import type { CheckedTraining } from '../check/checked.ts';
import { reachableHere } from '../check/reachability.ts';
import type { Typed } from '../check/typed.ts';
import type { Elaborator } from '../elaborate/elaborator.ts';
import { takenIn } from '../elaborate/taken-in.ts';
import { evaluateGraph } from '../ir/evaluate.ts';
import { graphInputs, type Graph } from '../ir/graph.ts';
import type { CountedElements } from '../program/evaluation.ts';
import { extent, type SizeEnvironment } from '../types/axis.ts';
import { elementCount } from '../types/dtype.ts';

/** Larger masks are counted by the engine, in each step. */
const largestCounted = 2 ** 20;

const countName = (term: string, at: number): string => `count ${term} ${at}`;

/** Outputs `count <term> <place>`: what masks leave to the means and extremes of the terms. */
export function countTerms(elaborator: Elaborator, { terms }: CheckedTraining): void {
  for (const { name, typed } of terms)
    for (const [at, { left }] of takenIn(typed).entries())
      if (left !== undefined)
        elaborator.output(countName(name, at), elaborator.aligner.expanded(elaborator.value(left), typed.type.axes));
}

/** Counts by output that no data and no parameter decides, as that of pairs `i != j`: no step need work them out. */
export function knownCounts(graph: Graph): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  for (const output of graph.outputs) {
    if (!output.name.startsWith('count ')) continue;
    const counting = extract(graph, 'count', [output], new Map()).graph;
    const isSmall = counting.nodes.every(({ type }) => elementCount(type.shape) <= largestCounted);
    if (!isSmall || graphInputs(counting).length > 0) continue;
    const [count] = evaluateGraph(counting, {})[output.name]?.data ?? [];
    if (count !== undefined) known.set(output.name, Math.round(count));
  }
  return known;
}

/** What a term is made of, at these sizes. */
export function countedElements(
  { name, typed }: { readonly name: string; readonly typed: Typed },
  { accumulate = 1 }: CheckedTraining,
  sizes: SizeEnvironment,
  known: ReadonlyMap<string, number>,
): readonly CountedElements[] {
  const perBatch = accumulate > 1 && [...reachableHere([typed])].some(isOfBatch);
  return takenIn(typed).map(({ axes, left }, at): CountedElements => {
    const output = left === undefined ? undefined : countName(name, at);
    const count = output === undefined ? 1 : known.get(output);
    const elements = axes.reduce((product, { size }) => product * extent(size, sizes), count ?? 1);
    return {
      elements,
      ...(output === undefined || count !== undefined ? {} : { left: output }),
      ...(perBatch ? { perBatch: true as const } : {}),
    };
  });
}

/** Whether it is another in each batch. */
const isOfBatch = ({ op }: Typed): boolean => op === 'column' || op === 'random' || op === 'shuffle';
