/**
 * Binding time: which nodes are the same at every step (constants), which depend on one sample and nothing that trains (per sample),
 * and what is left for every step. `language.md`, idea 4.
 */
import { invariant } from '../common/invariant.ts';
import type { Graph, GraphNode, NodeId } from '../ir/graph.ts';
import type { OpName } from '../ir/ops.ts';
import { elementCount } from '../types/dtype.ts';
import { repeatedDims, sampleAxes, type Growing } from './sample-axis.ts';

/** What each graph input depends on. */
export type InputRole = 'frozen' | 'trainable' | 'column' | 'constant' | 'random' | 'weight';

export interface Split {
  /** Nodes to be computed once, and read later. */
  readonly constants: readonly NodeId[];
  /** Nodes to be computed once a sample, and read later: dimension 0 is the sample. */
  readonly samples: readonly NodeId[];
  /** Why a frozen per-sample value could not be kept, by label. */
  readonly refused: readonly string[];
  /** Of each node: when its value is known, and whether the step itself computes it. */
  readonly times: readonly NodeTime[];
}

export interface NodeTime {
  /** The same at every step, known for each sample apart, or new at every step. */
  readonly when: 'constant' | 'sample' | 'step';
  readonly inStep: boolean;
  /** Its operands are known sample by sample, and it puts the samples of a batch together. */
  readonly mixes: boolean;
}

export interface SplitOptions {
  readonly keepColumns: boolean;
  /** Nodes whose value depends on how many samples there are: never per sample. */
  readonly countDependent?: ReadonlySet<NodeId>;
  /**
   * Dimensions of a node that are longer where there are more samples. Only the samples' own may be, and those of what is repeated for each
   * sample, as a class token is.
   */
  readonly growing?: Growing;
  /** A batch is one sample, held for many steps: whatever is of it alone is the same at each. */
  readonly held?: true;
}

interface Facts {
  /** Depends on nothing that changes between steps. */
  readonly constant: boolean;
  /** Depends on columns and constants only, each sample on itself. */
  readonly perSample: boolean;
  /** A frozen parameter is among what it depends on: worth computing ahead. */
  readonly weighty: boolean;
  /** A tower is among it, not only a rescaled parameter. */
  readonly heavy: boolean;
}

/**
 * `keepColumns`: in an evaluation every per-sample value is gathered over the set, cheap ones and columns too, since what crosses
 * samples is computed apart from them.
 */
export function split(graph: Graph, batch: number, role: (input: string) => InputRole, options: SplitOptions): Split {
  const columns = new Set(
    graph.nodes.flatMap((node) => (node.op === 'input' && role(node.attributes.name) === 'column' ? [node.id] : [])),
  );
  const held = options.held === true;
  const axes = held ? [] : sampleAxes(graph, batch, columns, options.growing);
  const repeats = options.growing === undefined ? [] : repeatedDims(graph);
  // what is as long as there are samples is no value of its own
  const isCut = (id: NodeId): boolean => facts[id]?.heavy === true && options.growing?.has(id) !== true;
  const facts: Facts[] = [];
  for (const { id } of graph.nodes) {
    const axis = axes[id];
    const own = axis?.kind === 'sample' ? axis.dim : undefined;
    const isRepeated = (dim: number): boolean => axis?.kind === 'none' && repeats[id]?.[dim] === true;
    const counts = options.countDependent?.has(id) === true || options.growing?.get(id)?.some((dim) => dim !== own && !isRepeated(dim)) === true; // prettier-ignore
    const node = graph.nodes[id];
    invariant(node, `no node ${id}`);
    facts.push(factsOf(node, facts, role, axis?.kind === 'mixed' || counts));
  }
  const keepable = (id: NodeId): boolean => {
    if (held) return true;
    const axis = axes[id];
    return axis?.kind === 'sample' && axis.dim === 0 && axis.inner === 1;
  };
  const constants = new Set<NodeId>();
  const samples = new Set<NodeId>();
  const refused = new Set<string>();
  const inStep = new Set<NodeId>(graph.outputs.map((output) => output.node));
  const read = (id: NodeId): void => {
    const node = graph.nodes[id];
    const fact = facts[id];
    invariant(node && fact, `node ${id} has no facts`);
    if (fact.constant) {
      if (isCut(id)) constants.add(id);
      else inStep.add(id);
      return;
    }
    if (fact.perSample && (options.keepColumns || fact.weighty)) {
      if (keepable(id) && (node.op !== 'input' || options.keepColumns)) {
        samples.add(id);
        return;
      }
      if (fact.weighty && node.label !== undefined) refused.add(node.label);
    }
    inStep.add(id);
  };
  // an output that is itself constant or per sample is read like any other value
  for (const output of graph.outputs) {
    const fact = facts[output.node];
    if (fact?.constant === true || fact?.perSample === true) {
      inStep.delete(output.node);
      read(output.node);
    }
  }
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id];
    if (node === undefined || !inStep.has(id)) continue;
    for (const input of node.inputs) read(input);
  }
  // what the per-sample functions themselves need may be constant too
  const inSamples = new Set<NodeId>(samples);
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id];
    if (node === undefined || !inSamples.has(id)) continue;
    for (const input of node.inputs) {
      const fact = facts[input];
      if (fact?.constant === true && isCut(input)) constants.add(input);
      else inSamples.add(input);
    }
  }
  const times = graph.nodes.map((node): NodeTime => {
    const fact = facts[node.id];
    const apart = node.inputs.every((input) => facts[input]?.perSample === true);
    return {
      when: fact?.constant === true ? 'constant' : fact?.perSample === true ? 'sample' : 'step',
      inStep: inStep.has(node.id),
      mixes: node.op !== 'input' && fact?.perSample !== true && apart,
    };
  });
  return {
    constants: cheapestFirst(graph, constants),
    samples: cheapestFirst(graph, samples),
    refused: [...refused],
    times,
  };
}

const heavyOps: ReadonlySet<OpName> = new Set<OpName>(['matmul', 'conv2d', 'gather', 'layer_norm', 'softmax']);

const cheapestFirst = (graph: Graph, nodes: ReadonlySet<NodeId>): NodeId[] =>
  [...nodes].sort((a, b) => a - b).filter((id) => elementCount(graph.nodes[id]?.type.shape ?? []) > 0);

function factsOf(
  node: GraphNode,
  earlier: readonly Facts[],
  role: (input: string) => InputRole,
  mixed: boolean,
): Facts {
  if (node.op === 'input') {
    const kind = role(node.attributes.name);
    return {
      constant: kind === 'frozen' || kind === 'constant',
      perSample: kind === 'column' || kind === 'frozen' || kind === 'constant',
      weighty: kind === 'frozen',
      heavy: false,
    };
  }
  const operands = node.inputs.map((input) => earlier[input]).filter((fact) => fact !== undefined);
  const weighty = operands.some((fact) => fact.weighty);
  return {
    constant: !mixed && operands.every((fact) => fact.constant),
    perSample: !mixed && operands.every((fact) => fact.perSample),
    weighty,
    heavy: operands.some((fact) => fact.heavy) || (weighty && heavyOps.has(node.op)),
  };
}
