/**
 * A session whose parameters and optimiser slots are variables of one TensorFlow graph. They leave it only when asked for; a step sends
 * a batch and a few scalars in, and the losses and the norm of the gradients out.
 */
import { invariant } from '../../../compiler/common/invariant.ts';
import { graphInputs } from '../../../compiler/ir/graph.ts';
import { changingParameters, slotsOfParameter } from '../../../compiler/program/changing-parameters.ts';
import { functionsOf } from '../../../compiler/program/functions.ts';
import type { Program, ProgramFunction } from '../../../compiler/program/program.ts';
import { inputNodeName, outputNodeName } from '../../../compiler/program/tensorflow-names.ts';
import {
  functionScope,
  programArtefact,
  slotsCleared,
  stepNodes,
  variableNodes,
  type StepNodes,
} from '../../../compiler/program/tensorflow-program.ts';
import { updateClasses, updateScalars, type UpdateClass } from '../../../compiler/program/update-scalars.ts';
import { BackendError } from '../backend-error.ts';
import type { BackendInfo, Session, SessionRequest, StepResult, StepScalars, TensorValue } from '../backend.ts';
import { feedChecker } from '../check-feeds.ts';
import type { Tensorflow, TensorflowFeed, TensorflowModel } from './binding.ts';
import { openVariables } from './variables.ts';

type Tensors = Readonly<Record<string, TensorValue>>;

/** A function of the program as the graph has it. */
interface FunctionNodes {
  readonly fn: ProgramFunction;
  readonly checkFeeds: (feeds: Tensors) => void;
  /** Inputs that are fed, all but parameters. */
  readonly inputs: readonly { readonly name: string; readonly node: string }[];
  readonly outputs: readonly { readonly name: string; readonly node: string }[];
}

interface StageNodes {
  readonly name: string;
  readonly trainable: readonly string[];
  readonly classes: readonly UpdateClass[];
  readonly step: FunctionNodes;
  readonly nodes: StepNodes;
}

/** Opens a program. Disposing of the session closes its graph; tensors live no longer than the call that made them. */
export function openTensorflowSession(tensorflow: Tensorflow, info: BackendInfo, request: SessionRequest): Session {
  const { program, artefacts, parameters } = request;
  const artefact = artefacts.get(programArtefact);
  if (artefact === undefined) {
    throw new BackendError(
      'artefact-missing',
      'internal',
      'tensorflow needs the program lowered to a TensorFlow graph',
    );
  }
  const functions = new Map(functionsOf(program).map((fn, at) => [fn.id, functionNodes(fn, functionScope(at))]));
  // a stage that only evaluates or searches has no step
  const stages = new Map(
    program.stages.flatMap((stage, at) =>
      stage.step.graph.outputs.length === 0 ? [] : [[stage.name, stageNodes(program, at, functions)] as const],
    ),
  );
  const model = tensorflow.load(artefact, `program ${program.name}`);
  const changing = new Set(changingParameters(program).map(({ name }) => name));
  const variables = openVariables(
    model,
    program.parameters.map(({ name, shape }, at) => ({
      name,
      shape,
      nodes: variableNodes(at),
      part: changing.has(name) ? 'changing' : 'frozen',
    })),
  );
  const slots = openVariables(
    model,
    program.parameters.flatMap(({ name, shape }, at) =>
      slotsOfParameter(program, name).map((slot) => ({
        name: `${name}/${slot}`,
        shape,
        nodes: variableNodes(at, slot),
        part: 'slots',
      })),
    ),
  );
  let steppedStage: string | undefined;
  try {
    variables.write(parameters);
    clearSlots();
  } catch (error) {
    model.dispose();
    throw error;
  }

  function clearSlots(): void {
    model.run([], [slotsCleared]);
    slots.forget();
  }

  function step(name: string, feeds: Tensors, scalars: StepScalars): StepResult {
    const stage = stages.get(name);
    invariant(stage, `the program has no stage ${name}`);
    if (steppedStage !== undefined && steppedStage !== name) clearSlots();
    steppedStage = name;
    stage.step.checkFeeds(feeds);
    variables.forget();
    slots.forget();
    const fed = [...feedsOf(stage.step, feeds), scalarFeed(stage, scalars)];
    const result = runStep(model, stage, fed);
    if (result.updated) return { outputs: result.outputs, gradientNorm: result.norm };
    return diagnose(model, stage, fed, result);
  }

  return {
    info,
    async call(id, feeds) {
      const fn = functions.get(id);
      invariant(fn, `the program has no function ${id}`);
      fn.checkFeeds(feeds);
      const values = model.run(
        feedsOf(fn, feeds),
        fn.outputs.map(({ node }) => node),
      );
      return byName(fn.outputs, values);
    },
    step: async (name, feeds, scalars) => step(name, feeds, scalars),
    readParameters: async (names) => variables.read(names ?? program.parameters.map(({ name }) => name)),
    writeParameters: async (values) => variables.write(values),
    readSlots: async () => slots.read(slots.names),
    async writeSlots(values) {
      clearSlots();
      steppedStage = undefined;
      slots.write(values);
    },
    dispose: async () => model.dispose(),
  };
}

function functionNodes(fn: ProgramFunction, scope: string): FunctionNodes {
  const inputs = graphInputs(fn.graph).map(({ name }, at) => ({ name, node: inputNodeName(at, scope) }));
  const isParameter = (name: string): boolean => fn.inputs[name]?.kind === 'parameter';
  const resident = new Set(inputs.map(({ name }) => name).filter(isParameter));
  return {
    fn,
    checkFeeds: feedChecker(fn.graph, resident),
    inputs: inputs.filter(({ name }) => !resident.has(name)),
    outputs: fn.graph.outputs.map(({ name }, at) => ({ name, node: outputNodeName(at, scope) })),
  };
}

function stageNodes(program: Program, at: number, functions: ReadonlyMap<string, FunctionNodes>): StageNodes {
  const stage = program.stages[at];
  const step = functions.get(stage?.step.id ?? '');
  invariant(stage !== undefined && step !== undefined, `the program has no stage ${at}`);
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
    step: { ...step, outputs: scalars },
    nodes: stepNodes(at),
  };
}

function feedsOf({ inputs }: FunctionNodes, feeds: Tensors): TensorflowFeed[] {
  return inputs.flatMap(({ name, node }) => {
    const value = feeds[name];
    return value === undefined ? [] : [{ node, value }];
  });
}

function scalarFeed({ classes, nodes }: StageNodes, scalars: StepScalars): TensorflowFeed {
  const data = updateScalars(classes, scalars);
  return { node: nodes.scalars, value: { dtype: 'f32', shape: [data.length], data } };
}

interface RawStep {
  readonly outputs: Record<string, TensorValue>;
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
): StepResult {
  if (Number.isFinite(norm)) return { outputs, gradientNorm: norm };
  const { nodes, trainable } = stage;
  const [finite, norms] = model.run(feeds, [nodes.gradientsFinite, nodes.gradientNorms]);
  const nonfinite = trainable.filter((_, at) => finite?.data[at] !== 1);
  if (nonfinite.length > 0) return { outputs, gradientNorm: norm, nonfinite };
  const whole = Math.hypot(...(norms?.data ?? []));
  if (!Object.values(outputs).every(({ data }) => data.every(Number.isFinite))) return { outputs, gradientNorm: whole };
  const given: readonly TensorflowFeed[] = [
    { node: nodes.norm, value: { dtype: 'f32', shape: [], data: Float32Array.of(whole) } },
    { node: nodes.finite, value: { dtype: 'bool', shape: [], data: Uint8Array.of(1) } },
  ];
  model.run([...feeds, ...given], [nodes.updated]);
  return { outputs, gradientNorm: whole };
}

function byName(
  outputs: readonly { readonly name: string }[],
  values: readonly TensorValue[],
): Record<string, TensorValue> {
  return Object.fromEntries(
    outputs.map(({ name }, at) => {
      const value = values[at];
      invariant(value, `tensorflow gave no ${name}`);
      return [name, value];
    }),
  );
}
