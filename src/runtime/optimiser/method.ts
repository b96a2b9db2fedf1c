/**
 * What each optimiser does to one element, with PyTorch's exact semantics. This file is the meaning; `kernels.wat` is the fast form of the
 * same formulas in the same order, so that in float32 both agree bit for bit. As PyTorch does, scalars are computed in double precision
 * and rounded once.
 */
import { biasCorrections } from '../../compiler/program/bias-corrections.ts';
import { isDecoupled, type SlotName } from '../../compiler/program/optimiser-slots.ts';
import type { OptimiserMethod } from '../../compiler/program/optimiser.ts';
import { invariant } from '../../compiler/common/invariant.ts';

/** The scalars of one tensor's update. */
export interface UpdateScalars {
  /** Rate of this tensor in this step: group × schedule × the tensor's own scale. */
  readonly learningRate: number;
  /** 0 for tensors that do not decay. */
  readonly decay: number;
  /** 1-based count of updates, for bias correction. */
  readonly update: number;
  /** Factor of the gradient: below 1 where the global norm was clipped. */
  readonly gradientScale: number;
}

/** Factor that brings a gradient of this global norm under the limit: torch's `clip_grad_norm_`, whose 1e-6 keeps it finite at 0. */
export function clipFactor(norm: number, limit: number | undefined): number {
  return limit === undefined ? 1 : Math.min(1, limit / (norm + 1e-6));
}

export type Floats = Float32Array | Float64Array;

/**
 * One update of one tensor in place: `w`, and the slots of `slotsOf(method)`. In Float64Array it computes in double precision, in
 * Float32Array it rounds after every operation.
 */
export function updateTensor(
  method: OptimiserMethod,
  w: Floats,
  gradient: Floats,
  slots: Readonly<Partial<Record<SlotName, Floats>>>,
  scalars: UpdateScalars,
): void {
  const r = w instanceof Float32Array ? Math.fround : (value: number): number => value;
  const scale = r(scalars.gradientScale);
  const l2 = r(isDecoupled(method) ? 0 : scalars.decay);
  const keep = r(isDecoupled(method) ? 1 - scalars.learningRate * scalars.decay : 1);
  const rate = r(scalars.learningRate);
  const slot = (name: SlotName): Floats => {
    const found = slots[name];
    invariant(found, `${method.kind} needs the slot ${name}`);
    return found;
  };
  /** g ← scale · g + l2 · w */
  const gradientAt = (i: number): number => r(r((gradient[i] ?? 0) * scale) + r((w[i] ?? 0) * l2));

  switch (method.kind) {
    case 'sgd': {
      const mu = r(method.momentum);
      const buffer = method.momentum === 0 ? undefined : slot('momentum');
      for (let i = 0; i < w.length; i++) {
        let g = gradientAt(i);
        if (buffer !== undefined) {
          // b ← µ b + g; the step is b, or with Nesterov's look-ahead g + µ b
          const b = r(r((buffer[i] ?? 0) * mu) + g);
          buffer[i] = b;
          g = method.nesterov ? r(g + r(b * mu)) : b;
        }
        w[i] = r((w[i] ?? 0) - r(g * rate));
      }
      return;
    }
    case 'adam':
    case 'adamw': {
      // Kingma & Ba 2015: m ← m + (1-β1)(g - m), v ← β2 v + (1-β2) g², w ← w - η/(1-β1^t) · m / (sqrt(v)/sqrt(1-β2^t) + ε)
      const [mean, square] = [slot('mean'), slot('square')];
      const towards = r(1 - method.beta1);
      const beta2 = r(method.beta2);
      const fresh = r(1 - method.beta2);
      const { meanShare, squareShare } = biasCorrections(method, scalars.update);
      const step = r(scalars.learningRate / meanShare);
      const correction = r(Math.sqrt(squareShare));
      const epsilon = r(method.epsilon);
      for (let i = 0; i < w.length; i++) {
        const g = gradientAt(i);
        const m = r((mean[i] ?? 0) + r(r(g - (mean[i] ?? 0)) * towards));
        const v = r(r((square[i] ?? 0) * beta2) + r(r(g * g) * fresh));
        mean[i] = m;
        square[i] = v;
        const denominator = r(r(r(Math.sqrt(v)) / correction) + epsilon);
        w[i] = r(r((w[i] ?? 0) * keep) - r(r(m * step) / denominator));
      }
      return;
    }
    case 'rmsprop': {
      // Tieleman & Hinton 2012: v ← α v + (1-α) g²; the step is g / (sqrt(v) + ε), or its running sum with momentum
      const square = slot('square');
      const buffer = method.momentum === 0 ? undefined : slot('momentum');
      const alpha = r(method.alpha);
      const fresh = r(1 - method.alpha);
      const epsilon = r(method.epsilon);
      const mu = r(method.momentum);
      for (let i = 0; i < w.length; i++) {
        const g = gradientAt(i);
        const v = r(r((square[i] ?? 0) * alpha) + r(r(g * g) * fresh));
        square[i] = v;
        let step = r(g / r(r(Math.sqrt(v)) + epsilon));
        if (buffer !== undefined) {
          step = r(r((buffer[i] ?? 0) * mu) + step);
          buffer[i] = step;
        }
        w[i] = r((w[i] ?? 0) - r(step * rate));
      }
      return;
    }
    case 'lion': {
      // Chen et al. 2023: w ← keep · w - η sign(β1 m + (1-β1) g), then m ← β2 m + (1-β2) g
      const mean = slot('mean');
      const beta1 = r(method.beta1);
      const fresh1 = r(1 - method.beta1);
      const beta2 = r(method.beta2);
      const fresh2 = r(1 - method.beta2);
      for (let i = 0; i < w.length; i++) {
        const g = gradientAt(i);
        const m = mean[i] ?? 0;
        const direction = Math.sign(r(r(m * beta1) + r(g * fresh1)));
        w[i] = r(r((w[i] ?? 0) * keep) - r(direction * rate));
        mean[i] = r(r(m * beta2) + r(g * fresh2));
      }
      return;
    }
  }
}

/** Each element into [low, high], after the step. */
export function clampTensor(w: Floats, low: number, high: number): void {
  for (let i = 0; i < w.length; i++) w[i] = Math.min(Math.max(w[i] ?? 0, low), high);
}
