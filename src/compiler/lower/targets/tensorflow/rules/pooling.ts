import type { LoweringRules } from '../lowering.ts';

export const poolingRules: Partial<LoweringRules<'max_pool' | 'max_pool_grad' | 'avg_pool' | 'avg_pool_grad'>> = {};
