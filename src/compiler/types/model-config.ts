/**
 * Sizes of the built-in encoders, as `config.json` of a weights folder stores them (schema `schemas/model.json`) and as the
 * call in the source (`clip(image: vit(size: 48, patch: 8), …)`) sets them. Defaults are the published models'.
 */

export type Activation = 'gelu' | 'quick_gelu' | 'relu';

/** Per-channel statistics that a tower subtracts and divides by; pixels are 0..1 before. */
export interface PixelStatistics {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

/** CLIP, section 2.5 and the released preprocessing. */
export const clipStatistics: PixelStatistics = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  deviation: [0.26862954, 0.26130258, 0.27577711],
};

/** The statistics torchvision's ImageNet models were trained with. */
export const imagenetStatistics: PixelStatistics = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/** No normalisation: pixels stay 0..1. */
export const plainStatistics: PixelStatistics = { mean: [0, 0, 0], deviation: [1, 1, 1] };

export interface VitConfig {
  readonly kind: 'vit';
  readonly size: number;
  readonly patch: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: Activation;
  readonly statistics: PixelStatistics;
  /** Positions follow an image of another size; absent: such an image is an error. */
  readonly positions?: 'resize';
}

/**
 * CLIP's ResNet (Radford et al., 2021, section 2.4): three stem convolutions, bottleneck blocks whose strides are average pools, and
 * attention as the last pooling, which also projects. `width` channels in the first stage (published: 64).
 */
export interface ModifiedResnetConfig {
  readonly kind: 'modified_resnet';
  readonly size: number;
  readonly width: number;
  /** Blocks of each of the four stages. */
  readonly blocks: readonly number[];
  /** Of the attention pool. */
  readonly heads: number;
  readonly statistics: PixelStatistics;
  readonly positions?: 'resize';
}

/** torchvision's ResNet-18/34/50 (basic or bottleneck blocks), `width` channels in the first stage (published: 64). */
export interface ResnetConfig {
  readonly kind: 'resnet';
  readonly depth: 18 | 34 | 50;
  readonly width: number;
  readonly statistics: PixelStatistics;
}

/**
 * A small residual image tower: 3x3 stride-2 stem to `width`, then one basic block per entry of `blocks` (its channels; a stride of 2
 * where `strides` says so), batch-norm, global average.
 */
export interface ResidualConfig {
  readonly kind: 'residual';
  readonly size: number;
  readonly width: number;
  readonly blocks: readonly number[];
  readonly strides: readonly number[];
  readonly statistics: PixelStatistics;
}

export type ImageTowerConfig = VitConfig | ModifiedResnetConfig | ResnetConfig | ResidualConfig;

export interface TextTowerConfig {
  readonly kind: 'text_transformer';
  readonly context: number;
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: Activation;
  /** Project path of the tokenizer, relative to the weights folder when it starts with `./`. */
  readonly tokenizer: string;
}

export interface ClipConfig {
  readonly kind: 'clip';
  readonly joint: number;
  readonly image: ImageTowerConfig;
  readonly text: TextTowerConfig;
}

/** BERT (Devlin et al., 2019): post-norm blocks over words, two kinds of segments. */
export interface BertConfig {
  readonly kind: 'bert';
  readonly context: number;
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Inner width of the MLPs (published: four times the width). */
  readonly hidden: number;
  readonly activation: Activation;
  readonly dropout: number;
  readonly tokenizer: string;
}

/** The audio spectrogram transformer (Gong et al., 2021): overlapping patches of a log-mel picture through a ViT. */
export interface AstConfig {
  readonly kind: 'ast';
  readonly mels: number;
  readonly frames: number;
  readonly patch: number;
  readonly stride: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: Activation;
  /** Of the log-mel values, which are brought to mean 0 and deviation ½. */
  readonly mean: number;
  readonly deviation: number;
}

export type EncoderConfig = ClipConfig | ImageTowerConfig | TextTowerConfig | BertConfig | AstConfig;
