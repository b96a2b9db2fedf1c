import type { ParameterTensor } from '../../compiler/program/parameter.ts';
import type { Program } from '../../compiler/program/program.ts';

/** The tensors of one encoder, module or param that share a fate. */
export interface ParameterGroup {
  readonly owner: string;
  /** `statistics`: buffers of a trainable part, which change in training without a gradient. */
  readonly state: 'frozen' | 'trainable' | 'statistics';
  /** Stages in which it trains, in order. */
  readonly stages: readonly string[];
  readonly tensors: number;
  /** Numbers in those tensors. */
  readonly count: number;
  /** Learning rates in use, the group's rate times the tensor's scale; empty where frozen. */
  readonly learningRates: readonly number[];
  /** Tensors that weight decay acts on. */
  readonly decayed: number;
  /** `path:line` of what decided its state. */
  readonly decidedAt: string;
}

/** One row per owner and state, in table order: what `plan` and the report say of every tensor. */
export function parameterGroups(program: Program): readonly ParameterGroup[] {
  const groups = new Map<string, ParameterTensor[]>();
  for (const tensor of program.parameters) {
    const key = [tensor.owner, fateOf(tensor), tensor.decidedAt].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [tensor]);
    else group.push(tensor);
  }
  return [...groups.values()].map((tensors) => describeGroup(tensors, program));
}

function fateOf({ state, role }: ParameterTensor): ParameterGroup['state'] {
  return role === 'buffer' && state === 'trainable' ? 'statistics' : state;
}

function describeGroup(tensors: readonly ParameterTensor[], program: Program): ParameterGroup {
  const names = new Set(tensors.map((it) => it.name));
  const scales = new Map(tensors.map((it) => [it.name, it.learningRateScale]));
  const training = program.stages.filter((stage) => stage.trainable.some((name) => names.has(name)));
  const optimised = training.flatMap((stage) => stage.groups);
  const rates = optimised.flatMap((group) =>
    group.parameters.filter((name) => names.has(name)).map((name) => group.learningRate * (scales.get(name) ?? 1)),
  );
  const decaying = new Set(optimised.filter((it) => it.decay > 0).flatMap((it) => it.parameters));
  const first = tensors[0];
  return {
    owner: first?.owner ?? '',
    state: first === undefined ? 'frozen' : fateOf(first),
    stages: training.map((it) => it.name),
    tensors: tensors.length,
    count: tensors.reduce((sum, it) => sum + it.shape.reduce((product, size) => product * size, 1), 0),
    learningRates: [...new Set(rates)].sort((a, b) => b - a),
    decayed: tensors.filter((it) => it.decay && decaying.has(it.name)).length,
    decidedAt: first?.decidedAt ?? '',
  };
}
