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

/** To −1..1: ViT as Google trained it (augreg), and timm's `inception`. */
export const halfStatistics: PixelStatistics = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };

/** No normalisation: pixels stay 0..1. */
export const plainStatistics: PixelStatistics = { mean: [0, 0, 0], deviation: [1, 1, 1] };

/**
 * What becomes of a picture that is more than RGB, how it is resized, and where its middle is cut out.
 *
 * - `white`: made RGB on white first. What clipx does where nothing asks for another way.
 * - `clip`: resized and cropped in the file's own mode (palettes and bits by the nearest neighbour, CMYK as CMYK, colours weighed by their
 *   opacity), then RGB, transparency dropped; the middle rounds half to even: OpenAI's and open_clip's, with torchvision and Pillow.
 * - `huggingface`: RGB first, transparency dropped; the middle is rounded down: transformers' `CLIPImageProcessor`.
 * - `torchvision`: RGB first, transparency dropped; the middle rounds half to even; its presets for ImageNet resize bilinearly to 256 pixels
 *   and keep the middle 224 of them.
 */
export type Preprocessing = 'white' | 'clip' | 'huggingface' | 'torchvision';

export const preprocessings = ['white', 'clip', 'huggingface', 'torchvision'] as const satisfies readonly Preprocessing[]; // prettier-ignore

export const interpolations = ['bicubic', 'bilinear'] as const;

/** Both are Pillow's, antialiased. */
export type Interpolation = (typeof interpolations)[number];

/** How pictures come to a tower. */
interface PictureReader {
  readonly statistics: PixelStatistics;
  /** Absent: a column that nothing else asks of is `white`. */
  readonly preprocess?: Preprocessing;
  /** Share of each side that is left once the middle is cut out (timm's `crop_pct`); absent: 7/8 of `torchvision`, else all. */
  readonly crop?: number;
  /** Absent: `bilinear` of `torchvision`, else `bicubic`. */
  readonly interpolation?: Interpolation;
  /** Pictures were squeezed to a square; absent: by the shorter side, as a column does that does not say otherwise. */
  readonly fit?: 'stretch';
}

export interface VitConfig extends PictureReader {
  readonly kind: 'vit';
  readonly size: number;
  readonly patch: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly activation: Activation;
  /** Positions follow an image of another size; absent: such an image is an error. */
  readonly positions?: 'resize';
  /** `timm`: no norm before the blocks, and patches with a bias, as ImageNet's have (Dosovitskiy et al., 2021). Absent: CLIP's. */
  readonly form?: 'timm';
  /** Share of samples that the branches of its last block leave out in training (Huang et al., 2016); of those before less, down to none. */
  readonly stochasticDepth?: number;
  /** Inner width of the MLPs; absent: four times the width. */
  readonly hidden?: number;
  /** Under the roots of its norms; absent: 1e-5, and 1e-6 in the form of timm. */
  readonly epsilon?: number;
}

/**
 * CLIP's ResNet (Radford et al., 2021, section 2.4): three stem convolutions, bottleneck blocks whose strides are average pools, and
 * attention as the last pooling, which also projects. `width` channels in the first stage (published: 64).
 */
export interface ModifiedResnetConfig extends PictureReader {
  readonly kind: 'modified_resnet';
  readonly size: number;
  readonly width: number;
  /** Blocks of each of the four stages. */
  readonly blocks: readonly number[];
  /** Of the attention pool. */
  readonly heads: number;
  readonly positions?: 'resize';
  /** Numbers in its feature where it stands alone; absent: 32 times the width. */
  readonly output?: number;
}

/** torchvision's ResNet-18/34/50 (basic or bottleneck blocks), `width` channels in the first stage (published: 64). */
export interface ResnetConfig extends PictureReader {
  readonly kind: 'resnet';
  readonly depth: 18 | 34 | 50;
  readonly width: number;
}

/**
 * A small residual image tower: 3x3 stride-2 stem to `width`, then one basic block per entry of `blocks` (its channels; a stride of 2
 * where `strides` says so), batch-norm, global average.
 */
export interface ResidualConfig extends PictureReader {
  readonly kind: 'residual';
  readonly size: number;
  readonly width: number;
  readonly blocks: readonly number[];
  readonly strides: readonly number[];
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
  /** Inner width of the MLPs; absent: four times the width. */
  readonly hidden?: number;
  /** Under the roots of its norms; absent: 1e-5. */
  readonly epsilon?: number;
  /** Which token the feature is: that of the largest id, or the first with this id (both as the model was trained); absent: where the tokenizer says that the text ends. */
  readonly end?: 'largest' | number;
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
  /** Under the roots of its norms; absent: 1e-12. */
  readonly epsilon?: number;
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
  /** Under the roots of the norms of its blocks; absent: 1e-6. */
  readonly epsilon?: number;
}

export type EncoderConfig = ClipConfig | ImageTowerConfig | TextTowerConfig | BertConfig | AstConfig;
