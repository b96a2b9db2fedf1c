import type { OpName } from '../../../ir/ops.ts';
import type { LoweringRules } from './lowering.ts';
import { convolutionRules } from './rules/convolution.ts';
import { elementwiseRules } from './rules/elementwise.ts';
import { indexingRules } from './rules/indexing.ts';
import { linearRules } from './rules/linear.ts';
import { movementRules } from './rules/movement.ts';
import { normalisationRules } from './rules/normalisation.ts';
import { poolingRules } from './rules/pooling.ts';
import { reductionRules } from './rules/reductions.ts';
import { resizingRules } from './rules/resizing.ts';

/** The TensorFlow kernels of every op. */
export const rules: LoweringRules<OpName> = {
  ...elementwiseRules,
  ...linearRules,
  ...convolutionRules,
  ...poolingRules,
  ...reductionRules,
  ...normalisationRules,
  ...movementRules,
  ...indexingRules,
  ...resizingRules,
};
