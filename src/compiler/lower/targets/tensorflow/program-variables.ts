/** Parameters and optimiser slots as variables of a TensorFlow graph. */
import { slotsOfParameter, stagesAveraging, stagesGathering } from '../../../program/changing-parameters.ts';
import type { SlotName } from '../../../program/optimiser-slots.ts';
import type { ParameterTensor } from '../../../program/parameter.ts';
import type { Program } from '../../../program/program.ts';
import { slotsCleared, variableNodes, type KeptName } from '../../../program/tensorflow-program.ts';
import { shapeOf, text, type as typeAttribute, type GraphWriter, type TensorName } from './graph-writer.ts';

interface VariableTensors {
  readonly handle: TensorName;
  readonly read: TensorName;
  readonly value: TensorName;
  readonly assigned: TensorName;
}

/** A parameter and what is kept of it. */
export interface Variable extends VariableTensors {
  readonly parameter: ParameterTensor;
  readonly slots: Readonly<Partial<Record<SlotName, VariableTensors>>>;
  readonly average?: VariableTensors;
  /** Of gradients. */
  readonly sum?: VariableTensors;
}

/** Every parameter of the program, in table order. */
export function writeVariables(program: Program, writer: GraphWriter): readonly Variable[] {
  // Two programs in one process have the same paths: they must not share what they name.
  const container = `clipx_${program.digests.semantic.slice(0, 16)}`;
  return program.parameters.map((parameter, at) => {
    const { name } = parameter;
    const write = (kept?: KeptName) => writeVariable(writer, container, parameter, at, kept);
    const slots = slotsOfParameter(program, name).map((slot) => [slot, write(slot)] as const);
    return {
      parameter,
      ...write(),
      slots: Object.fromEntries(slots),
      ...(stagesAveraging(program, name).length > 0 ? { average: write('average') } : {}),
      ...(stagesGathering(program, name).length > 0 ? { sum: write('sum') } : {}),
    };
  });
}

function writeVariable(
  writer: GraphWriter,
  container: string,
  { shape }: ParameterTensor,
  at: number,
  kept: KeptName | undefined,
): VariableTensors {
  const names = variableNodes(at, kept);
  const dtype = typeAttribute('f32');
  const handle = writer.node(
    'VarHandleOp',
    [],
    { dtype, shape: shapeOf(shape), container: text(container), shared_name: text(names.handle) },
    { name: names.handle },
  );
  const value = writer.placeholder(names.value, 'f32', shape);
  // A variable takes the memory that it is given; that of a feed may be JavaScript's own.
  const copy = writer.node('DeepCopy', [value]);
  const assign = writer.node('AssignVariableOp', [handle, copy]);
  const assigned = writeDone(writer, names.assigned, [assign]);
  // One read for all functions: a second one would hold the old value while the update wants to change it in place.
  const read = writer.node('ReadVariableOp', [handle], { dtype }, { name: names.read });
  return { handle, value, assigned, read };
}

/** Zeroes every optimiser slot. */
export function writeClearing(writer: GraphWriter, variables: readonly Variable[]): TensorName {
  const cleared = variables.flatMap(({ parameter, slots }) =>
    Object.values(slots).map(({ handle }) => {
      const zeros = writer.node('Fill', [writer.int32s(parameter.shape), writer.scalar('f32', 0)]);
      // Slots of the same shape would otherwise share one tensor, and each copy it at its first update.
      return writer.node('AssignVariableOp', [handle, writer.node('DeepCopy', [zeros])]);
    }),
  );
  return writeDone(writer, slotsCleared, cleared);
}

/** A bool to fetch: all of these have run. */
export function writeDone(writer: GraphWriter, name: string, after: readonly TensorName[]): TensorName {
  return writer.node('Identity', [writer.constant('bool', [], [1])], {}, { name, after });
}
