import { extract } from '../bind/extract.ts';
import type { CheckedExperiment } from '../check/checked.ts';
import { reachable } from '../check/reachability.ts';
import { Elaborator } from '../elaborate/elaborator.ts';
import type { OutputSource } from '../program/program-function.ts';
import type { Stage } from '../program/stage.ts';
import type { SizeEnvironment } from '../types/axis.ts';
import { programFunction } from './function.ts';
import type { StageParameters } from './parameter-table.ts';
import { entered, type TextTables } from './text-tables.ts';

/** What the trainable tensors start from that a sample decides, as a function of the sample; nothing where none does. */
export function startsOfSamples(
  id: string,
  checked: CheckedExperiment,
  sizes: Omit<SizeEnvironment, 'batch'>,
  trainable: readonly string[],
  table: StageParameters,
  texts: TextTables,
): Pick<Stage, 'starts'> {
  const wanted = new Set(trainable.filter((name) => table.get(name).init.kind === 'sample'));
  if (wanted.size === 0) return {};
  const elaborator = new Elaborator(id, checked, { ...sizes, batch: 1 }, false, false, true);
  const results: Record<string, OutputSource> = {};
  const outputs = [...reachable(checked.training.terms.map(({ typed }) => typed))].flatMap((typed) => {
    const [from] = typed.args;
    if (typed.op !== 'parameter' || from === undefined) return [];
    const { owner, path } = typed.attributes;
    const parameter = `${owner}.${path === '' ? 'value' : path}`;
    const name = `start ${parameter}`;
    if (!wanted.has(parameter) || name in results) return [];
    results[name] = { kind: 'start', parameter };
    return [{ name, node: elaborator.aligner.expanded(elaborator.value(from), typed.type.axes) }];
  });
  const elaborated = entered(elaborator.finish(), texts, id);
  table.add(elaborated.contexts);
  const { graph } = extract(elaborated.graph, id, outputs, new Map());
  return { starts: programFunction(id, graph, { ...elaborated.inputs }, results) };
}
