import { graphInputs, type Graph, type NodeId } from '../../../ir/graph.ts';
import { inputNodeName, mainSignature, outputNodeName } from '../../../program/tensorflow-names.ts';
import { GraphWriter, tensorAddress, type TensorName } from './graph-writer.ts';
import { lowerGraph } from './lower-graph.ts';
import { encodeSavedModel, type TensorflowTensorInfo } from './tensorflow-proto.ts';

/**
 * The function as the bytes of a `saved_model.pb`: a Placeholder for each input, used or not, an Identity for each output, and the
 * signature `main` that feeds and fetches them by their node names.
 */
export function emitTensorflow(graph: Graph): Uint8Array {
  const writer = new GraphWriter();
  const inputs: Record<string, TensorflowTensorInfo> = {};
  const outputs: Record<string, TensorflowTensorInfo> = {};
  const placeholders = new Map<NodeId, TensorName>();
  for (const [at, { node, type }] of graphInputs(graph).entries()) {
    const name = inputNodeName(at);
    const tensor = writer.placeholder(name, type.dtype, type.shape);
    placeholders.set(node, tensor);
    inputs[name] = { tensor: tensorAddress(tensor), ...type };
  }
  const values = lowerGraph(graph, writer, ({ id }) => placeholders.get(id) ?? '');
  for (const [at, { node }] of graph.outputs.entries()) {
    const name = outputNodeName(at);
    const tensor = writer.node('Identity', [values[at] ?? ''], {}, { name });
    const type = graph.nodes[node]?.type;
    if (type !== undefined) outputs[name] = { tensor: tensorAddress(tensor), ...type };
  }
  return encodeSavedModel({ nodes: writer.nodes, signatures: { [mainSignature]: { inputs, outputs } } });
}
