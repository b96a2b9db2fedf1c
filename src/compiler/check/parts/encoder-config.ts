/** From the options of a constructor to the sizes of an encoder. */
import {
  clipStatistics, halfStatistics, imagenetStatistics, interpolations, plainStatistics, preprocessings,
  type Activation, type ClipConfig, type EncoderConfig, type ImageTowerConfig, type PixelStatistics, type TextTowerConfig,
} from '../../types/model-config.ts'; // prettier-ignore
import { encoderOptions, type EncoderName } from '../../types/catalogue/encoders.ts';
import { imageTowers, textTowers } from '../../types/catalogue/encoders/towers.ts';
import { clipVocabulary, isBuiltInTokenizer } from '../../types/built-in-tokenizers.ts';
import { publishedPreprocessing } from '../../types/naming/infer-config.ts';
import type { NamingId } from '../../types/naming/naming.ts';
import type { Checker } from '../checker.ts';
import type { Scope } from '../scope.ts';
import type { LayerOption } from '../typed.ts';
import { OptionReader } from './option-reader.ts';

type Read = Readonly<Record<string, LayerOption>>;

const count = (options: Read, name: string): number => (typeof options[name] === 'number' ? options[name] : 1);
const list = (options: Read, name: string): readonly number[] =>
  Array.isArray(options[name]) ? (options[name] as readonly number[]) : [];
const text = (options: Read, name: string): string => (typeof options[name] === 'string' ? options[name] : '');
const activation = (options: Read): Activation => text(options, 'activation') as Activation; // read from the closed list of the option

/** Published towers have heads of 64. */
const headsOf = (options: Read, width: number): number =>
  typeof options['heads'] === 'number' ? options['heads'] : Math.max(1, Math.floor(width / 64));

export function statisticsOf(options: Read, own: PixelStatistics): PixelStatistics {
  switch (options['normalize']) {
    case 'imagenet':
      return imagenetStatistics;
    case 'clip':
      return clipStatistics;
    case 'half':
      return halfStatistics;
    case 'none':
      return plainStatistics;
    default:
      return own;
  }
}

/** `own`: as the weights were trained; of sizes that are written out nothing is asked. */
function preprocessed<Config extends ImageTowerConfig>(config: Config, options: Read): Config {
  const asked = preprocessings.find((way) => way === options['preprocess']);
  const interpolation = interpolations.find((each) => each === options['interpolation']);
  const { crop } = options;
  const base = asked === undefined ? config : { ...preparedAnew(config), preprocess: asked };
  if (typeof crop !== 'number' && interpolation === undefined) return base;
  return {
    ...base,
    ...(typeof crop === 'number' ? { crop } : {}),
    ...(interpolation === undefined ? {} : { interpolation }),
  };
}

/** Another way brings what it does along. */
function preparedAnew<Config extends ImageTowerConfig>(config: Config): Config {
  const anew: Config & { crop?: unknown; interpolation?: unknown; fit?: unknown } = { ...config };
  delete anew.crop;
  delete anew.interpolation;
  delete anew.fit;
  return anew;
}

/** Undefined where something was wrong, which `reader` reported. */
export function encoderConfig(
  checker: Checker,
  name: EncoderName,
  reader: OptionReader,
  scope: Scope,
): EncoderConfig | undefined {
  switch (name) {
    case 'clip':
      return clipConfig(checker, reader, scope);
    case 'text_transformer':
      return textConfig(reader);
    case 'bert': {
      const options = reader.values();
      const width = count(options, 'width');
      const heads = dividing(reader, headsOf(options, width), width);
      return { kind: 'bert', context: count(options, 'context'), vocabulary: count(options, 'vocabulary'), width, layers: count(options, 'layers'), heads, hidden: typeof options['hidden'] === 'number' ? options['hidden'] : 4 * width, activation: activation(options), dropout: count(options, 'dropout'), tokenizer: text(options, 'tokenizer') }; // prettier-ignore
    }
    case 'ast': {
      const options = reader.values();
      const width = count(options, 'width');
      const heads = dividing(reader, headsOf(options, width), width);
      const least = Math.min(count(options, 'mels'), count(options, 'frames'));
      if (count(options, 'patch') > least)
        reader.fail('CX5006', reader.call.span, `patches of ${count(options, 'patch')} do not fit into a picture of ${least}`, {}); // prettier-ignore
      return { kind: 'ast', mels: count(options, 'mels'), frames: count(options, 'frames'), patch: count(options, 'patch'), stride: count(options, 'stride'), width, layers: count(options, 'layers'), heads, activation: activation(options), mean: count(options, 'mean'), deviation: count(options, 'deviation') }; // prettier-ignore
    }
    default:
      return pictureConfig(name, reader);
  }
}

/** Every place that splits a width into heads keeps this law. */
export function dividing(reader: OptionReader, heads: number, width: number): number {
  if (width % heads !== 0)
    reader.fail('CX5006', reader.call.span, `${heads} heads do not divide a width of ${width}`, {});
  return heads;
}

function pictureConfig(name: (typeof imageTowers)[number], reader: OptionReader): ImageTowerConfig | undefined {
  const config = imageConfig(name, reader);
  return config === undefined ? undefined : preprocessed(config, reader.values());
}

function imageConfig(name: (typeof imageTowers)[number], reader: OptionReader): ImageTowerConfig | undefined {
  const options = reader.values();
  const width = count(options, 'width');
  const positions = options['positions'] === 'resize' ? ({ positions: 'resize' } as const) : {};
  switch (name) {
    case 'vit': {
      const [size, patch] = [count(options, 'size'), count(options, 'patch')];
      if (size % patch !== 0)
        reader.fail('CX5006', reader.call.span, `patches of ${patch} px do not tile ${size} px`, {});
      const heads = dividing(reader, headsOf(options, width), width);
      return { kind: 'vit', size, patch, width, layers: count(options, 'layers'), heads, activation: activation(options), ...(typeof options['stochastic_depth'] === 'number' && options['stochastic_depth'] > 0 ? { stochasticDepth: options['stochastic_depth'] } : {}), ...(options['form'] === 'timm' ? ({ form: 'timm', statistics: statisticsOf(options, imagenetStatistics) } as const) : { statistics: statisticsOf(options, clipStatistics) }), ...positions }; // prettier-ignore
    }
    case 'modified_resnet': {
      const blocks = list(options, 'blocks');
      const size = count(options, 'size');
      if (blocks.length !== 4) reader.fail('CX5006', reader.call.span, 'a ResNet of CLIP has four stages', { found: `${blocks.length} numbers of blocks` }); // prettier-ignore
      if (size % 32 !== 0)
        reader.fail('CX5006', reader.call.span, `${size} px do not shrink 32 times to whole pixels`, {});
      const heads = dividing(reader, headsOf(options, 32 * width), 32 * width);
      return { kind: 'modified_resnet', size, width, blocks, heads, statistics: statisticsOf(options, clipStatistics), ...positions }; // prettier-ignore
    }
    case 'residual': {
      const [blocks, strides] = [list(options, 'blocks'), list(options, 'strides')];
      if (blocks.length !== strides.length)
        reader.fail('CX5006', reader.call.span, `${blocks.length} blocks, and ${strides.length} strides`, {});
      return { kind: 'residual', size: count(options, 'size'), width, blocks, strides, statistics: statisticsOf(options, clipStatistics) }; // prettier-ignore
    }
    default: {
      const depth = ({ resnet18: 18, resnet34: 34, resnet50: 50 } as const)[name];
      return { kind: 'resnet', depth, width, statistics: statisticsOf(options, plainStatistics) };
    }
  }
}

/** Of CLIP's vocabulary what captions of the shipped data need. */
const smallTokenizer = 'data/tokenizer/clip-small.json';

function textConfig(reader: OptionReader): TextTowerConfig {
  const options = reader.values();
  const width = count(options, 'width');
  const heads = dividing(reader, headsOf(options, width), width);
  const vocabulary = count(options, 'vocabulary');
  const tokenizer = text(options, 'tokenizer') || (vocabulary === clipVocabulary ? 'clip' : smallTokenizer);
  if (isBuiltInTokenizer(tokenizer) && vocabulary < clipVocabulary)
    reader.fail('CX5006', reader.argument('tokenizer')?.span ?? reader.call.span, `\`${tokenizer}\` has ${clipVocabulary} tokens, and the table ${vocabulary} entries`, {
      expected: `\`vocabulary: ${clipVocabulary}\``,
    }); // prettier-ignore
  return { kind: 'text_transformer', context: count(options, 'context'), vocabulary, width, layers: count(options, 'layers'), heads, activation: activation(options), tokenizer }; // prettier-ignore
}

function clipConfig(checker: Checker, reader: OptionReader, scope: Scope): ClipConfig | undefined {
  const joint = count(reader.values(), 'joint');
  const image = tower(checker, reader, 'image', imageTowers, scope);
  const words = tower(checker, reader, 'text', textTowers, scope);
  if (image === undefined || words === undefined) {
    if (!reader.failed)
      reader.fail('CX3006', reader.call.span, 'a CLIP is its weights (`clip("weights/…")`) or its two towers', {
        help: '`clip(joint: 128, image: residual(…), text: text_transformer(…))`',
      });
    return undefined;
  }
  const imageTower = pictureConfig(image.name, image.reader);
  const textTower = textConfig(words.reader);
  if (image.reader.failed || words.reader.failed) return undefined;
  return imageTower === undefined ? undefined : { kind: 'clip', joint, image: imageTower, text: textTower };
}

function tower<Name extends EncoderName>(
  checker: Checker,
  reader: OptionReader,
  option: string,
  names: readonly Name[],
  scope: Scope,
): { readonly name: Name; readonly reader: OptionReader } | undefined {
  const argument = reader.argument(option);
  if (argument === undefined) return undefined;
  const { value } = argument;
  const written = value.kind === 'call' && value.callee.kind === 'reference' ? value.callee.name : undefined;
  const name = names.find((each) => each === written);
  if (value.kind !== 'call' || name === undefined) {
    return reader.fail('CX2012', value.span, `\`${option}\` is none of the towers that fit here`, {
      expected: names.join(', '),
    });
  }
  const inner = new OptionReader(checker, value, scope, encoderOptions[name]);
  inner.takes(0);
  return { name, reader: inner };
}

/** Sizes that are written out before a checkpoint of others: pictures are prepared and scaled as its makers do, unless the call says how. */
export function preparedAs(config: EncoderConfig, naming: NamingId | undefined, options: Read): EncoderConfig {
  if (naming === undefined) return config;
  if (config.kind === 'clip') {
    const image = preparedAs(config.image, naming, {});
    return image.kind === 'vit' || image.kind === 'modified_resnet' ? { ...config, image } : config;
  }
  if (config.kind !== 'vit' && config.kind !== 'modified_resnet' && config.kind !== 'resnet') return config;
  const scaled =
    config.kind === 'resnet' && naming === 'torchvision' && options['normalize'] === 'own'
      ? { ...config, statistics: imagenetStatistics }
      : config;
  return scaled.preprocess === undefined ? { ...publishedPreprocessing(naming), ...scaled } : scaled;
}

/** Numbers in the pooled feature of an image tower. */
export function imageWidth(config: ImageTowerConfig): number {
  switch (config.kind) {
    case 'vit':
      return config.width;
    case 'modified_resnet':
      return config.output ?? config.width * 32;
    case 'resnet':
      return config.width * (config.depth === 50 ? 32 : 8);
    case 'residual':
      return config.blocks.at(-1) ?? config.width;
  }
}

const activated = <Config extends Exclude<EncoderConfig, ClipConfig>>(config: Config, options: Read): Config =>
  'activation' in config && typeof options['activation'] === 'string' ? { ...config, activation: activation(options) } : config; // prettier-ignore

/** What is said of an encoder whose sizes are stated elsewhere: another activation, other pixel statistics, another preprocessing, positions that follow the image. */
export function adapted(read: EncoderConfig, options: Read): EncoderConfig {
  if (read.kind === 'clip') {
    const image = adapted(read.image, options);
    return image.kind === 'clip' || image.kind === 'text_transformer' || image.kind === 'bert' || image.kind === 'ast'
      ? read
      : { ...read, image, text: activated(read.text, options) };
  }
  const config = activated(read, options);
  if (!('statistics' in config)) return config;
  const scaled = preprocessed({ ...config, statistics: statisticsOf(options, config.statistics) }, options);
  if (options['positions'] !== 'resize' || (scaled.kind !== 'vit' && scaled.kind !== 'modified_resnet')) return scaled;
  return { ...scaled, positions: 'resize' };
}
