/** Gradients of several batches before one update: all but the last add to variables, the last one takes the mean. */
import { invariant } from '../../../common/invariant.ts';
import type { GatherNodes } from '../../../program/tensorflow-program.ts';
import type { GraphWriter, TensorName } from './graph-writer.ts';
import { writeDone, type Variable } from './program-variables.ts';

export interface GatherRequest {
  readonly writer: GraphWriter;
  readonly nodes: GatherNodes;
  readonly variables: ReadonlyMap<string, Variable>;
  /** By parameter, of one batch. */
  readonly gradients: ReadonlyMap<string, TensorName>;
  readonly buffers: readonly { readonly name: string; readonly tensor: TensorName }[];
}

/** Keeps the gradients of a batch; each is a bool to fetch. Its buffers are stored: the next batch of the update reads them. */
export function writeGathering({
  writer,
  nodes,
  variables,
  gradients,
  buffers,
}: GatherRequest): Readonly<Record<keyof GatherNodes, TensorName>> {
  const stored = (): TensorName[] =>
    buffers.map(({ name, tensor }) => {
      const variable = variables.get(name);
      invariant(variable, `${name} is no variable`);
      return writer.node('AssignVariableOp', [variable.handle, tensor]);
    });
  // A gradient can be memory that something else holds as well; the sum is added to in place.
  const first = [...gradients].map(([name, gradient]) =>
    writer.node('AssignVariableOp', [sumOf(variables, name).handle, writer.node('DeepCopy', [gradient])]),
  );
  const next = [...gradients].map(([name, gradient]) =>
    writer.node('AssignAddVariableOp', [sumOf(variables, name).handle, gradient]),
  );
  return {
    first: writeDone(writer, nodes.first, [...first, ...stored()]),
    next: writeDone(writer, nodes.next, [...next, ...stored()]),
  };
}

/** (sum of the earlier batches + this one) / batches. It changes nothing, so that a diagnosis can ask again. */
export function writeMeans(
  { writer, variables, gradients }: GatherRequest,
  batches: number,
): ReadonlyMap<string, TensorName> {
  return new Map(
    [...gradients].map(([name, gradient]) => {
      const whole = writer.node('AddV2', [sumOf(variables, name).read, gradient]);
      return [name, writer.node('RealDiv', [whole, writer.scalar('f32', batches)])];
    }),
  );
}

function sumOf(variables: ReadonlyMap<string, Variable>, name: string): NonNullable<Variable['sum']> {
  const sum = variables.get(name)?.sum;
  invariant(sum, `the gradients of ${name} are not kept`);
  return sum;
}
