import type { LoweringRules } from '../lowering.ts';

export const resizingRules: Partial<LoweringRules<'resize' | 'resize_grad'>> = {};
