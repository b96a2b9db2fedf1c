import type { DataStep } from '../program/dataset.ts';
import type { ParameterTensor } from '../program/parameter.ts';
import type { Program } from '../program/program.ts';

/** Entries of a table of which nothing says how long it is. */
const someEntries = 64;

/** The program of an experiment that is run on random data: no weights and no tokenizers are read, and everything says that it was so. */
export function onRandomData(program: Program): Program {
  // one optimisation for each sample: two of them tell as much as a dozen
  const alone = new Set(
    program.stages.flatMap(({ each, data }) => (each === true && data !== undefined ? [data] : [])),
  );
  const two = (set: string): DataStep[] => (alone.has(set) ? [{ kind: 'sample', count: 2 }] : []);
  return {
    ...program,
    random: true,
    parameters: program.parameters.map(drawn),
    data: program.data.map((spec) => ({ ...spec, steps: [...spec.steps.map(fewer), ...two(spec.name)] })),
    tokenizers: program.tokenizers.map((spec) => ({
      ...spec,
      random: spec.entries ?? spec.cut?.pieces ?? someEntries,
    })),
  };
}

/** What starts from a file or a run is drawn like the tables of a transformer. */
function drawn(tensor: ParameterTensor): ParameterTensor {
  const { kind } = tensor.init;
  if (kind === 'image') return { ...tensor, init: { kind: 'uniform', low: 0, high: 1 } };
  return kind === 'file' || kind === 'run' ? { ...tensor, init: { kind: 'normal', mean: 0, deviation: 0.02 } } : tensor;
}

/** So that something is left for the set that is all the others. */
function fewer(step: DataStep): DataStep {
  if (step.kind === 'few-shot') return { ...step, count: Math.min(step.count, 2) };
  return step.kind === 'sample' && step.count !== undefined ? { kind: 'sample', share: 0.5 } : step;
}
