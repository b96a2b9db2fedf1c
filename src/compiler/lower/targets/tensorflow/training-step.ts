/** The update of a stage: mean of the gradients, their norm, gate, clipping, optimisers, averages, buffers. */
import { invariant } from '../../../common/invariant.ts';
import type { Program } from '../../../program/program.ts';
import type { Stage } from '../../../program/stage.ts';
import { batchesOfUpdate } from '../../../program/changing-parameters.ts';
import { stepNodes } from '../../../program/tensorflow-program.ts';
import { updateClasses, updateScalarNames, type UpdateScalarName } from '../../../program/update-scalars.ts';
import type { Shape } from '../../../types/dtype.ts';
import { writeGathering, writeMeans } from './gathering.ts';
import { flag, int, type GraphWriter, type TensorName } from './graph-writer.ts';
import { writeAverages, writeAveraging } from './moving-averages.ts';
import { writeUpdate } from './optimisers.ts';
import type { Variable } from './program-variables.ts';
import { f32, scalarInfo, signatureOf } from './signatures.ts';
import type { TensorflowSignature, TensorflowTensorInfo } from './tensorflow-proto.ts';

/** A step's function as it was written. */
export interface WrittenStep {
  readonly signature: TensorflowSignature;
  /** The tensors of its outputs, in order. */
  readonly values: readonly TensorName[];
}

export interface StepRequest {
  readonly program: Program;
  readonly stage: Stage;
  readonly at: number;
  readonly step: WrittenStep;
  readonly writer: GraphWriter;
  readonly variables: ReadonlyMap<string, Variable>;
}

/** What a step computes, by what it is. */
interface StepValues {
  readonly losses: readonly { readonly tensor: TensorName; readonly shape: Shape }[];
  readonly gradients: ReadonlyMap<string, TensorName>;
  readonly buffers: readonly { readonly name: string; readonly tensor: TensorName }[];
}

/**
 * The signatures of a step, by id. The update of a stage is behind a gate: the scalars of all updates pass through one Switch, and where a loss or the norm is not finite
 * they are dead, and with them everything that changes a variable. As the gate waits for the whole backward pass, nobody holds a
 * parameter any more when it is updated in place.
 */
export function writeStep({
  program,
  stage,
  at,
  step,
  writer,
  variables,
}: StepRequest): Readonly<Record<string, TensorflowSignature>> {
  const nodes = stepNodes(at);
  const { losses, gradients: own, buffers } = stepValues(stage, step.values);
  const batches = batchesOfUpdate(stage);
  const gather = { writer, nodes: nodes.gather, variables, gradients: own, buffers };
  const gathered = batches === 1 ? undefined : writeGathering(gather);
  const gradients = batches === 1 ? own : writeMeans(gather, batches);
  const trained = stage.trainable.map((name) => {
    const gradient = gradients.get(name);
    invariant(gradient, `the step of ${stage.name} has no gradient of ${name}`);
    return gradient;
  });
  const norm = writeNorm(writer, trained, nodes.norm);
  const isFinite = writeFinite(writer, [...losses, { tensor: norm, shape: [] }]);
  const settled = buffers.map(({ tensor }) => tensor);
  const finite = writer.node('Identity', [isFinite], {}, { name: nodes.finite, after: settled });

  const classes = updateClasses(program, stage);
  const width = updateScalarNames.length;
  const scalarShape = [classes.length * width];
  const fed = writer.placeholder(nodes.scalars, 'f32', scalarShape);
  const [, scalars = ''] = writer.nodeWithResults('Switch', [fed, finite]);
  const factor = stage.clipGradient === undefined ? undefined : writeClipFactor(writer, norm, stage.clipGradient);
  const changes: TensorName[] = [];
  for (const [index, { group, decay, parameters }] of classes.entries()) {
    const classScalars = Object.fromEntries(
      updateScalarNames.map((name, offset) => [name, elementAt(writer, scalars, index * width + offset)]),
    ) as Record<UpdateScalarName, TensorName>;
    for (const parameter of parameters) {
      const variable = variables.get(parameter.name);
      const gradient = gradients.get(parameter.name);
      invariant(variable !== undefined && gradient !== undefined, `${parameter.name} is no variable`);
      const slots = Object.entries(variable.slots).map(([slot, { handle }]) => [slot, handle]);
      const change = writeUpdate({
        writer,
        method: group.method,
        parameter,
        decays: decay !== 0,
        handle: variable.handle,
        value: variable.read,
        gradient: factor === undefined ? gradient : writer.node('Mul', [gradient, factor]),
        slots: Object.fromEntries(slots),
        scalars: classScalars,
      });
      changes.push(change);
      if (stage.average !== undefined) changes.push(writeAveraging(writer, variable, stage.average, change));
    }
  }
  for (const { name, tensor } of buffers) {
    const variable = variables.get(name);
    invariant(variable, `${name} is no variable`);
    changes.push(writer.node('AssignVariableOp', [variable.handle, tensor], {}, { after: [scalars] }));
  }
  const [skipped = '', done = ''] = writer.nodeWithResults('Switch', [finite, finite]);
  const updated = writer.node(
    'Merge',
    [skipped, writer.node('Identity', [done], {}, { after: changes })],
    {},
    { name: nodes.updated },
  );
  writeDiagnosis(writer, trained, nodes);

  const { inputs, outputs } = step.signature;
  const averages = stage.average === undefined ? undefined : writeAverages(writer, stage, nodes.averages, variables);
  const { id } = stage.step;
  const did = (name: string, tensor: TensorName): [string, TensorflowTensorInfo] => [name, scalarInfo(tensor, 'bool')];
  return {
    [id]: {
      inputs: { ...inputs, [nodes.scalars]: f32(fed, scalarShape) },
      outputs: {
        ...outputs,
        [nodes.norm]: scalarInfo(norm, 'f32'),
        [nodes.updated]: scalarInfo(updated, 'bool'),
      },
    },
    ...Object.fromEntries(
      Object.entries(gathered ?? {}).map(([name, tensor]) => [
        `${id}/gather/${name}`,
        { inputs, outputs: { ...outputs, ...Object.fromEntries([did(name, tensor)]) } },
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(averages ?? {}).map(([name, tensor]) => [
        `${id}/averages/${name}`,
        signatureOf([], [did(name, tensor)]),
      ]),
    ),
  };
}

function stepValues({ step }: Stage, values: readonly TensorName[]): StepValues {
  const losses: { tensor: TensorName; shape: Shape }[] = [];
  const gradients = new Map<string, TensorName>();
  const buffers: { name: string; tensor: TensorName }[] = [];
  for (const [at, { name, node }] of step.graph.outputs.entries()) {
    const source = step.outputs[name];
    const tensor = values[at] ?? '';
    if (source?.kind === 'gradient') gradients.set(source.parameter, tensor);
    else if (source?.kind === 'buffer') buffers.push({ name: source.name, tensor });
    else losses.push({ tensor, shape: step.graph.nodes[node]?.type.shape ?? [] });
  }
  return { losses, gradients, buffers };
}

/** √Σ g² over all tensors. L2Loss is half a sum of squares. */
function writeNorm(writer: GraphWriter, gradients: readonly TensorName[], name: string): TensorName {
  const halves = writer.node(
    'Pack',
    gradients.map((gradient) => writer.node('L2Loss', [gradient])),
    { axis: int(0) },
  );
  const half = writer.node('Sum', [halves, writer.int32s([0])], { keep_dims: flag(false) });
  return writer.node('Sqrt', [writer.node('Mul', [half, writer.scalar('f32', 2)])], {}, { name });
}

/** Whether every element of f32 tensors is finite. */
function writeFinite(
  writer: GraphWriter,
  tensors: readonly { readonly tensor: TensorName; readonly shape: Shape }[],
): TensorName {
  const flags = tensors.map(({ tensor, shape }) => allFinite(writer, tensor, shape));
  return all(writer, writer.node('Pack', flags, { axis: int(0) }), 1);
}

function allFinite(writer: GraphWriter, tensor: TensorName, shape: Shape): TensorName {
  const finite = writer.node('IsFinite', [tensor]);
  return shape.length === 0 ? finite : all(writer, finite, shape.length);
}

function all(writer: GraphWriter, flags: TensorName, rank: number): TensorName {
  const axes = writer.int32s(Array.from({ length: rank }, (_, axis) => axis));
  return writer.node('All', [flags, axes], { keep_dims: flag(false) });
}

/** torch's `clip_grad_norm_`: limit / (norm + 1e-6), at most 1. */
function writeClipFactor(writer: GraphWriter, norm: TensorName, limit: number): TensorName {
  const number = (value: number): TensorName => writer.scalar('f32', value);
  const factor = writer.node('RealDiv', [number(limit), writer.node('AddV2', [norm, number(1e-6)])]);
  return writer.node('Minimum', [factor, number(1)]);
}

function elementAt(writer: GraphWriter, vector: TensorName, at: number): TensorName {
  const [begin, end, stride] = [writer.int32s([at]), writer.int32s([at + 1]), writer.int32s([1])];
  return writer.node('StridedSlice', [vector, begin, end, stride], {
    begin_mask: int(0),
    end_mask: int(0),
    ellipsis_mask: int(0),
    new_axis_mask: int(0),
    shrink_axis_mask: int(1),
  });
}

/**
 * Asked only when a step updated nothing: which gradients are not finite, and the norms of the others as M · √Σ (g/M)², which does not
 * overflow on the way. Where all are finite after all, the step is run again with `norm` and `finite` fed.
 */
function writeDiagnosis(
  writer: GraphWriter,
  gradients: readonly TensorName[],
  { gradientsFinite, gradientNorms }: { readonly gradientsFinite: string; readonly gradientNorms: string },
): void {
  const number = (value: number): TensorName => writer.scalar('f32', value);
  const flat = gradients.map((gradient) => writer.node('Reshape', [gradient, writer.int32s([-1])]));
  const finite = flat.map((gradient) => allFinite(writer, gradient, [1]));
  const norms = flat.map((gradient) => {
    const largest = writer.node('Max', [writer.node('Abs', [gradient]), writer.int32s([0])], {
      keep_dims: flag(false),
    });
    const scale = writer.node('Maximum', [largest, number(1)]);
    const half = writer.node('L2Loss', [writer.node('RealDiv', [gradient, scale])]);
    return writer.node('Mul', [scale, writer.node('Sqrt', [writer.node('Mul', [half, number(2)])])]);
  });
  writer.node('Pack', finite, { axis: int(0) }, { name: gradientsFinite });
  writer.node('Pack', norms, { axis: int(0) }, { name: gradientNorms });
}
