import type { OptimiserMethod } from './optimiser.ts';

/** `momentum`: running sum of updates; `mean`: moving average of gradients; `square`: of their squares. */
export type SlotName = 'momentum' | 'mean' | 'square';

/** State that a method keeps for each element, all zero before the first update. */
export function slotsOf(method: OptimiserMethod): readonly SlotName[] {
  switch (method.kind) {
    case 'sgd':
      return method.momentum === 0 ? [] : ['momentum'];
    case 'adam':
    case 'adamw':
      return ['mean', 'square'];
    case 'rmsprop':
      return method.momentum === 0 ? ['square'] : ['square', 'momentum'];
    case 'lion':
      return ['mean'];
  }
}

/** Whether decay shrinks the weight itself (decoupled: Loshchilov & Hutter 2019) instead of joining the gradient. */
export function isDecoupled(method: OptimiserMethod): boolean {
  return method.kind === 'adamw' || method.kind === 'lion';
}
