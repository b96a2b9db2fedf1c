/** How gradients change parameters. */

export interface OptimiserGroup {
  readonly parameters: readonly string[];
  readonly method: OptimiserMethod;
  readonly learningRate: number;
  readonly decay: number;
}

/** Exact PyTorch semantics. */
export type OptimiserMethod =
  | { readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
  | {
      readonly kind: 'adam' | 'adamw';
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      /** Means as they are, as BERT's own Adam has them; divided by 1 − βᵗ where absent. */
      readonly biasCorrection?: false;
    }
  | { readonly kind: 'rmsprop'; readonly alpha: number; readonly epsilon: number; readonly momentum: number }
  | { readonly kind: 'lion'; readonly beta1: number; readonly beta2: number };
