import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/compiler/differentiate/differentiate.ts';
import type { OpName } from '../../../src/compiler/ir/ops.ts';
import { gradientDisagreements, graphOver, weightedSum } from '../../support/finite-differences.ts';
import { opNames, randomCase } from '../../support/op-cases.ts';
import { Random } from '../../support/random.ts';

/** Operands of each op that have a gradient; `all` f32 ones where nothing else is said. */
// prettier-ignore
const withoutGradient: readonly OpName[] = [
  'input', 'constant', 'iota', 'sign', 'floor', 'ceil', 'round', 'not', 'cast', 'stop', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and',
  'or', 'argmax', 'top_k_indices', 'one_hot', 'max_pool_grad', 'batch_norm_grad_input', 'batch_norm_grad_scale',
];
/** What nothing in the language differentiates: it refuses rather than say zero. */
const refusing: readonly OpName[] = ['max_pool_grad', 'batch_norm_grad_input', 'batch_norm_grad_scale'];

describe('the gradient agrees with central differences', () => {
  const differentiable = opNames.filter((op) => !withoutGradient.includes(op));
  test.each(differentiable)('%s', (op) => {
    for (let seed = 0; seed < 12; seed++) {
      const { inputs, attributes } = randomCase(op, new Random(seed));
      const wrong = gradientDisagreements(inputs, (builder, ids) => builder.add(op, ids, attributes));
      expect(
        wrong,
        `seed ${seed}: ${inputs.map((x) => `[${x.shape.join()}]`).join()} ${JSON.stringify(attributes)}`,
      ).toEqual([]);
    }
  });
});

describe('nothing flows through', () => {
  const cut = withoutGradient.filter((op) => !['input', 'constant', 'iota', ...refusing].includes(op));
  test.each(cut)('%s', (op) => {
    const { inputs, attributes } = randomCase(op, new Random(1));
    const { graph, nodes, result } = graphOver(inputs, (builder, ids) => {
      const y = builder.add(op, ids, attributes);
      const float = builder.type(y).dtype === 'f32' ? y : builder.add('cast', [y], { dtype: 'f32' });
      return weightedSum(builder, float);
    });
    const { graph: whole, gradients } = differentiate(graph, result, nodes);
    expect(gradients.size).toBe(0);
    expect(whole.nodes.length).toBe(graph.nodes.length);
  });
});
