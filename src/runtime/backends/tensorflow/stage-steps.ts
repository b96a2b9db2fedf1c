/** The steps of a stage in a TensorFlow graph: one run each, and more where a step updated nothing. */
import { invariant } from '../../../compiler/common/invariant.ts';
import { batchesOfUpdate } from '../../../compiler/program/changing-parameters.ts';
import type { Program } from '../../../compiler/program/program.ts';
import { stepNodes, type StepNodes } from '../../../compiler/program/tensorflow-program.ts';
import { updateClasses, updateScalars, type UpdateClass } from '../../../compiler/program/update-scalars.ts';
import type { StepResult, StepScalars } from '../backend.ts';
import type { TensorflowFeed, TensorflowModel } from './binding.ts';
import { byName, feedsOf, type FunctionNodes, type Tensors } from './function-nodes.ts';

interface StageNodes {
  readonly name: string;
  readonly trainable: readonly string[];
  readonly classes: readonly UpdateClass[];
  /** Batches of one update. */
  readonly batches: number;
  readonly step: FunctionNodes;
  readonly nodes: StepNodes;
}

export type StageStep = (feeds: Tensors, scalars: StepScalars) => StepResult;

/** The step of the stage at a place of the program; of batches that make one update together, the last is the update. */
export function stageSteps(model: TensorflowModel, program: Program, at: number, fn: FunctionNodes): StageStep {
  const stage = stageNodes(program, at, fn);
  /** Whether the losses of the batches before were, where they make an update with this one. */
  let earlierFinite = true;
  return (feeds, scalars) => {
    const { micro = { at: 0, of: 1 } } = scalars;
    invariant(micro.of === stage.batches, `an update of ${stage.name} takes ${stage.batches} batches, not ${micro.of}`);
    if (micro.at === 0) earlierFinite = true;
    const batch = feedsOf(stage.step, feeds);
    if (micro.at < micro.of - 1) {
      const result = gather(model, stage, batch, micro.at === 0);
      earlierFinite &&= allFinite(result.outputs);
      return result;
    }
    const fed = [...batch, scalarFeed(stage, scalars), ...(earlierFinite ? [] : [finiteFeed(stage, false)])];
    const result = runStep(model, stage, fed);
    if (result.updated) return { outputs: result.outputs, gradientNorm: result.norm };
    return diagnose(model, stage, fed, result, earlierFinite);
  };
}

function stageNodes(program: Program, at: number, step: FunctionNodes): StageNodes {
  const stage = program.stages[at];
  invariant(stage, `the program has no stage ${at}`);
  const { name, trainable } = stage;
  // What is big or of use to nobody stays in the graph: gradients and new values of buffers.
  const scalars = step.outputs.filter(({ name: output }) => {
    const kind = stage.step.outputs[output]?.kind;
    return kind !== 'gradient' && kind !== 'buffer';
  });
  return {
    name,
    trainable,
    classes: updateClasses(program, stage),
    batches: batchesOfUpdate(stage),
    step: { ...step, outputs: scalars },
    nodes: stepNodes(at),
  };
}

function scalarFeed({ classes, nodes }: StageNodes, scalars: StepScalars): TensorflowFeed {
  const data = updateScalars(classes, scalars);
  return { node: nodes.scalars, value: { dtype: 'f32', shape: [data.length], data } };
}

/** Adds the gradients of one of the earlier batches of an update to what is kept. */
function gather(
  model: TensorflowModel,
  { step, nodes }: StageNodes,
  feeds: readonly TensorflowFeed[],
  isFirst: boolean,
): StepResult {
  const fetches = [...step.outputs.map(({ node }) => node), isFirst ? nodes.gather.first : nodes.gather.next];
  return { outputs: byName(step.outputs, model.run(feeds, fetches)), gradientNorm: Number.NaN };
}

interface RawStep {
  readonly outputs: Tensors;
  readonly norm: number;
  readonly updated: boolean;
}

function runStep(model: TensorflowModel, { step, nodes }: StageNodes, feeds: readonly TensorflowFeed[]): RawStep {
  const fetches = [...step.outputs.map(({ node }) => node), nodes.norm, nodes.updated];
  const values = model.run(feeds, fetches);
  const [norm, updated] = values.slice(step.outputs.length);
  return {
    outputs: byName(step.outputs, values),
    norm: norm?.data[0] ?? Number.NaN,
    updated: updated?.data[0] === 1,
  };
}

/**
 * Why a step updated nothing. A norm that overflows float32 on the way, of gradients that all are finite, is no reason: then the step is
 * done with the norm given.
 */
function diagnose(
  model: TensorflowModel,
  stage: StageNodes,
  feeds: readonly TensorflowFeed[],
  { outputs, norm }: RawStep,
  earlierFinite: boolean,
): StepResult {
  if (Number.isFinite(norm)) return { outputs, gradientNorm: norm };
  const { nodes, trainable } = stage;
  const [finite, norms] = model.run(feeds, [nodes.gradientsFinite, nodes.gradientNorms]);
  const nonfinite = trainable.filter((_, at) => finite?.data[at] !== 1);
  if (nonfinite.length > 0) return { outputs, gradientNorm: norm, nonfinite };
  const whole = Math.hypot(...(norms?.data ?? []));
  if (!earlierFinite || !allFinite(outputs)) return { outputs, gradientNorm: whole };
  const given: readonly TensorflowFeed[] = [
    { node: nodes.norm, value: { dtype: 'f32', shape: [], data: Float32Array.of(whole) } },
    finiteFeed(stage, true),
  ];
  model.run([...feeds, ...given], [nodes.updated]);
  return { outputs, gradientNorm: whole };
}

function finiteFeed({ nodes }: StageNodes, isFinite: boolean): TensorflowFeed {
  return { node: nodes.finite, value: { dtype: 'bool', shape: [], data: Uint8Array.of(isFinite ? 1 : 0) } };
}

function allFinite(outputs: Tensors): boolean {
  return Object.values(outputs).every(({ data }) => data.every(Number.isFinite));
}
