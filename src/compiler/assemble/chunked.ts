/**
 * `chunk: 80`: a step on a batch that is held in memory a chunk at a time, with the loss of the whole batch (GradCache: Gao, Zhang, Han and
 * Callan, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", 2021). What is computed sample by sample is computed
 * chunk by chunk without a gradient; the loss of the features of all gives their gradient; then each chunk is computed again, with the
 * gradient of its features z: that of N · Σ z · ∂L/∂z, so that the mean over the N chunks, which sessions take, is ∂L.
 */
import { extract } from '../bind/extract.ts';
import { split, type InputRole } from '../bind/split.ts';
import { differentiate } from '../differentiate/differentiate.ts';
import { Arithmetic } from '../ir/arithmetic.ts';
import { GraphBuilder, type Graph, type NodeId } from '../ir/graph.ts';
import type { InputSource, OutputSource, ProgramFunction } from '../program/program-function.ts';
import type { Stage } from '../program/stage.ts';
import { programFunction } from './function.ts';
import { countDependent, growing } from './two-sizes.ts';

export interface ChunkRequest {
  /** Ids of the functions: `main/step`. */
  readonly id: (fn: string) => string;
  /** The step with its outputs, at the batch and at the chunk: the same nodes. */
  readonly whole: Graph;
  readonly part: Graph;
  readonly batch: number;
  readonly chunk: number;
  readonly sources: Readonly<Record<string, InputSource>>;
  readonly trains: (parameter: string) => boolean;
}

export interface ChunkedStep {
  readonly step: ProgramFunction;
  readonly trainable: readonly string[];
  readonly chunk: NonNullable<Stage['chunk']>;
}

/** The three functions of a step in chunks; undefined where nothing that trains is computed sample by sample. */
export function chunkedStep(request: ChunkRequest): ChunkedStep | undefined {
  const { id, whole, part, batch, chunk, sources, trains } = request;
  const count = batch / chunk;
  const varying = reaching(part, (name) => isTrained(sources[name], trains));
  const features = frontier(request);
  if (!features.some((node) => varying.has(node))) return undefined;
  const names = new Map(features.map((node, at) => [node, `chunk ${at}`]));
  const outputs = features.map((node) => ({ name: names.get(node) ?? '', node }));
  const known: Record<string, InputSource> = { ...sources };
  for (const name of names.values()) known[name] = handedOn(name);
  const encoded = extract(part, id('encode'), outputs, new Map());
  const encode = programFunction(id('encode'), encoded.graph, known, results(outputs));

  // the loss of the features of all, and what it asks of them
  const lossGraph = extract(whole, id('loss'), whole.outputs, names).graph;
  const total = outputOf(lossGraph, 'total');
  const wrt = inputsOf(lossGraph).filter(({ name }) => isTrained(known[name], trains) || [...names].some(([node, each]) => each === name && varying.has(node))); // prettier-ignore
  const { graph: lossBoth, gradients } = differentiate(lossGraph, total, wrt.map(({ node }) => node)); // prettier-ignore
  const asked = wrt.flatMap(({ name, node }) => {
    const gradient = gradients.get(node);
    return gradient === undefined ? [] : [{ of: name, name: gradientName(name, known), node: gradient }];
  });
  const lossOutputs = [...lossBoth.outputs, ...asked.map(({ name, node }) => ({ name, node }))];
  const loss = programFunction(id('loss'), { ...lossBoth, outputs: lossOutputs }, known, results(lossOutputs));

  // the chunk again, with the gradient of its features
  const builder = continued(encoded.graph, id('step'));
  const m = new Arithmetic(builder);
  const fed = (name: string, shape: readonly number[]): NodeId => {
    known[`given ${name}`] = handedOn(name);
    return builder.add('input', [], { name: `given ${name}`, dtype: 'f32', shape });
  };
  let surrogate: NodeId | undefined;
  for (const { name, node } of encoded.graph.outputs) {
    const cotangent = asked.find((each) => each.of === name);
    if (cotangent === undefined) continue;
    const { shape } = builder.nodes[node]?.type ?? { shape: [] };
    const product = m.binary('mul', node, fed(cotangent.name, shape));
    const sum = m.sum(product, shape.map((_, dim) => dim), false); // prettier-ignore
    surrogate = surrogate === undefined ? sum : m.add(surrogate, sum);
  }
  if (surrogate === undefined) return undefined;
  const scaled = m.scale(surrogate, count);
  const trained = inputsOf(builder).filter(({ name }) => isTrained(known[name], trains));
  const differentiated = differentiate(builder.finish(), scaled, trained.map(({ node }) => node)); // prettier-ignore
  const last = continued(differentiated.graph, id('step'));
  const give = (name: string, shape: readonly number[]): NodeId => {
    known[`given ${name}`] = handedOn(name);
    return last.add('input', [], { name: `given ${name}`, dtype: 'f32', shape });
  };
  const sums = new Arithmetic(last);
  const parameters = new Map<string, NodeId>();
  for (const { name, node } of trained) {
    const gradient = differentiated.gradients.get(node);
    if (gradient !== undefined) parameters.set(parameterOf(known[name]), gradient);
  }
  for (const { of, name, node } of asked) {
    const source = known[of];
    if (source?.kind !== 'parameter') continue;
    const own = parameters.get(source.name);
    const given = give(name, lossBoth.nodes[node]?.type.shape ?? []);
    parameters.set(source.name, own === undefined ? given : sums.add(own, given));
  }
  const stepOutputs = [
    ...whole.outputs.map(({ name, node }) => ({ name, node: give(name, whole.nodes[node]?.type.shape ?? []) })),
    ...[...parameters].map(([name, node]) => ({ name: `gradient ${name}`, node })),
  ];
  const given: Record<string, OutputSource> = {};
  for (const { name } of stepOutputs) given[name] = stepOutput(name);
  const step = programFunction(id('step'), { ...last.finish(), outputs: stepOutputs }, known, given);
  return { step, trainable: [...parameters.keys()], chunk: { size: chunk, count, encode, loss } };
}

/** Nodes that are computed sample by sample with parameters, and read by what puts samples together. */
function frontier({ whole, part, batch, chunk, sources }: ChunkRequest): readonly NodeId[] {
  const sizes = new Map(inputsOf(whole).map(({ name, node }) => [name, whole.nodes[node]?.type.shape[0]]));
  const role = (input: string): InputRole => {
    const source = sources[input];
    switch (source?.kind) {
      case 'parameter':
        return 'frozen';
      case 'column':
      case 'feature':
        return 'column';
      case 'random':
        // a draw for each sample is part of it; what is drawn for all at once is the same in every chunk
        return sizes.get(input) === batch && source.distribution.kind !== 'permutation' && partSize(part, input) === chunk ? 'column' : 'random'; // prettier-ignore
      default:
        return 'constant';
    }
  };
  const options = { keepColumns: false, countDependent: countDependent(part, whole), growing: growing(part, whole) }; // prettier-ignore
  return split(part, chunk, role, options).samples;
}

const partSize = (part: Graph, input: string): number | undefined => {
  const found = inputsOf(part).find(({ name }) => name === input);
  return found === undefined ? undefined : part.nodes[found.node]?.type.shape[0];
};

const isTrained = (source: InputSource | undefined, trains: (parameter: string) => boolean): boolean =>
  source?.kind === 'parameter' && trains(source.name);

const parameterOf = (source: InputSource | undefined): string => (source?.kind === 'parameter' ? source.name : '');

/** What one function of the step leaves for another, by its output. */
const handedOn = (name: string): InputSource => ({ kind: 'sample', id: name });

const gradientName = (input: string, sources: Readonly<Record<string, InputSource>>): string => {
  const source = sources[input];
  return `gradient ${source?.kind === 'parameter' ? source.name : input}`;
};

const results = (outputs: readonly { readonly name: string }[]): Record<string, OutputSource> =>
  Object.fromEntries(outputs.map(({ name }) => [name, { kind: 'sample', id: name }]));

/** What an output of a step is, by its name. */
export function stepOutput(name: string): OutputSource {
  if (name === 'total') return { kind: 'total' };
  if (name.startsWith('count ')) return { kind: 'count', name };
  if (name.startsWith('term ')) return { kind: 'term', name: name.slice(5) };
  if (name.startsWith('buffer ')) return { kind: 'buffer', name: name.slice(7) };
  return { kind: 'gradient', parameter: name.slice(9) };
}

function outputOf(graph: Graph, name: string): NodeId {
  return graph.outputs.find((output) => output.name === name)?.node ?? -1;
}

function inputsOf({ nodes }: Pick<Graph, 'nodes'>): { readonly name: string; readonly node: NodeId }[] {
  return nodes.flatMap((node) => (node.op === 'input' ? [{ name: node.attributes.name, node: node.id }] : []));
}

function continued(graph: Graph, name: string): GraphBuilder {
  const builder = new GraphBuilder(name);
  for (const node of graph.nodes) builder.nodes.push(node);
  return builder;
}

/** Nodes that depend on an input of this kind. */
function reaching(graph: Graph, wanted: (input: string) => boolean): ReadonlySet<NodeId> {
  const found = new Set<NodeId>();
  for (const node of graph.nodes) {
    const isWanted = node.op === 'input' && wanted(node.attributes.name);
    if (isWanted || node.inputs.some((input) => found.has(input))) found.add(node.id);
  }
  return found;
}
