/** Names of towers that stand alone: ViT as timm, DeiT and Hugging Face store it, the audio spectrogram transformer, BERT. */
import { inside, joined, kernelRule, led, linear, norm, ofHead, plain, type Rule } from './rule.ts';

const timmBlock = inside('blocks.#.', 'blocks.#.', [
  ...norm('norm1', 'norm1'),
  ...linear('attention.in', 'attn.qkv'),
  ...linear('attention.out', 'attn.proj'),
  ...norm('norm2', 'norm2'),
  ...linear('mlp.in', 'mlp.fc1'),
  ...linear('mlp.out', 'mlp.fc2'),
]);

export const timmRules: readonly Rule[] = [
  ...kernelRule('patches.weight', 'patch_embed.proj.weight'),
  ...plain('patches.bias', 'patch_embed.proj.bias'),
  ...led('class', 'cls_token', 2),
  ...led('distillation', 'dist_token', 2),
  ...led('positions', 'pos_embed', 1),
  ...timmBlock,
  ...norm('norm_post', 'norm'),
];

const huggingfaceBlock = inside('blocks.#.', 'encoder.layer.#.', [
  ...norm('norm1', 'layernorm_before'),
  ...joined('attention.in', ['attention.attention.query', 'attention.attention.key', 'attention.attention.value']),
  ...linear('attention.out', 'attention.output.dense'),
  ...norm('norm2', 'layernorm_after'),
  ...linear('mlp.in', 'intermediate.dense'),
  ...linear('mlp.out', 'output.dense'),
]);

export const vitRules: readonly Rule[] = [
  ...kernelRule('patches.weight', 'embeddings.patch_embeddings.projection.weight'),
  ...plain('patches.bias', 'embeddings.patch_embeddings.projection.bias'),
  ...led('class', 'embeddings.cls_token', 2),
  ...led('distillation', 'embeddings.distillation_token', 2),
  ...led('positions', 'embeddings.position_embeddings', 1),
  ...huggingfaceBlock,
  ...norm('norm_post', 'layernorm'),
];

/** DeiT's second token is part of them; the head is a norm and a linear layer. */
export const astRules: { readonly own: readonly Rule[]; readonly huggingface: readonly Rule[] } = {
  own: [...inside('', 'v.', timmRules), ...norm('norm_head', 'mlp_head.0'), ...linear('projection', 'mlp_head.1')],
  huggingface: [
    ...vitRules,
    ...ofHead([...norm('norm_head', 'classifier.layernorm'), ...linear('projection', 'classifier.dense')]),
  ],
};

/** `names`: of the two tensors of a norm. */
export const bertRules = (names: [string, string]): readonly Rule[] => [
  ...plain('tokens', 'embeddings.word_embeddings.weight'),
  ...plain('positions', 'embeddings.position_embeddings.weight'),
  ...plain('types', 'embeddings.token_type_embeddings.weight'),
  ...norm('norm_embedding', 'embeddings.LayerNorm', names),
  ...inside('blocks.#.', 'encoder.layer.#.', [
    ...joined('attention.in', ['attention.self.query', 'attention.self.key', 'attention.self.value']),
    ...linear('attention.out', 'attention.output.dense'),
    ...norm('norm1', 'attention.output.LayerNorm', names),
    ...linear('mlp.in', 'intermediate.dense'),
    ...linear('mlp.out', 'output.dense'),
    ...norm('norm2', 'output.LayerNorm', names),
  ]),
];
