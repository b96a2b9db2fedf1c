import type { LoweringRules } from '../lowering.ts';

export const normalisationRules: Partial<
  LoweringRules<
    | 'moment_mean'
    | 'moment_rstd'
    | 'layer_norm'
    | 'batch_norm'
    | 'batch_norm_training'
    | 'batch_norm_grad_input'
    | 'batch_norm_grad_scale'
  >
> = {};
