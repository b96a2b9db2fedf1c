import { GraphBuilder } from '../../../../src/compiler/ir/graph.ts';
import type { OptimiserMethod } from '../../../../src/compiler/program/optimiser.ts';
import type { ParameterTensor } from '../../../../src/compiler/program/parameter.ts';
import type { Program } from '../../../../src/compiler/program/program.ts';

export interface UpdateProgramOptions {
  readonly method: OptimiserMethod;
  readonly decay: number;
  readonly clip?: number;
  readonly learningRate: number;
  readonly average?: number;
  readonly accumulate?: number;
}

/** Tensors of sizes that fill no vector register, with different scales, decay flags and a clamp. */
export const updateParameters: readonly ParameterTensor[] = [
  parameter('kernel', [5, 7], { decay: true }),
  parameter('row', [3], { decay: false, learningRateScale: 0.25 }),
  parameter('slow', [4, 4], { decay: true, learningRateScale: 0.1 }),
  parameter('scale', [], { decay: false, clamp: [-0.2, 0.3] }),
];

function parameter(
  name: string,
  shape: readonly number[],
  options: Pick<ParameterTensor, 'decay'> & Partial<ParameterTensor>,
): ParameterTensor {
  return {
    name,
    owner: 'test',
    shape,
    role: 'weight',
    state: 'trainable',
    init: { kind: 'normal', mean: 0, deviation: 1 },
    learningRateScale: 1,
    decidedAt: 'test:1',
    ...options,
  };
}

/** One stage whose loss is Σ wᵢ xᵢ, so that each gradient is what is fed: `x kernel`, …; `offset` is added to the loss. */
export function updateProgram({
  method,
  decay,
  clip,
  learningRate,
  average,
  accumulate,
}: UpdateProgramOptions): Program {
  const g = new GraphBuilder('step');
  const inputs: Program['stages'][number]['step']['inputs'] = {};
  const outputs: Program['stages'][number]['step']['outputs'] = {};
  let total = g.add('input', [], { name: 'offset', dtype: 'f32', shape: [] });
  const sources: Record<string, (typeof inputs)[string]> = {
    offset: { kind: 'column', column: 'offset', part: 'value' },
  };
  const results: Record<string, (typeof outputs)[string]> = { total: { kind: 'total' } };
  const gradients = updateParameters.map(({ name, shape }) => {
    const w = g.add('input', [], { name, dtype: 'f32', shape });
    const x = g.add('input', [], { name: `x ${name}`, dtype: 'f32', shape });
    sources[name] = { kind: 'parameter', name };
    sources[`x ${name}`] = { kind: 'column', column: `x ${name}`, part: 'value' };
    const axes = shape.map((_, axis) => axis);
    total = g.add('add', [total, g.add('reduce_sum', [g.add('mul', [w, x], {})], { axes, keep: false })], {});
    return { name, x };
  });
  g.output('total', total);
  for (const { name, x } of gradients) {
    g.output(`gradient ${name}`, x);
    results[`gradient ${name}`] = { kind: 'gradient', parameter: name };
  }
  const names = updateParameters.map(({ name }) => name);
  return {
    schema: 'clipx.program/1',
    edition: 1,
    name: 'update',
    title: 'One update',
    row: 'full',
    digests: { semantic: 'a'.repeat(64), protocol: 'b'.repeat(64) },
    parameters: updateParameters,
    encoders: [],
    columns: [],
    vocabularies: [],
    tokenizers: [],
    texts: [],
    data: [],
    stages: [
      {
        name: 'main',
        trainable: names,
        batch: 1,
        steps: 1,
        groups: [{ parameters: names, method, learningRate, decay }],
        schedule: { kind: 'constant', warmup: { value: 0, unit: 'step' }, floor: 0 },
        ...(clip === undefined ? {} : { clipGradient: clip }),
        ...(average === undefined ? {} : { average }),
        ...(accumulate === undefined ? {} : { accumulate }),
        terms: [],
        objective: 'Σ w x',
        step: { id: 'main/step', graph: g.finish(), inputs: sources, outputs: results },
        values: [],
        evaluations: [],
      },
    ],
    figures: [],
    seeds: [1],
  };
}
