/** Sizes of an encoder as the configuration files of Hugging Face, open_clip and timm state them. */
import type { Shape } from '../dtype.ts';
import { clipStatistics, halfStatistics, plainStatistics, type Activation, type EncoderConfig, type ImageTowerConfig, type PixelStatistics, type TextTowerConfig } from '../model-config.ts'; // prettier-ignore
import { guessNaming } from './guess-naming.ts';
import {
  distilled,
  publishedPreprocessing,
  tokenizerFor,
  type Inferred,
  type PublishedPreprocessing,
} from './infer-config.ts';
import { JsonFields, Unfit } from './json-fields.ts';
import { preparedByOpenClip, preparedByTimm, preparedByTransformers } from './published-pictures.ts';

/** What lies beside a `config.json`. */
export interface Beside {
  /** `preprocessor_config.json`, parsed. */
  readonly preprocessor?: unknown;
  /** The tokenizer's file there, `./tokenizer.json` or `./vocab.txt`. */
  readonly tokenizer?: string;
  /** Names and shapes of the weights, where they are known. */
  readonly tensors?: ReadonlyMap<string, Shape>;
}

/** `config.json` of Hugging Face, by its `model_type`, or of timm, by its `architecture`. Undefined: it is neither. */
export function huggingfaceConfig(json: unknown, beside: Beside): Inferred | undefined {
  return told(() => {
    const fields = new JsonFields(json, '');
    if (fields.has('model_type')) return ofModelType(fields, beside);
    return fields.has('architecture') || fields.has('pretrained_cfg') ? timmConfig(fields, beside) : undefined;
  });
}

/** `open_clip_config.json`. */
export function openClipConfig(json: unknown): Inferred | undefined {
  return told(() => openClip(new JsonFields(json, '')));
}

function told(read: () => EncoderConfig | undefined): Inferred | undefined {
  try {
    const config = read();
    return config === undefined ? undefined : { config };
  } catch (error) {
    if (error instanceof Unfit) return { fault: error.message };
    throw error;
  }
}

function ofModelType(fields: JsonFields, beside: Beside): EncoderConfig {
  const type = fields.text('model_type');
  switch (type) {
    case 'clip': {
      const image = clipVision(fields.inside('vision_config'), beside);
      const text = clipText(fields.inside('text_config'), beside);
      return { kind: 'clip', joint: fields.count('projection_dim', 512), image, text };
    }
    case 'clip_vision_model':
      return clipVision(fields, beside);
    case 'clip_text_model':
      return clipText(fields, beside);
    case 'vit':
      return vitConfig(fields, beside);
    case 'deit':
      // transformers calls a DeiT without a second token `vit`
      throw new Unfit(distilled);
    case 'bert':
      return bertConfig(fields, beside);
    case 'audio-spectrogram-transformer':
      return astConfig(fields, beside);
    default:
      throw new Unfit(`\`model_type\` is ${JSON.stringify(type)}; clipx reads clip, vit, bert and audio-spectrogram-transformer`); // prettier-ignore
  }
}

const activations: Readonly<Record<string, Activation>> = { quick_gelu: 'quick_gelu', gelu: 'gelu', relu: 'relu' };

function activationOf(fields: JsonFields, key: string, fallback: string): Activation {
  const written = fields.text(key, fallback);
  const found = activations[written];
  if (found === undefined) throw new Unfit(`\`${key}\` is ${JSON.stringify(written)}; clipx knows ${Object.keys(activations).join(', ')}`); // prettier-ignore
  return found;
}

const inner = (hidden: number, width: number): { readonly hidden?: number } => (hidden === 4 * width ? {} : { hidden });
const under = (epsilon: number, usual: number): { readonly epsilon?: number } => epsilon === usual ? {} : { epsilon }; // prettier-ignore

/** Mean and deviation of `preprocessor_config.json`, or those of the published models. */
function statisticsOf({ preprocessor }: Beside, own: PixelStatistics): PixelStatistics {
  if (preprocessor === undefined) return own;
  const fields = new JsonFields(preprocessor, 'preprocessor_config.json');
  if (fields.raw('do_normalize') === false) return plainStatistics;
  return { mean: fields.triple('image_mean') ?? own.mean, deviation: fields.triple('image_std') ?? own.deviation };
}

function clipVision(fields: JsonFields, beside: Beside): ImageTowerConfig {
  fields.must('num_channels', 3);
  const width = fields.count('hidden_size', 768);
  return {
    kind: 'vit',
    size: fields.count('image_size', 224),
    patch: fields.count('patch_size', 32),
    width,
    layers: fields.count('num_hidden_layers', 12),
    heads: fields.count('num_attention_heads', 12),
    activation: activationOf(fields, 'hidden_act', 'quick_gelu'),
    statistics: statisticsOf(beside, clipStatistics),
    ...preparedByTransformers(beside.preprocessor, publishedPreprocessing('huggingface_clip')),
    ...inner(fields.count('intermediate_size', 3072), width),
    ...under(fields.number('layer_norm_eps', 1e-5), 1e-5),
  };
}

/** transformers: an `eos_token_id` of 2 is that of files which were written before the rule, and means the largest id; any other, its first place. */
function clipText(fields: JsonFields, beside: Beside): TextTowerConfig {
  const width = fields.count('hidden_size', 512);
  const vocabulary = fields.count('vocab_size', 49_408);
  const eos = fields.number('eos_token_id', 49_407);
  return {
    kind: 'text_transformer',
    context: fields.count('max_position_embeddings', 77),
    vocabulary,
    width,
    layers: fields.count('num_hidden_layers', 12),
    heads: fields.count('num_attention_heads', 8),
    activation: activationOf(fields, 'hidden_act', 'quick_gelu'),
    tokenizer: beside.tokenizer ?? tokenizerFor(vocabulary, 'clip'),
    end: eos === 2 ? 'largest' : eos,
    ...inner(fields.count('intermediate_size', 2048), width),
    ...under(fields.number('layer_norm_eps', 1e-5), 1e-5),
  };
}

function vitConfig(fields: JsonFields, beside: Beside): ImageTowerConfig {
  fields.must('num_channels', 3);
  fields.must('qkv_bias', true);
  const width = fields.count('hidden_size', 768);
  return {
    kind: 'vit',
    form: 'timm',
    size: fields.count('image_size', 224),
    patch: fields.count('patch_size', 16),
    width,
    layers: fields.count('num_hidden_layers', 12),
    heads: fields.count('num_attention_heads', 12),
    activation: activationOf(fields, 'hidden_act', 'gelu'),
    statistics: statisticsOf(beside, halfStatistics),
    ...preparedByTransformers(beside.preprocessor, publishedPreprocessing('huggingface_vit')),
    ...inner(fields.count('intermediate_size', 3072), width),
    ...under(fields.number('layer_norm_eps', 1e-12), 1e-6),
  };
}

function bertConfig(fields: JsonFields, beside: Beside): EncoderConfig {
  fields.must('position_embedding_type', 'absolute');
  fields.must('type_vocab_size', 2);
  fields.must('is_decoder', false);
  return {
    kind: 'bert',
    context: fields.count('max_position_embeddings', 512),
    vocabulary: fields.count('vocab_size', 30_522),
    width: fields.count('hidden_size', 768),
    layers: fields.count('num_hidden_layers', 12),
    heads: fields.count('num_attention_heads', 12),
    hidden: fields.count('intermediate_size', 3072),
    activation: activationOf(fields, 'hidden_act', 'gelu'),
    dropout: fields.number('hidden_dropout_prob', 0.1),
    tokenizer: beside.tokenizer ?? './vocab.txt',
    ...under(fields.number('layer_norm_eps', 1e-12), 1e-12),
  };
}

function astConfig(fields: JsonFields, { preprocessor }: Beside): EncoderConfig {
  const width = fields.count('hidden_size', 768);
  const stride = fields.count('time_stride', 10);
  fields.must('frequency_stride', stride);
  fields.must('intermediate_size', 4 * width);
  fields.must('qkv_bias', true);
  const sound = new JsonFields(preprocessor ?? {}, 'preprocessor_config.json');
  sound.must('do_normalize', true);
  return {
    kind: 'ast',
    mels: fields.count('num_mel_bins', 128),
    frames: fields.count('max_length', 1024),
    patch: fields.count('patch_size', 16),
    stride,
    width,
    layers: fields.count('num_hidden_layers', 12),
    heads: fields.count('num_attention_heads', 12),
    activation: activationOf(fields, 'hidden_act', 'gelu'),
    mean: sound.number('mean', -4.2677393),
    deviation: sound.number('std', 4.5689974),
    ...under(fields.number('layer_norm_eps', 1e-12), 1e-6),
  };
}

/** timm states how pictures come and which head there was; the sizes stand in the tensors. */
function timmConfig(fields: JsonFields, { tensors }: Beside): EncoderConfig {
  if (tensors === undefined) throw new Unfit('the sizes of a model of timm stand in its tensors, which are not there');
  const guess = guessNaming([...tensors.keys()], (name) => tensors.get(name));
  const config = guess?.config;
  if (config?.kind !== 'vit' && config?.kind !== 'resnet')
    throw new Unfit(guess?.fault ?? 'this is no ViT and no ResNet that clipx knows');
  const pretrained = fields.inside('pretrained_cfg');
  const mean = pretrained.triple('mean') ?? config.statistics.mean;
  const deviation = pretrained.triple('std') ?? config.statistics.deviation;
  const whole = { ...config, ...preparedByTimm(pretrained), statistics: { mean, deviation } };
  if (whole.kind !== 'vit') return whole;
  return { ...whole, heads: fields.inside('model_args').count('num_heads', whole.heads) };
}

// ── open_clip ────────────────────────────────────────────────────────

function openClip(fields: JsonFields): EncoderConfig {
  const model = fields.inside('model_cfg');
  model.only('embed_dim', 'vision_cfg', 'text_cfg', 'quick_gelu', 'custom_text', 'init_logit_scale');
  const activation = model.raw('quick_gelu') === true ? 'quick_gelu' : 'gelu';
  const preprocess = fields.inside('preprocess_cfg');
  const statistics = { mean: preprocess.triple('mean') ?? clipStatistics.mean, deviation: preprocess.triple('std') ?? clipStatistics.deviation }; // prettier-ignore
  const image = openClipVision(model.inside('vision_cfg'), activation, statistics, preparedByOpenClip(preprocess));
  return { kind: 'clip', joint: model.count('embed_dim'), image, text: openClipText(model.inside('text_cfg'), activation) }; // prettier-ignore
}

function openClipVision(
  fields: JsonFields,
  activation: Activation,
  statistics: PixelStatistics,
  pictures: PublishedPreprocessing,
): ImageTowerConfig {
  fields.only('image_size', 'layers', 'width', 'patch_size', 'head_width', 'mlp_ratio');
  const width = fields.count('width', 768);
  const head = fields.count('head_width', 64);
  const layers = fields.raw('layers');
  if (Array.isArray(layers))
    return { kind: 'modified_resnet', size: fields.count('image_size', 224), width, blocks: counts(layers), heads: (32 * width) / head, statistics, ...pictures }; // prettier-ignore
  return {
    kind: 'vit',
    size: fields.count('image_size', 224),
    patch: fields.count('patch_size', 16),
    width,
    layers: fields.count('layers', 12),
    heads: Math.floor(width / head),
    activation,
    statistics,
    ...pictures,
    ...inner(Math.floor(width * fields.number('mlp_ratio', 4)), width),
  };
}

function openClipText(fields: JsonFields, activation: Activation): TextTowerConfig {
  fields.only('context_length', 'vocab_size', 'width', 'heads', 'layers', 'mlp_ratio');
  const width = fields.count('width', 512);
  const vocabulary = fields.count('vocab_size', 49_408);
  return {
    kind: 'text_transformer',
    context: fields.count('context_length', 77),
    vocabulary,
    width,
    layers: fields.count('layers', 12),
    heads: fields.count('heads', 8),
    activation,
    tokenizer: tokenizerFor(vocabulary, 'open_clip'),
    end: 'largest',
    ...inner(Math.floor(width * fields.number('mlp_ratio', 4)), width),
  };
}

function counts(list: readonly unknown[]): number[] {
  const found = list.filter((each): each is number => typeof each === 'number' && Number.isInteger(each) && each >= 1);
  if (found.length !== 4 || list.length !== 4) throw new Unfit('`vision_cfg.layers` are the blocks of four stages');
  return found;
}
