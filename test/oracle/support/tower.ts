/** A tower as a graph of its own, fed with the tensors of a checkpoint, on every engine. */
import { expect } from 'vitest';
import { DeclaringContext } from '../../../src/compiler/elaborate/layers/declaring-context.ts';
import { differentiate } from '../../../src/compiler/differentiate/differentiate.ts';
import { GraphBuilder, type NodeId } from '../../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../../src/compiler/ir/tensor-data.ts';
import { optimise } from '../../../src/compiler/optimise/optimise.ts';
import type { Shape } from '../../../src/compiler/types/dtype.ts';
import { storedForm, type Naming } from '../../../src/compiler/types/naming/naming.ts';
import { toStored } from '../../../src/compiler/types/naming/relayout.ts';
import type { TensorValue } from '../../../src/runtime/backends/backend.ts';
import { Checkpoint } from '../../../src/runtime/weights/checkpoint.ts';
import { openWeights } from '../../../src/runtime/weights/formats/open-weights.ts';
import type { EngineColumn } from '../../conformance/engines.ts';
import { runGraph } from '../../conformance/run-graph.ts';
import type { Oracle } from '../../support/oracles.ts';

export class Tower {
  readonly builder = new GraphBuilder('tower');
  readonly context: DeclaringContext;
  readonly #outputs = new Map<string, NodeId>();
  readonly #feeds: Record<string, TensorValue> = {};

  constructor(training = false) {
    this.context = new DeclaringContext(this.builder, 'e', () => training);
  }

  input(name: string, value: TensorData): NodeId {
    const { dtype, shape, data } = value;
    this.#feeds[name] = { dtype, shape, data: dtype === 'f32' ? Float32Array.from(data) : data } as TensorValue; // f64 is for the reference alone
    return this.builder.add('input', [], { name, dtype, shape });
  }

  output(name: string, node: NodeId): void {
    this.#outputs.set(name, node);
  }

  /** Every output on an engine; with `loss`, `gradient <path>` of every weight and `buffer <path>` after the step. */
  async run(column: EngineColumn, weights: string, loss?: NodeId): Promise<ReadonlyMap<string, TensorData>> {
    const outputs = new Map(this.#outputs);
    for (const [path, node] of this.context.bufferUpdates) outputs.set(`buffer ${path}`, node);
    let nodes = this.builder.nodes;
    if (loss !== undefined) {
      const weightNodes = [...this.context.parameters].filter(([, { options }]) => options.role !== 'buffer');
      const graph = { name: 'tower', nodes, outputs: [] };
      const { graph: whole, gradients } = differentiate(graph, loss, weightNodes.map(([, { node }]) => node)); // prettier-ignore
      nodes = [...whole.nodes];
      for (const [path, { node }] of weightNodes) outputs.set(`gradient ${path}`, gradients.get(node) ?? expect.fail(`no gradient of ${path}`)); // prettier-ignore
    }
    const names = [...outputs.keys()];
    const graph = optimise({ name: 'tower', nodes, outputs: names.map((name) => ({ name, node: outputs.get(name) ?? -1 })) }); // prettier-ignore
    const inputs = new Set(graph.nodes.flatMap((node) => (node.op === 'input' ? [node.attributes.name] : [])));
    const all = { ...this.#feeds, ...this.#parameters(weights) };
    const feeds = Object.fromEntries(Object.entries(all).filter(([name]) => inputs.has(name)));
    const engine = await column.open();
    try {
      const [results = {}] = await runGraph(engine, graph, column.lower(graph), feeds);
      return new Map(names.map((name) => [name, results[name] ?? expect.fail(`no ${name}`)]));
    } finally {
      await engine.dispose();
    }
  }

  #parameters(weights: string): Record<string, TensorValue> {
    const checkpoint = new Checkpoint(openWeights(weights));
    try {
      const wanted = new Map([...this.context.parameters].map(([path, { shape }]) => [path, { shape }]));
      checkpoint.expect(wanted);
      return Object.fromEntries([...wanted].map(([path, { shape }]) => [`e.${path}`, { dtype: 'f32', shape, data: checkpoint.read(path, { shape }) }])); // prettier-ignore
    } finally {
      checkpoint.close();
    }
  }
}

/** What ours is there, by the names of a checkpoint. */
export function theirs(naming: Naming, path: string, { shape, data }: TensorData): ReadonlyMap<string, TensorData> {
  const form = storedForm(naming, path, shape) ?? expect.fail(`no name of ${path}`);
  const values = toStored(form, Float32Array.from(data), shape);
  return new Map(form.theirs.map((each, index): [string, TensorData] => [each.name, { dtype: 'f32', shape: each.shape, data: values[index] ?? new Float32Array() }])); // prettier-ignore
}

/** Holds the parts of a run to the file of an oracle: `gradient <path>`, each under its name there; every tensor of the file has its turn. */
export function expectEach(oracle: Oracle, file: string, naming: Naming, run: ReadonlyMap<string, TensorData>, prefix: string, ignored: RegExp = /^$/): void {
  const left = new Set([...oracle.tensors(file).keys()].filter((name) => !ignored.test(name)));
  for (const [name, value] of run) {
    if (!name.startsWith(prefix)) continue;
    for (const [stored, tensor] of theirs(naming, name.slice(prefix.length), value)) {
      oracle.expectClose(tensor, file, stored);
      left.delete(stored);
    }
  }
  expect([...left]).toEqual([]);
} // prettier-ignore

/** Its first rows. */
export function firstRows(tensor: TensorData, shape: Shape): TensorData {
  return { dtype: tensor.dtype, shape, data: tensor.data.slice(0, shape.reduce((product, extent) => product * extent, 1)) }; // prettier-ignore
}
