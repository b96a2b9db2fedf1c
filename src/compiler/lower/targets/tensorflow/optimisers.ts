/**
 * One update of one variable by an optimiser, with PyTorch's semantics (`runtime/optimiser/method.ts` says what each means). Kernels of
 * TensorFlow update in place; they are used where their formula is PyTorch's, given the right scalars (`program/update-scalars.ts`).
 */
import { invariant } from '../../../common/invariant.ts';
import { isDecoupled, type SlotName } from '../../../program/optimiser-slots.ts';
import type { OptimiserMethod } from '../../../program/optimiser.ts';
import type { ParameterTensor } from '../../../program/parameter.ts';
import type { UpdateScalarName } from '../../../program/update-scalars.ts';
import { flag, type as typeAttribute, type GraphWriter, type TensorName } from './graph-writer.ts';

export interface UpdateRequest {
  readonly writer: GraphWriter;
  readonly method: OptimiserMethod;
  readonly parameter: ParameterTensor;
  readonly decays: boolean;
  readonly handle: TensorName;
  /** The value before the update. */
  readonly value: TensorName;
  readonly gradient: TensorName;
  readonly slots: Readonly<Partial<Record<SlotName, TensorName>>>;
  /** 0-D tensors. That they are dead is what keeps an update from happening. */
  readonly scalars: Readonly<Record<UpdateScalarName, TensorName>>;
}

/** Writes the update; all of it has happened when the node returned has run. */
export function writeUpdate(request: UpdateRequest): TensorName {
  const { writer, handle, parameter } = request;
  const updated = [...writeMethod(request)];
  if (parameter.clamp === undefined) return lastOf(writer, updated);
  const [low, high] = parameter.clamp;
  const moved = writer.node('ReadVariableOp', [handle], { dtype: typeAttribute('f32') }, { after: updated });
  const raised = writer.node('Maximum', [moved, writer.scalar('f32', low)]);
  return writer.node('AssignVariableOp', [handle, writer.node('Minimum', [raised, writer.scalar('f32', high)])]);
}

function lastOf(writer: GraphWriter, nodes: readonly TensorName[]): TensorName {
  const [only] = nodes;
  return nodes.length === 1 && only !== undefined ? only : writer.node('NoOp', [], {}, { after: nodes });
}

/** Nodes that together are the update. */
function writeMethod(request: UpdateRequest): readonly TensorName[] {
  const { writer, method, handle, value, scalars, decays } = request;
  const { rate } = scalars;
  const number = (constant: number): TensorName => writer.scalar('f32', constant);
  const add = (a: TensorName, b: TensorName): TensorName => writer.node('AddV2', [a, b]);
  const mul = (a: TensorName, b: TensorName): TensorName => writer.node('Mul', [a, b]);
  /** Waits for the rate, and is dead where it is. */
  const assign = (variable: TensorName, fresh: TensorName): TensorName =>
    writer.node('AssignVariableOp', [variable, fresh], {}, { after: [rate] });
  const read = (variable: TensorName): TensorName =>
    writer.node('ReadVariableOp', [variable], { dtype: typeAttribute('f32') });
  /** w ← w - rate · direction */
  const descend = (direction: TensorName, after: readonly TensorName[] = []): TensorName =>
    writer.node('ResourceApplyGradientDescent', [handle, rate, direction], unlocked, { after });
  /** b ← µ b + direction, w ← w - rate · b, or with Nesterov's look-ahead w - rate · (direction + µ b) */
  const descendWithMomentum = (direction: TensorName, momentum: number, nesterov: boolean): TensorName =>
    writer.node('ResourceApplyMomentum', [handle, slotOf(request, 'momentum'), rate, direction, number(momentum)], {
      ...unlocked,
      use_nesterov: flag(nesterov),
    });
  const gradient = decays && !isDecoupled(method) ? add(request.gradient, mul(value, scalars.decay)) : request.gradient;

  switch (method.kind) {
    case 'sgd':
      return [
        method.momentum === 0 ? descend(gradient) : descendWithMomentum(gradient, method.momentum, method.nesterov),
      ];
    case 'adam':
    case 'adamw': {
      // The decayed weight goes to memory of its own and becomes the variable: to scale in place TensorFlow has no kernel, and
      // ResourceApplyGradientDescent by the weight itself copies it first.
      const decayed = decays && isDecoupled(method) ? [assign(handle, mul(value, scalars.keep))] : [];
      const moments = [slotOf(request, 'mean'), slotOf(request, 'square')];
      // Its own bias correction is off (powers of β are 0): it is in the rate and the epsilon.
      const factors = [number(0), number(0), rate, number(method.beta1), number(method.beta2), scalars.epsilon];
      return [
        writer.node(
          'ResourceApplyAdam',
          [handle, ...moments, ...factors, gradient],
          { ...unlocked, use_nesterov: flag(false) },
          { after: decayed },
        ),
      ];
    }
    case 'rmsprop': {
      // TensorFlow's kernel has its epsilon inside the root.
      const slot = slotOf(request, 'square');
      const fresh = mul(writer.node('Square', [gradient]), number(1 - method.alpha));
      const square = add(mul(read(slot), number(method.alpha)), fresh);
      const step = writer.node('RealDiv', [gradient, add(writer.node('Sqrt', [square]), scalars.epsilon)]);
      const move = method.momentum === 0 ? descend(step) : descendWithMomentum(step, method.momentum, false);
      return [assign(slot, square), move];
    }
    case 'lion': {
      const slot = slotOf(request, 'mean');
      const mean = read(slot);
      const mixed = add(mul(mean, number(method.beta1)), mul(gradient, number(1 - method.beta1)));
      const direction = writer.node('Sign', [mixed]);
      const kept = add(mul(mean, number(method.beta2)), mul(gradient, number(1 - method.beta2)));
      const decayed = decays ? [assign(handle, mul(value, scalars.keep))] : [];
      return [descend(direction, decayed), assign(slot, kept)];
    }
  }
}

const unlocked = { use_locking: flag(false) };

function slotOf({ slots, method }: UpdateRequest, name: SlotName): TensorName {
  const slot = slots[name];
  invariant(slot, `${method.kind} needs the slot ${name}`);
  return slot;
}
