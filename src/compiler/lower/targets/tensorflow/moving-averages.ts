/** Moving averages of what trains: a variable beside each parameter, updated in the run that updates the parameter. */
import { invariant } from '../../../common/invariant.ts';
import type { Stage } from '../../../program/stage.ts';
import type { AverageNodes } from '../../../program/tensorflow-program.ts';
import { flag, type as typeAttribute, type GraphWriter, type TensorName } from './graph-writer.ts';
import { writeDone, type Variable } from './program-variables.ts';

const dtype = typeAttribute('f32');

/**
 * average ← decay · average + (1 − decay) · parameter, in place as average − (1 − decay) · (average − parameter). Waits for the update,
 * and is dead where that is.
 */
export function writeAveraging(
  writer: GraphWriter,
  { parameter, handle, average }: Variable,
  decay: number,
  updated: TensorName,
): TensorName {
  invariant(average, `${parameter.name} has no average`);
  const now = writer.node('ReadVariableOp', [handle], { dtype }, { after: [updated] });
  const distance = writer.node('Sub', [average.read, now]);
  return writer.node('ResourceApplyGradientDescent', [average.handle, writer.scalar('f32', 1 - decay), distance], {
    use_locking: flag(false),
  });
}

/** What is done with the averages of a stage between its steps; each is a bool to fetch. */
export function writeAverages(
  writer: GraphWriter,
  { trainable }: Stage,
  nodes: AverageNodes,
  variables: ReadonlyMap<string, Variable>,
): Readonly<Record<keyof AverageNodes, TensorName>> {
  const pairs = trainable.map((name) => {
    const variable = variables.get(name);
    invariant(variable?.average, `${name} has no average`);
    return { parameter: variable, average: variable.average };
  });
  const assign = (handle: TensorName, value: TensorName, after: readonly TensorName[] = []): TensorName =>
    writer.node('AssignVariableOp', [handle, value], {}, { after });
  // Of its own memory: an update in place would copy what two variables share.
  const copy = (value: TensorName): TensorName => writer.node('DeepCopy', [value]);
  return {
    started: writeDone(
      writer,
      nodes.started,
      pairs.map(({ parameter, average }) => assign(average.handle, copy(parameter.read))),
    ),
    // Each takes the memory of the other once both are read: nothing is copied.
    swapped: writeDone(
      writer,
      nodes.swapped,
      pairs.flatMap(({ parameter, average }) => [
        assign(average.handle, parameter.read, [average.read]),
        assign(parameter.handle, average.read, [parameter.read]),
      ]),
    ),
    settled: writeDone(
      writer,
      nodes.settled,
      pairs.map(({ parameter, average }) => assign(parameter.handle, copy(average.read))),
    ),
  };
}
