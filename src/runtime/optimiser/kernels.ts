import { invariant } from '../../compiler/common/invariant.ts';
import { biasCorrections } from '../../compiler/program/bias-corrections.ts';
import type { OptimiserMethod } from '../../compiler/program/optimiser.ts';
import { kernelsBase64 } from './kernels-wasm.ts';
import type { SlotName } from '../../compiler/program/optimiser-slots.ts';
import type { UpdateScalars } from './method.ts';

/** Byte offsets into the memory of a kernel instance, multiples of 16. */
export interface BlockAddress {
  readonly weight: number;
  readonly gradient: number;
  readonly slots: Readonly<Partial<Record<SlotName, number>>>;
  /** A multiple of 16; what lies between the tensor's end and the block's is padding. */
  readonly bytes: number;
}

/** The fused kernels over one memory; see `method.ts` for what they compute. */
export interface Kernels {
  /** One update of one block, in place. */
  update(method: OptimiserMethod, at: BlockAddress, scalars: UpdateScalars): void;
  clamp(weight: number, bytes: number, low: number, high: number): void;
  /** Sum of squares in double precision. */
  sumSquares(gradient: number, bytes: number): number;
}

type Kernel = (...operands: readonly number[]) => number;

let compiled: WebAssembly.Module | undefined;

export function kernelsOver(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'));
  const { exports } = new WebAssembly.Instance(compiled, { host: { memory } });
  const kernel = (name: string): Kernel => {
    const found = exports[name];
    invariant(typeof found === 'function', `kernels.wat exports ${name}`);
    return found as Kernel;
  };
  const [sgd, sgdMomentum, adam] = [kernel('sgd'), kernel('sgd_momentum'), kernel('adam')];
  const [rmsprop, rmspropMomentum, lion] = [kernel('rmsprop'), kernel('rmsprop_momentum'), kernel('lion')];
  const [clamp, sumSquares] = [kernel('clamp'), kernel('sum_squares')];

  return {
    update(method, { weight, gradient, slots, bytes }, { learningRate, decay, update, gradientScale }) {
      const slot = (name: SlotName): number => {
        const address = slots[name];
        invariant(address !== undefined, `${method.kind} needs the slot ${name}`);
        return address;
      };
      // Passing a double to an f32 parameter rounds it once, to nearest.
      switch (method.kind) {
        case 'sgd':
          if (method.momentum === 0) sgd(weight, gradient, bytes, gradientScale, decay, learningRate);
          else {
            const { momentum, nesterov } = method;
            sgdMomentum(weight, slot('momentum'), gradient, bytes, gradientScale, decay, momentum, learningRate, nesterov ? 1 : 0); // prettier-ignore
          }
          return;
        case 'adam':
        case 'adamw': {
          const { beta1, beta2, epsilon } = method;
          const [l2, keep] = method.kind === 'adam' ? [decay, 1] : [0, 1 - learningRate * decay];
          const { meanShare, squareShare } = biasCorrections(method, update);
          const step = learningRate / meanShare;
          const correction = Math.sqrt(squareShare);
          adam(
            weight,
            slot('mean'),
            slot('square'),
            gradient,
            bytes,
            gradientScale,
            l2,
            keep,
            1 - beta1,
            beta2,
            1 - beta2,
            step,
            correction,
            epsilon,
          );
          return;
        }
        case 'rmsprop': {
          const { alpha, epsilon, momentum } = method;
          if (momentum === 0) {
            rmsprop(
              weight,
              slot('square'),
              gradient,
              bytes,
              gradientScale,
              decay,
              alpha,
              1 - alpha,
              epsilon,
              learningRate,
            );
          } else {
            rmspropMomentum(
              weight,
              slot('square'),
              slot('momentum'),
              gradient,
              bytes,
              gradientScale,
              decay,
              alpha,
              1 - alpha,
              epsilon,
              momentum,
              learningRate,
            );
          }
          return;
        }
        case 'lion': {
          const { beta1, beta2 } = method;
          const keep = 1 - learningRate * decay;
          lion(
            weight,
            slot('mean'),
            gradient,
            bytes,
            gradientScale,
            keep,
            beta1,
            1 - beta1,
            beta2,
            1 - beta2,
            learningRate,
          );
          return;
        }
      }
    },
    clamp: (weight, bytes, low, high) => void clamp(weight, bytes, low, high),
    sumSquares: (gradient, bytes) => sumSquares(gradient, bytes),
  };
}
