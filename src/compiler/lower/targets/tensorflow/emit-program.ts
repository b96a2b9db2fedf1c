/**
 * A whole experiment as one TensorFlow graph: every function, the variables they share, and of each stage the update by its optimiser.
 * Parameters are no part of the file: it stays small, and one file serves every seed.
 */
import { invariant } from '../../../common/invariant.ts';
import { graphInputs, type NodeId } from '../../../ir/graph.ts';
import { functionsOf } from '../../../program/functions.ts';
import type { Program } from '../../../program/program.ts';
import type { ProgramFunction } from '../../../program/program-function.ts';
import { inputNodeName, outputNodeName } from '../../../program/tensorflow-names.ts';
import { functionScope } from '../../../program/tensorflow-program.ts';
import { GraphWriter, tensorAddress, type TensorName } from './graph-writer.ts';
import { lowerGraph } from './lower-graph.ts';
import { writeClearing, writeVariables, type Variable } from './program-variables.ts';
import { f32, scalarInfo, signatureOf } from './signatures.ts';
import { encodeSavedModel, type TensorflowSignature, type TensorflowTensorInfo } from './tensorflow-proto.ts';
import { writeStep } from './training-step.ts';

/**
 * The program as the bytes of a `saved_model.pb`. Signatures: `init` takes every parameter, `read` gives it, `clear` zeroes the optimiser;
 * each function goes by its id, and that of a training step also takes the scalars of the update and updates what the stage trains. Where
 * a stage accumulates, `<step>/gather/first` and `…/next` take all batches of an update but its last; where it averages,
 * `<step>/averages/started`, `…/swapped` and `…/settled` do what their names say.
 */
export function emitTensorflowProgram(program: Program): Uint8Array {
  const writer = new GraphWriter();
  const variables = writeVariables(program, writer);
  const signatures: Record<string, TensorflowSignature> = {
    init: signatureOf(
      variables.map(({ parameter, value }) => [parameter.name, f32(value, parameter.shape)]),
      variables.map(({ parameter, assigned }) => [parameter.name, scalarInfo(assigned, 'bool')]),
    ),
    read: signatureOf(
      [],
      variables.map(({ parameter, read }) => [parameter.name, f32(read, parameter.shape)]),
    ),
    clear: signatureOf([], [['cleared', scalarInfo(writeClearing(writer, variables), 'bool')]]),
  };
  const byName = new Map(variables.map((variable) => [variable.parameter.name, variable]));
  const written = new Map<string, WrittenFunction>();
  for (const [at, fn] of functionsOf(program).entries()) {
    const result = writeFunction(fn, functionScope(at), writer, byName);
    written.set(fn.id, result);
    signatures[fn.id] = result.signature;
  }
  for (const [at, stage] of program.stages.entries()) {
    // a stage that only evaluates or searches has no step
    if (stage.step.graph.outputs.length === 0) continue;
    const step = written.get(stage.step.id);
    invariant(step, `stage ${stage.name} has no step`);
    Object.assign(signatures, writeStep({ program, stage, at, step, writer, variables: byName }));
  }
  return encodeSavedModel({ nodes: writer.nodes, signatures });
}

interface WrittenFunction {
  readonly signature: TensorflowSignature;
  /** The tensors of its outputs, in order. */
  readonly values: readonly TensorName[];
}

/** Parameters are read where they live; a placeholder for every other input. */
function writeFunction(
  { graph, inputs }: ProgramFunction,
  scope: string,
  writer: GraphWriter,
  variables: ReadonlyMap<string, Variable>,
): WrittenFunction {
  const tensors = new Map<NodeId, TensorName>();
  const fed: [string, TensorflowTensorInfo][] = [];
  for (const [at, { node, name, type }] of graphInputs(graph).entries()) {
    const source = inputs[name];
    const variable = source?.kind === 'parameter' ? variables.get(source.name) : undefined;
    const tensor = variable?.read ?? writer.placeholder(inputNodeName(at, scope), type.dtype, type.shape);
    tensors.set(node, tensor);
    if (variable === undefined) fed.push([name, { tensor: tensorAddress(tensor), ...type }]);
  }
  const values = lowerGraph(graph, writer, ({ id }) => tensors.get(id) ?? '');
  const given = graph.outputs.map(({ name, node }, at): [string, TensorflowTensorInfo] => {
    const tensor = writer.node('Identity', [values[at] ?? ''], {}, { name: outputNodeName(at, scope) });
    const type = graph.nodes[node]?.type;
    invariant(type, `${graph.name} has no node ${node}`);
    return [name, { tensor: tensorAddress(tensor), ...type }];
  });
  return { signature: signatureOf(fed, given), values };
}
