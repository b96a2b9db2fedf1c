import type { LoweringRules } from '../lowering.ts';

export const convolutionRules: Partial<LoweringRules<'conv2d' | 'conv2d_grad_input' | 'conv2d_grad_filter'>> = {};
