import type { OptimiserMethod } from './optimiser.ts';

type Adam = Extract<OptimiserMethod, { readonly kind: 'adam' | 'adamw' }>;

/**
 * How much of the two means of Adam is there at an update (1-based), since both begin at zero: 1 − β₁ᵗ and 1 − β₂ᵗ (Kingma & Ba 2015,
 * section 3). 1 where they are taken as they are.
 */
export function biasCorrections(
  { beta1, beta2, biasCorrection }: Adam,
  update: number,
): { readonly meanShare: number; readonly squareShare: number } {
  if (biasCorrection === false) return { meanShare: 1, squareShare: 1 };
  return { meanShare: 1 - beta1 ** update, squareShare: 1 - beta2 ** update };
}
