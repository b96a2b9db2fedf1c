import { invariant } from '../common/invariant.ts';
import { graphInputs, type Graph } from '../ir/graph.ts';
import { optimise } from '../optimise/optimise.ts';
import type { InputSource, OutputSource, ProgramFunction } from '../program/program-function.ts';

/** A graph with the sources of its inputs, optimised; inputs that nothing reads are gone. */
export function programFunction(
  id: string,
  graph: Graph,
  sources: Readonly<Record<string, InputSource>>,
  outputs: Readonly<Record<string, OutputSource>>,
): ProgramFunction {
  const optimised = optimise({ ...graph, name: id });
  const inputs: Record<string, InputSource> = {};
  for (const { name } of graphInputs(optimised)) {
    const source = sources[name];
    invariant(source, `${id}: nothing is known of the input ${name}`);
    inputs[name] = source;
  }
  return { id, graph: optimised, inputs, outputs };
}
