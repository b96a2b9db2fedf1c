/**
 * A whole program by hand, small enough for the reference engine: a frozen projection (cached feature), two trainable layers with
 * dropout, a buffer, a constant, a ramped weight, a clamp, validation that selects, and test data.
 */
import { differentiate } from '../../../src/compiler/differentiate/differentiate.ts';
import { GraphBuilder } from '../../../src/compiler/ir/graph.ts';
import type { NodeId } from '../../../src/compiler/ir/graph.ts';
import type { DatasetSpec } from '../../../src/compiler/program/dataset.ts';
import type { Evaluation } from '../../../src/compiler/program/evaluation.ts';
import type { OptimiserMethod } from '../../../src/compiler/program/optimiser.ts';
import type { ParameterTensor } from '../../../src/compiler/program/parameter.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import type {
  DescribedFunction,
  FeatureFunction,
  InputSource,
  OutputSource,
  ProgramFunction,
} from '../../../src/compiler/program/program-function.ts';
import type { Stage } from '../../../src/compiler/program/stage.ts';
import type { TensorValue } from '../../../src/runtime/backends/backend.ts';
import type { BatchSource, RunData } from '../../../src/runtime/batch-source.ts';
import { sha256 } from '../../../src/runtime/digest.ts';
import { stream } from '../../../src/runtime/random.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TinyOptions {
  readonly method?: OptimiserMethod;
  readonly epochs?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  /** Makes the loss infinite in this 1-based step's neighbourhood: the scale of the fit term. */
  readonly overflow?: boolean;
  /** Test data that would select: must be refused. */
  readonly selectOnTest?: boolean;
  readonly trainCount?: number;
  /** A second stage that trains the last layer alone, and a third without data. */
  readonly stages?: 3;
  /** Decay of the moving averages of every stage. */
  readonly average?: number;
  /** Batches of an update. */
  readonly accumulate?: number;
}

const sizes = { input: 6, feature: 5, hidden: 7, output: 2 };
const counts = { held: 10, final: 9 };

/** Builds a function with inputs by name and source. */
class FunctionBuilder {
  readonly graph: GraphBuilder;
  readonly inputs: Record<string, InputSource> = {};
  readonly outputs: Record<string, OutputSource> = {};

  constructor(name: string) {
    this.graph = new GraphBuilder(name);
  }

  input(name: string, shape: readonly number[], source: InputSource): NodeId {
    this.inputs[name] = source;
    return this.graph.add('input', [], { name, dtype: 'f32', shape });
  }

  output(name: string, node: NodeId, source: OutputSource): void {
    this.outputs[name] = source;
    this.graph.output(name, node);
  }

  finish(id: string): ProgramFunction {
    return { id, graph: this.graph.finish(), inputs: this.inputs, outputs: this.outputs };
  }
}

function mean(graph: GraphBuilder, x: NodeId): NodeId {
  const { shape } = graph.type(x);
  const sum = graph.add('reduce_sum', [x], { axes: shape.map((_, axis) => axis), keep: false });
  const count = shape.reduce((product, extent) => product * extent, 1);
  return graph.add('div', [sum, graph.add('constant', [], { dtype: 'f32', shape: [], values: [count] })], {});
}

const plain = { transposeA: false, transposeB: false };

function predict(
  b: FunctionBuilder,
  feature: NodeId,
  constant: NodeId,
  mask?: NodeId,
): { hidden: NodeId; out: NodeId } {
  const g = b.graph;
  const w1 = b.input('w1', [sizes.feature, sizes.hidden], { kind: 'parameter', name: 'head.w1' });
  const b1 = b.input('b1', [sizes.hidden], { kind: 'parameter', name: 'head.b1' });
  const w2 = b.input('w2', [sizes.hidden, sizes.output], { kind: 'parameter', name: 'head.w2' });
  const hidden = g.add('tanh', [g.add('add', [g.add('matmul', [feature, w1], plain), b1], {})], {});
  const kept = mask === undefined ? hidden : g.add('mul', [hidden, mask], {});
  return { hidden, out: g.add('add', [g.add('matmul', [kept, w2], plain), constant], {}) };
}

function featureFunction(stage: string, batch: number): FeatureFunction {
  const b = new FunctionBuilder('features');
  const x = b.input('x', [batch, sizes.input], { kind: 'column', column: 'x', part: 'value' });
  const p = b.input('projection', [sizes.input, sizes.feature], { kind: 'parameter', name: 'tower.projection' });
  b.output('f', b.graph.add('tanh', [b.graph.add('matmul', [x, p], plain)], {}), { kind: 'feature', id: 'f' });
  return { ...b.finish(`${stage}/features`), columns: ['x'], describes: { f: 'tower(x)' } };
}

function stepFunction(stage: string, batch: number, overflow: boolean, names = ['w1', 'b1', 'w2']): ProgramFunction {
  const b = new FunctionBuilder('step');
  const g = b.graph;
  const feature = b.input('f', [batch, sizes.feature], { kind: 'feature', id: 'f' });
  const y = b.input('y', [batch, sizes.output], { kind: 'column', column: 'y', part: 'value' });
  const constant = b.input('c', [sizes.output], { kind: 'constant', id: 'c' });
  const mask = b.input('mask', [batch, sizes.hidden], { kind: 'random', stream: 'dropout:head', distribution: { kind: 'bernoulli', keep: 0.8 } }); // prettier-ignore
  const lambda = b.input('lambda', [], { kind: 'weight', name: 'λ' });
  const running = b.input('running', [sizes.feature], { kind: 'parameter', name: 'head.running' });
  const { hidden, out } = predict(b, feature, constant, mask);
  const difference = g.add('sub', [out, y], {});
  let fit = mean(g, g.add('mul', [difference, difference], {}));
  // 1e38 · 1e38 is infinite in single precision.
  if (overflow) {
    const huge = g.add('constant', [], { dtype: 'f32', shape: [], values: [1e38] });
    fit = g.add('mul', [g.add('mul', [fit, huge], {}), huge], {});
  }
  const size = mean(g, g.add('mul', [hidden, hidden], {}));
  const total = g.add('add', [fit, g.add('mul', [size, lambda], {})], {});
  // running ← 0.9 running + 0.1 mean over the batch
  const number = (value: number): NodeId => g.add('constant', [], { dtype: 'f32', shape: [], values: [value] });
  const summed = g.add('reduce_sum', [feature], { axes: [0], keep: false });
  const fresh = g.add(
    'add',
    [g.add('mul', [running, number(0.9)], {}), g.add('mul', [summed, number(0.1 / batch)], {})],
    {},
  );
  const nodes = names.map((name) => g.nodes.findIndex((node) => node.op === 'input' && node.attributes.name === name));
  b.output('L_fit', fit, { kind: 'term', name: 'L_fit' });
  b.output('L_size', size, { kind: 'term', name: 'L_size' });
  b.output('total', total, { kind: 'total' });
  if (stage === 'main') b.output('running_next', fresh, { kind: 'buffer', name: 'head.running' });
  const { graph, gradients } = differentiate(g.finish(), total, nodes, { missing: 'zero' });
  const outputs = [...graph.outputs];
  names.forEach((name, index) => {
    const node = gradients.get(nodes[index] ?? -1);
    if (node === undefined) throw new Error(`no gradient of ${name}`);
    outputs.push({ name: `d_${name}`, node });
    b.outputs[`d_${name}`] = { kind: 'gradient', parameter: `head.${name}` };
  });
  return { id: `${stage}/step`, graph: { ...graph, outputs }, inputs: b.inputs, outputs: b.outputs };
}

function constantsFunction(stage: string): DescribedFunction {
  const b = new FunctionBuilder('constants');
  const offset = b.input('offset', [sizes.output], { kind: 'parameter', name: 'tower.offset' });
  b.output('c', b.graph.add('tanh', [offset], {}), { kind: 'constant', id: 'c' });
  return { ...b.finish(`${stage}/constants`), describes: { c: 'tower.offset' } };
}

function evaluation(
  stage: string,
  name: string,
  data: string,
  count: number,
  batch: number,
  best: boolean,
): Evaluation {
  const s = new FunctionBuilder('samples');
  const feature = s.input('f', [batch, sizes.feature], { kind: 'feature', id: 'f' });
  const constant = s.input('c', [sizes.output], { kind: 'constant', id: 'c' });
  s.output('prediction', predict(s, feature, constant).out, { kind: 'sample', id: 'prediction' });
  const m = new FunctionBuilder('metrics');
  const prediction = m.input('prediction', [count, sizes.output], { kind: 'sample', id: 'prediction' });
  const y = m.input('y', [count, sizes.output], { kind: 'column', column: 'y', part: 'value' });
  const difference = m.graph.add('sub', [prediction, y], {});
  m.output('mse', mean(m.graph, m.graph.add('mul', [difference, difference], {})), { kind: 'metric', name: 'mse' });
  return {
    name,
    data,
    count,
    batch,
    ...(best ? { best: { metric: 'mse', direction: 'min' as const } } : {}),
    samples: s.finish(`${stage}/${name}/samples`),
    metrics: m.finish(`${stage}/${name}/metrics`),
    table: [{ name: 'mse', formula: 'mean((ŷ - y)^2)', shape: [] }],
  };
}

function parameter(name: string, shape: readonly number[], rest: Partial<ParameterTensor>): ParameterTensor {
  return {
    name,
    owner: name.split('.')[0] ?? '',
    shape,
    role: 'weight',
    state: 'trainable',
    init: { kind: 'normal', mean: 0, deviation: 0.3 },
    learningRateScale: 1,
    decay: shape.length >= 2,
    decidedAt: 'tiny.clipx:1',
    ...rest,
  };
}

function dataset(name: string, mark?: string): DatasetSpec {
  return {
    name,
    source: { kind: 'jsonl', path: `${name}.jsonl` },
    columns: { x: { kind: 'path', path: 'x' }, y: { kind: 'path', path: 'y' } },
    steps: [],
    onBad: 'error',
    ...(mark === undefined ? {} : { mark }),
  };
}

/** The same model, all but its last layer frozen; then the offset of that layer's output pulled to zero, for which no data are read. */
function laterStages(main: Stage): Stage[] {
  const pull = new FunctionBuilder('pull');
  const w2 = pull.input('w2', [sizes.hidden, sizes.output], { kind: 'parameter', name: 'head.w2' });
  const size = mean(pull.graph, pull.graph.add('mul', [w2, w2], {}));
  pull.output('L_pull', size, { kind: 'term', name: 'L_pull' });
  pull.output('total', size, { kind: 'total' });
  const { graph, gradients } = differentiate(pull.graph.finish(), size, [w2]);
  pull.outputs['d_w2'] = { kind: 'gradient', parameter: 'head.w2' };
  const outputs = [...graph.outputs, { name: 'd_w2', node: gradients.get(w2) ?? -1 }];
  const { data: _none, features: _cached, constants: _once, clipGradient: _limit, ...rest } = main;
  const last = { ...rest, trainable: ['head.w2'], evaluations: [] };
  const group = { parameters: ['head.w2'], learningRate: 0.1, decay: 0 };
  return [
    {
      ...main,
      name: 'second',
      trainable: ['head.w2'],
      epochs: 1,
      groups: [{ ...group, method: { kind: 'sgd', momentum: 0.9, nesterov: true } }],
      constants: constantsFunction('second'),
      features: featureFunction('second', 4),
      step: stepFunction('second', main.batch, false, ['w2']),
      evaluations: [evaluation('second', 'val', 'held', counts.held, 4, true)],
    },
    {
      ...last,
      name: 'third',
      epochs: 4,
      groups: [{ ...group, method: { kind: 'sgd', momentum: 0, nesterov: false } }],
      terms: [{ name: 'L_pull', formula: 'mean(w2^2)', weight: { kind: 'constant', value: 1 } }],
      objective: 'L_pull',
      step: { id: 'third/step', graph: { ...graph, outputs }, inputs: pull.inputs, outputs: pull.outputs },
    },
  ];
}

export function tinyProgram(options: TinyOptions = {}): Program {
  const batch = options.batch ?? 8;
  const learningRate = options.learningRate ?? 0.02;
  const method = options.method ?? { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const main: Stage = {
    name: 'main',
    data: 'train',
    trainable: ['head.w1', 'head.b1', 'head.w2'],
    batch,
    epochs: options.epochs ?? 3,
    groups: [{ parameters: ['head.w1', 'head.b1', 'head.w2'], method, learningRate, decay: 0.01 }],
    schedule: { kind: 'cosine', warmup: { value: 2, unit: 'step' }, floor: 0.1 },
    clipGradient: 1,
    ...(options.average === undefined ? {} : { average: options.average }),
    ...(options.accumulate === undefined ? {} : { accumulate: options.accumulate }),
    terms: [
      { name: 'L_fit', formula: 'mean((ŷ - y)^2)', weight: { kind: 'constant', value: 1 } },
      {
        name: 'L_size',
        formula: 'mean(h^2)',
        weight: { kind: 'ramp', name: 'λ', from: 0, to: 0.1, over: { value: 1, unit: 'epoch' } },
      },
    ],
    objective: 'L_fit + λ * L_size',
    values: [],
    constants: constantsFunction('main'),
    features: featureFunction('main', 4),
    step: stepFunction('main', batch, options.overflow === true),
    evaluations: [
      evaluation('main', 'val', 'held', counts.held, 4, true),
      evaluation('main', 'test', 'final', counts.final, 4, options.selectOnTest === true),
    ],
  };
  return {
    schema: 'clipx.program/1',
    edition: 1,
    name: 'tiny',
    title: 'A two-layer regression',
    row: 'full',
    digests: { semantic: sha256(JSON.stringify(options)), protocol: sha256('tiny protocol') },
    parameters: [
      parameter('tower.projection', [sizes.input, sizes.feature], { state: 'frozen' }),
      parameter('tower.offset', [sizes.output], { state: 'frozen', init: { kind: 'values', values: [0.1, -0.2] } }),
      parameter('head.w1', [sizes.feature, sizes.hidden], { clamp: [-1.5, 1.5] }),
      parameter('head.b1', [sizes.hidden], { init: { kind: 'uniform', low: -0.1, high: 0.1 }, learningRateScale: 2 }),
      parameter('head.w2', [sizes.hidden, sizes.output], {}),
      parameter('head.running', [sizes.feature], {
        role: 'buffer',
        init: { kind: 'constant', value: 0 },
        decay: false,
      }),
    ],
    encoders: [],
    columns: [
      { kind: 'vector', name: 'x', size: sizes.input },
      { kind: 'vector', name: 'y', size: sizes.output },
    ],
    vocabularies: [],
    tokenizers: [],
    texts: [],
    data: [dataset('train'), dataset('held'), dataset('final', 'test')],
    stages: options.stages === 3 ? [main, ...laterStages(main)] : [main],
    figures: [],
    seeds: [1],
  };
}

/** The same samples as files of a project, for runs in another thread or process. */
export async function writeTinyData(folder: string): Promise<void> {
  for (const [name, count] of Object.entries({ train: 43, ...counts })) {
    const source = await tinyData().open(name);
    const { x, y } = await source.batch(
      Array.from({ length: count }, (_, index) => index),
      ['x', 'y'],
      undefined,
    );
    const lines = Array.from({ length: count }, (_, at) =>
      JSON.stringify({
        x: Array.from(x?.data.subarray(at * sizes.input, (at + 1) * sizes.input) ?? []),
        y: Array.from(y?.data.subarray(at * sizes.output, (at + 1) * sizes.output) ?? []),
      }),
    );
    writeFileSync(join(folder, `${name}.jsonl`), `${lines.join('\n')}\n`);
  }
}

/** Samples of a fixed random function; counts what was asked of it. */
export function tinyData(options: TinyOptions = {}): RunData & { readonly asked: string[] } {
  const asked: string[] = [];
  const sizesOf: Record<string, number> = { train: options.trainCount ?? 43, ...counts };
  return {
    asked,
    async open(data): Promise<BatchSource> {
      const count = sizesOf[data] ?? 0;
      const x = stream(7, `x:${data}`).fillNormal(new Float32Array(count * sizes.input));
      const row = (index: number): Float32Array => x.subarray(index * sizes.input, (index + 1) * sizes.input);
      const target = (index: number): number[] => {
        const [a = 0, b = 0, c = 0] = row(index);
        return [Math.sin(a) + 0.5 * b, a * c * 0.3];
      };
      return {
        count,
        async batch(indices, columns): Promise<Record<string, TensorValue>> {
          asked.push(`${data}:${columns.join('+')}:${Array.from(indices).join(',')}`);
          const rows = Array.from(indices);
          const all: Record<string, TensorValue> = {
            x: {
              dtype: 'f32',
              shape: [rows.length, sizes.input],
              data: Float32Array.from(rows.flatMap((index) => [...row(index)])),
            },
            y: { dtype: 'f32', shape: [rows.length, sizes.output], data: Float32Array.from(rows.flatMap(target)) },
          };
          return Object.fromEntries(columns.map((name) => [name, all[name] as TensorValue]));
        },
        contentKey: async (index, columns) =>
          sha256(JSON.stringify(columns), new Uint8Array(Float32Array.from(row(index)).buffer)),
      };
    },
    texts: () => Promise.reject(new Error('there are no texts')),
  };
}
