import { graphInputs, type Graph, type GraphNode, type TensorType } from '../../../ir/graph.ts';
import type { OpName } from '../../../ir/ops.ts';
import { groupKernels } from '../../group-kernels.ts';
import { Lowering, type LoweringRule } from './lowering.ts';
import { encodeModel, type OnnxModel, type OnnxNode, type OnnxValueInfo } from './onnx-proto.ts';
import { OnnxWriter, type OnnxName } from './onnx-writer.ts';
import { rules } from './rules.ts';

/** Understood alike by onnxruntime's native and WebAssembly builds. */
const opset = 20;

/**
 * The graph as the bytes of an `.onnx` model, with the graph's own input and output names. Every input is declared, used or not;
 * nodes that no output depends on are left out.
 */
export function emitOnnx(graph: Graph): Uint8Array {
  return encodeModel(lowerToOnnx(graph));
}

/** The same before it is bytes. */
export function lowerToOnnx(graph: Graph): OnnxModel {
  const inputs = graphInputs(graph);
  const writer = new OnnxWriter([...inputs.map(({ name }) => name), ...graph.outputs.map(({ name }) => name)]);
  const groups = groupKernels(graph);
  const lowering = new Lowering(graph, writer, groups, lowerNode);
  const outputValues = lowering.lowerOutputs(isDeferred);
  const nodes = nameOutputs(writer.nodes, graph, outputValues);
  return {
    graphName: graph.name,
    opset,
    nodes,
    initializers: writer.initializers,
    inputs: inputs.map(({ name, type }) => valueInfo(name, type)),
    outputs: graph.outputs.map(({ name, node }) => valueInfo(name, lowering.node(node).type)),
  };
}

function lowerNode(node: GraphNode, lowering: Lowering): OnnxName {
  // The table holds for each op the rule of that op; TypeScript cannot follow it through the union.
  const rule = rules[node.op] as unknown as LoweringRule<OpName>;
  return rule(node, lowering);
}

/** Users may take these in another form (a scalar, the unexpanded operand), so they are written only when asked for. */
function isDeferred(node: GraphNode): boolean {
  return node.op === 'constant' || node.op === 'iota' || node.op === 'broadcast';
}

function valueInfo(name: string, type: TensorType): OnnxValueInfo {
  return { name, dtype: type.dtype, shape: type.shape };
}

/**
 * Gives values the names of the outputs they are. Identity only where renaming cannot do: an output that is an input, a
 * constant, or a value that is an output already.
 */
function nameOutputs(nodes: readonly OnnxNode[], graph: Graph, values: readonly OnnxName[]): readonly OnnxNode[] {
  const produced = new Set(nodes.flatMap(({ outputs }) => outputs));
  const renamed = new Map<OnnxName, OnnxName>();
  const copies: OnnxNode[] = [];
  for (const [at, { name }] of graph.outputs.entries()) {
    const value = values[at] ?? '';
    if (produced.has(value) && !renamed.has(value)) renamed.set(value, name);
    else copies.push({ opType: 'Identity', name: `output_${at}`, inputs: [value], outputs: [name], attributes: [] });
  }
  const rename = (name: OnnxName): OnnxName => renamed.get(name) ?? name;
  return [...nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.opType === 'Identity' && copies.includes(node) ? node.outputs : node.outputs.map(rename),
  }));
}
