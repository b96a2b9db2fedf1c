import type { Recipe } from './loss-recipes.ts';

const z = ['param', 'batch', 'd'] as const;
const logits = ['param', 'batch', 'class'] as const;

/** The cases of `test/oracles/library-losses`: losses that the fixtures of `test/oracles/losses` have no case of. */
const supervised: Recipe = {
  use: ['supervised_contrastive'],
  inputs: { z, label: ['id'] },
  loss: ({ tau = 0.1 }) => `supervised_contrastive(z, label, τ: ${String(tau)})`,
};

export const libraryRecipes: Readonly<Record<string, Recipe>> = {
  supervised_contrastive: supervised,
  'supervised_contrastive_tau0.5': supervised,
  masked_tokens: {
    use: ['masked_cross_entropy'],
    inputs: { logits, label: ['index', 'class'], asked: ['scalar'] },
    loss: () => 'masked_cross_entropy(logits, label, asked > 0.5, over: class)',
  },
  dice: {
    use: ['dice'],
    inputs: { logits, y: ['vector', 'batch', 'class'] },
    loss: () => 'dice(sigmoid(logits), y, over: class)',
  },
  logit_distillation: {
    use: ['logit_distillation'],
    inputs: { logits, teacher: ['frozen', 'batch', 'class'] },
    loss: ({ tau = 3 }) => `logit_distillation(logits, teacher, over: class, τ: ${String(tau)})`,
  },
  feature_distillation: {
    use: ['feature_distillation'],
    inputs: { a: z, teacher: ['frozen', 'batch', 'd'] },
    loss: () => 'feature_distillation(a, teacher)',
  },
  n_itc_two_passes: {
    use: ['similarities', 'n_itc_by', 'of_one'],
    inputs: { image: z, text: z, image2: ['frozen', 'batch', 'd'], text2: ['frozen', 'batch', 'd'], person: ['id'] },
    loss: ({ alpha = 0.4 }) =>
      `n_itc_by(similarities(image, text, 14), similarities(image2, text2, 14), of_one(person), ${String(alpha)})`,
  },
  rank_margin: {
    use: ['rank_loss'],
    inputs: { z, label: ['vector', 'batch', 'xyz'], perm: ['random', 'pair'] },
    loss: ({ margin = 0.1 }) => `rank_loss(z, label, margin: ${String(margin)})`,
  },
};
