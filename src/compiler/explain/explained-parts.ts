/** Encoders, modules and params: what they are, what of them trains, and which lines decide it. */
import type { CheckedExperiment } from '../check/checked.ts';
import { partWords, settingWords, startsFromWords } from '../check/part-words.ts';
import { printFormula } from '../check/print-formula.ts';
import type { Program } from '../program/program.ts';
import type { ModuleGraph } from '../resolve/modules.ts';
import { elementCount } from '../types/dtype.ts';
import type { ExplainedPart } from './explanation.ts';
import type { Places } from './places.ts';

export function explainedParts(
  checked: CheckedExperiment,
  program: Program,
  graph: ModuleGraph,
  place: Places,
): ExplainedPart[] {
  const starts = new Map<string, string>();
  for (const statement of graph.root?.file.statements ?? [])
    if (statement.kind === 'param') starts.set(statement.name.text, printFormula(statement.init.value));
  const trained = new Set(program.stages.flatMap((stage) => stage.trainable));
  const all = [
    ...checked.instances.map((each) => ({ ...each, is: partWords(each.shape), from: startsFromWords(each) })),
    ...checked.parameters.map((each) => ({
      ...each,
      kind: 'param' as const,
      is: 'param',
      from: starts.get(each.name) ?? null,
    })),
  ];
  return all.map((part) => {
    const tensors = program.parameters.filter((tensor) => tensor.owner === part.name);
    const states = new Set(tensors.filter((tensor) => tensor.role === 'weight').map((tensor) => tensor.state));
    const lines = new Map<string, typeof tensors>();
    for (const tensor of tensors) {
      const key = `${tensor.state} ${tensor.decidedAt}`;
      lines.set(key, [...(lines.get(key) ?? []), tensor]);
    }
    return {
      name: part.name,
      kind: part.kind,
      state: states.size > 1 ? 'mixed' : ([...states][0] ?? part.flag),
      is: part.kind === 'param' ? `param [${tensors[0]?.shape.join(', ') ?? ''}]` : part.is,
      from: part.from,
      parameters: numbersIn(tensors),
      trainable: numbersIn(tensors.filter((tensor) => trained.has(tensor.name))),
      decided: [...lines.values()].map((group) => ({
        at: group[0]?.decidedAt ?? '',
        state: group[0]?.state ?? part.flag,
        tensors: group.length,
        parameters: numbersIn(group),
      })),
      settings: part.overrides
        .filter((override) => settingWords(override) !== '')
        .map((override) => ({ paths: override.paths, words: settingWords(override), at: place.at(override.span) })),
      at: place.at(part.span),
    };
  });
}

const numbersIn = (tensors: Program['parameters']): number =>
  tensors.reduce((sum, tensor) => sum + elementCount(tensor.shape), 0);
