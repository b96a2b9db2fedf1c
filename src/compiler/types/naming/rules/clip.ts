/** Names of CLIP: those of OpenAI's code, of open_clip, and of Hugging Face. */
import { modifiedResnetRules } from './resnet.ts';
import { inside, joined, kernelRule, linear, norm, plain, transposed, type Rule } from './rule.ts';

/** A residual block of OpenAI's code: PyTorch's attention with its joint matrix. */
const openaiBlock = inside('blocks.#.', 'transformer.resblocks.#.', [
  ...norm('norm1', 'ln_1'),
  ...plain('attention.in.weight', 'attn.in_proj_weight'),
  ...plain('attention.in.bias', 'attn.in_proj_bias'),
  ...linear('attention.out', 'attn.out_proj'),
  ...norm('norm2', 'ln_2'),
  ...linear('mlp.in', 'mlp.c_fc'),
  ...linear('mlp.out', 'mlp.c_proj'),
]);

const openaiVit: readonly Rule[] = [
  ...kernelRule('patches.weight', 'conv1.weight'),
  ...plain('class', 'class_embedding'),
  ...plain('positions', 'positional_embedding'),
  ...norm('norm_pre', 'ln_pre'),
  ...openaiBlock,
  ...norm('norm_post', 'ln_post'),
];

/** A text tower that stands alone in its file. */
export const openaiTextRules: readonly Rule[] = [
  ...plain('tokens', 'token_embedding.weight'),
  ...plain('positions', 'positional_embedding'),
  ...openaiBlock,
  ...norm('norm_final', 'ln_final'),
  ...plain('projection', 'text_projection'),
];

/** An image tower that stands alone in its file. */
export const openaiImageRules: readonly Rule[] = inside('', 'visual.', [...modifiedResnetRules, ...openaiVit]);

/** `text`: before the names of the text tower, `text.` in open_clip's custom form. */
export const clipRules = (text: '' | 'text.'): readonly Rule[] => [
  ...inside('image.', 'visual.', [...modifiedResnetRules, ...openaiVit, ...plain('projection', 'proj')]),
  ...inside('text.', text, openaiTextRules),
  ...plain('logit_scale', 'logit_scale'),
];

const huggingfaceBlock = inside('blocks.#.', 'encoder.layers.#.', [
  ...norm('norm1', 'layer_norm1'),
  ...joined('attention.in', ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj']),
  ...linear('attention.out', 'self_attn.out_proj'),
  ...norm('norm2', 'layer_norm2'),
  ...linear('mlp.in', 'mlp.fc1'),
  ...linear('mlp.out', 'mlp.fc2'),
]);

/** `pre_layrnorm`: their spelling. */
export const huggingfaceImageRules: readonly Rule[] = inside('', 'vision_model.', [
  ...kernelRule('patches.weight', 'embeddings.patch_embedding.weight'),
  ...plain('class', 'embeddings.class_embedding'),
  ...plain('positions', 'embeddings.position_embedding.weight'),
  ...norm('norm_pre', 'pre_layrnorm'),
  ...huggingfaceBlock,
  ...norm('norm_post', 'post_layernorm'),
]);

/** A text tower that stands alone in its file. */
export const huggingfaceTextRules: readonly Rule[] = inside('', 'text_model.', [
  ...plain('tokens', 'embeddings.token_embedding.weight'),
  ...plain('positions', 'embeddings.position_embedding.weight'),
  ...huggingfaceBlock,
  ...norm('norm_final', 'final_layer_norm'),
]);

export const huggingfaceClipRules: readonly Rule[] = [
  ...inside('image.', '', huggingfaceImageRules),
  ...transposed('image.projection', 'visual_projection.weight'),
  ...inside('text.', '', huggingfaceTextRules),
  ...transposed('text.projection', 'text_projection.weight'),
  ...plain('logit_scale', 'logit_scale'),
];
