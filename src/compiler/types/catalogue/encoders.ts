/** Options of the built-in encoders. Sizes default to the published model, and every one can be set. */
import { activations, axis, count, counts, number, path, share, tower, word, type Options } from './option.ts';

/** How pixels are scaled, and whether positions follow an image of another size. */
const pixels: Options = {
  normalize: word(['own', 'imagenet', 'clip', 'none'], 'own'),
  positions: word(['own', 'resize'], 'own'),
};

/** Radford et al., 2021: the ViT-B/32 tower. */
const vit: Options = {
  size: count(224), patch: count(32), width: count(768), layers: count(12, 1000), heads: count(), activation: word(activations, 'gelu'),
  ...pixels,
}; // prettier-ignore

/** Radford et al., 2021: the RN50 tower, a ResNet-D whose pooling is attention. */
const modifiedResnet: Options = {
  size: count(224), width: count(64), blocks: counts(3, 4, 6, 3), heads: count(), ...pixels,
}; // prettier-ignore

/** He et al., 2016, as torchvision has it. */
const resnet: Options = { width: count(64), normalize: word(['own', 'imagenet', 'clip', 'none'], 'own') };

const residual: Options = {
  size: count(64), width: count(32), blocks: counts(32, 64, 64, 128, 128, 256), strides: counts(1, 2, 1, 2, 1, 2),
  normalize: word(['own', 'imagenet', 'clip', 'none'], 'own'),
}; // prettier-ignore

/** Radford et al., 2021: the text tower of ViT-B/32. */
const text: Options = {
  context: count(77), vocabulary: count(49_408), width: count(512), layers: count(12, 1000), heads: count(),
  activation: word(activations, 'gelu'), tokenizer: path('data/tokenizer/clip-small.json'),
}; // prettier-ignore

/** Devlin et al., 2019: BERT base. */
const bert: Options = {
  vocabulary: count(30_522), context: count(512), width: count(768), layers: count(12, 1000), heads: count(), hidden: count(),
  activation: word(activations, 'gelu'), dropout: share(0.1), tokenizer: path('data/tokenizer/clip-small.json'),
}; // prettier-ignore

/** Gong et al., 2021: audio spectrogram transformer; mean and deviation are those of AudioSet's log-mel values. */
const ast: Options = {
  mels: count(128), frames: count(1024), patch: count(16), stride: count(10), width: count(768), layers: count(12, 1000), heads: count(),
  activation: word(activations, 'gelu'), mean: number(-4.2677393, -1e6, 1e6), deviation: number(4.5689974, 1e-9, 1e6),
}; // prettier-ignore

/** What every encoder takes beside its sizes. */
export const commonOptions: Options = { to: axis, init: word(['random'], 'random') };

export const imageTowers = ['vit', 'modified_resnet', 'residual', 'resnet18', 'resnet34', 'resnet50'] as const;
export const textTowers = ['text_transformer'] as const;

export type EncoderName = (typeof imageTowers)[number] | (typeof textTowers)[number] | 'clip' | 'ast' | 'bert';

export const encoderOptions: Readonly<Record<EncoderName, Options>> = {
  clip: { joint: count(512), image: tower(...imageTowers), text: tower(...textTowers) },
  vit, modified_resnet: modifiedResnet, residual, resnet18: resnet, resnet34: resnet, resnet50: resnet, text_transformer: text, bert, ast,
}; // prettier-ignore

/** What may be said of an encoder whose sizes a weights folder or another encoder states. */
export const pretrainedOptions: Options = { ...pixels, tower: word(['both', 'image', 'text'], 'both'), init: word(['pretrained', 'random'], 'pretrained') }; // prettier-ignore

export const encoderNames: readonly string[] = [...Object.keys(encoderOptions), 'copy'];
