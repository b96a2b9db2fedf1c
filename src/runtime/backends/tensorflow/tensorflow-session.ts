/**
 * A session whose parameters, optimiser slots, moving averages and accumulated gradients are variables of one TensorFlow graph. They
 * leave it only when asked for; a step sends a batch and a few scalars in, and the losses and the norm of the gradients out.
 */
import { invariant } from '../../../compiler/common/invariant.ts';
import {
  changingParameters,
  slotsOfParameter,
  stagesAveraging,
} from '../../../compiler/program/changing-parameters.ts';
import { functionsOf } from '../../../compiler/program/functions.ts';
import {
  functionScope,
  programArtefact,
  slotsCleared,
  stepNodes,
  variableNodes,
  type AverageNodes,
} from '../../../compiler/program/tensorflow-program.ts';
import { BackendError } from '../backend-error.ts';
import type { BackendInfo, ResidentAverages, Session, SessionRequest, StepResult, StepScalars } from '../backend.ts';
import type { Tensorflow } from './binding.ts';
import { byName, feedsOf, functionNodes, type Tensors } from './function-nodes.ts';
import { stageSteps } from './stage-steps.ts';
import { openVariables } from './variables.ts';

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
  const model = tensorflow.load(artefact, `program ${program.name}`);
  const stages = new Map(
    program.stages.flatMap((stage, at) => {
      const fn = functions.get(stage.step.id);
      // a stage that only evaluates or searches has no step
      if (fn === undefined || stage.step.graph.outputs.length === 0) return [];
      return [[stage.name, { at, stage, fn, step: stageSteps(model, program, at, fn) }] as const];
    }),
  );
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
  const averages = openVariables(
    model,
    program.parameters.flatMap(({ name, shape }, at) => {
      // one part is of the same stages: what was not started yet cannot be read
      const of = stagesAveraging(program, name).map((stage) => stage.name);
      return of.length === 0 ? [] : [{ name, shape, nodes: variableNodes(at, 'average'), part: of.join() }];
    }),
  );
  let steppedStage: string | undefined;
  /** The stage whose averages there are. */
  let averagedStage: string | undefined;
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

  function stageOf(name: string) {
    const stage = stages.get(name);
    invariant(stage, `the program has no stage ${name} that steps`);
    return stage;
  }

  /** Runs what changes parameters and averages of a stage: they are read anew then. */
  function changeAverages(name: string, which: keyof AverageNodes): void {
    variables.forget();
    averages.forget();
    model.run([], [stepNodes(stageOf(name).at).averages[which]]);
  }

  function startAverages(name: string, values: ReadonlyMap<string, Float32Array>): void {
    changeAverages(name, 'started');
    averages.write(values);
    averagedStage = name;
  }

  function step(name: string, feeds: Tensors, scalars: StepScalars): StepResult {
    const { stage, fn, step: run } = stageOf(name);
    if (steppedStage !== undefined && steppedStage !== name) clearSlots();
    steppedStage = name;
    fn.checkFeeds(feeds);
    if (stage.average !== undefined && averagedStage !== name) startAverages(name, new Map());
    variables.forget();
    slots.forget();
    averages.forget();
    return run(feeds, scalars);
  }

  function averagesOf(name: string): ResidentAverages {
    const { trainable } = stageOf(name).stage;
    return {
      start: async (values) => startAverages(name, values),
      swap: async () => changeAverages(name, 'swapped'),
      settle: async () => changeAverages(name, 'settled'),
      read: async () => averages.read(trainable),
    };
  }

  return {
    info,
    accumulates: true,
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
    averages: averagesOf,
    dispose: async () => model.dispose(),
  };
}
