/** Sizes of an encoder from the shapes of its tensors, as OpenAI's `build_model` does. What shapes do not tell (heads, activation) follows the published models. */
import type { Shape } from '../dtype.ts';
import { clipStatistics, imagenetStatistics, type ClipConfig, type EncoderConfig, type ImageTowerConfig, type Interpolation, type ModifiedResnetConfig, type Preprocessing, type ResnetConfig, type TextTowerConfig, type VitConfig } from '../model-config.ts'; // prettier-ignore
import { resnetStages } from './encoder-tensors.ts';
import type { NamingId } from './naming.ts';

/** The tokenizer of the published models ships with clipx, for no file of weights holds it; a table of another size has its own beside it. */
export const tokenizerFor = (entries: number, published: 'clip' | 'open_clip'): string =>
  entries === 49_408 ? published : './tokenizer.json';

/** Sizes, or in words what is missing for them. */
export type Inferred = { readonly config: EncoderConfig } | { readonly fault: string };

/** `shapes`: of our tensors, by path. */
export function inferConfig(shapes: ReadonlyMap<string, Shape>, naming: NamingId): Inferred {
  try {
    const of = new Shapes(shapes);
    switch (naming) {
      case 'openai':
      case 'open_clip':
      case 'huggingface_clip':
        return { config: clipOf(of, naming) };
      case 'openai_image':
        return { config: of.has('stem.conv3.weight') ? modifiedResnetOf(of, '', naming) : vitOf(of, '', naming) };
      case 'openai_text':
      case 'huggingface_clip_text':
        return { config: textOf(of, '', naming) };
      case 'huggingface_clip_image':
      case 'timm':
      case 'huggingface_vit':
        return { config: vitOf(of, '', naming) };
      case 'torchvision':
        return { config: resnetOf(of) };
      case 'huggingface_bert':
      case 'huggingface_bert_old':
        return { config: bertOf(of) };
      case 'ast':
      case 'huggingface_ast':
        return { config: astOf(of, naming) };
      case 'clipx':
        return { fault: 'a folder of clipx states its sizes in `config.json`' };
    }
  } catch (error) {
    if (error instanceof Unknown) return { fault: error.message };
    throw error;
  }
}

/** What is not there cannot be counted. */
class Unknown extends Error {}

class Shapes {
  readonly #shapes: ReadonlyMap<string, Shape>;

  constructor(shapes: ReadonlyMap<string, Shape>) {
    this.#shapes = shapes;
  }

  has(path: string): boolean {
    return this.#shapes.has(path);
  }

  extent(path: string, axis: number): number {
    const shape = this.#shapes.get(path);
    if (shape === undefined) throw new Unknown(`the sizes stand in \`${path}\`, which is missing`);
    const extent = shape[axis];
    if (extent === undefined) throw new Unknown(`\`${path}\` has ${shape.length} axes`);
    return extent;
  }

  /** How many parts `<path>.0`, `<path>.1`, … there are. */
  parts(path: string): number {
    const found = [...this.#shapes.keys()].flatMap((each) => {
      const number = each.startsWith(`${path}.`) ? /^\d+/.exec(each.slice(path.length + 1))?.[0] : undefined;
      return number === undefined ? [] : [Number(number)];
    });
    return Math.max(-1, ...found) + 1;
  }
}

/** Side of the square that so many places are. */
function side(places: number, what: string): number {
  const root = Math.round(Math.sqrt(places));
  if (root < 1 || root * root !== places) throw new Unknown(`${what} has ${places} places, which are no square`);
  return root;
}

const headsOf = (width: number): number => Math.max(1, Math.floor(width / 64));

const inner = (of: Shapes, path: string, width: number): { readonly hidden?: number } => {
  if (!of.has(`${path}blocks.0.mlp.in.weight`)) return {};
  const hidden = of.extent(`${path}blocks.0.mlp.in.weight`, 0);
  return hidden === 4 * width ? {} : { hidden };
};

/** How the makers of checkpoints under these names prepare pictures. */
export interface PublishedPreprocessing {
  readonly preprocess?: Preprocessing;
  readonly crop?: number;
  readonly interpolation?: Interpolation;
  readonly fit?: 'stretch';
}

/** timm: its default, 0.9, which DeiT and the ViT of 224 pixels have. transformers: `ViTImageProcessor` squeezes pictures to a square. */
export function publishedPreprocessing(naming: NamingId): PublishedPreprocessing {
  switch (naming) {
    case 'openai':
    case 'openai_image':
    case 'open_clip':
      return { preprocess: 'clip' };
    case 'huggingface_clip':
    case 'huggingface_clip_image':
      return { preprocess: 'huggingface' };
    case 'huggingface_vit':
      return { preprocess: 'huggingface', interpolation: 'bilinear', fit: 'stretch' };
    case 'torchvision':
      return { preprocess: 'torchvision' };
    case 'timm':
      return { preprocess: 'torchvision', crop: 0.9, interpolation: 'bicubic' };
    default:
      return {};
  }
}

/** A second token takes part in every attention: without it the class token is another one. */
export const distilled =
  'it is a distilled DeiT: beside the class token its blocks see a second one, which no encoder of clipx but `ast` has; the model that was trained without a teacher has the same sizes'; // prettier-ignore

function vitOf(of: Shapes, path: string, naming: NamingId): VitConfig {
  if (of.has(`${path}distillation`)) throw new Unknown(distilled);
  const patch = of.extent(`${path}patches.weight`, 0);
  const width = of.extent(`${path}patches.weight`, 3);
  const size = patch * side(of.extent(`${path}positions`, 0) - 1, `\`${path}positions\``);
  const isTimm = naming === 'timm' || naming === 'huggingface_vit';
  return {
    kind: 'vit',
    size,
    patch,
    width,
    layers: of.parts(`${path}blocks`),
    heads: headsOf(width),
    activation: isTimm || naming === 'open_clip' ? 'gelu' : 'quick_gelu',
    statistics: isTimm ? imagenetStatistics : clipStatistics,
    ...(isTimm ? { form: 'timm' as const } : {}),
    ...publishedPreprocessing(naming),
    ...(naming === 'huggingface_vit' ? { epsilon: 1e-12 } : {}),
    ...inner(of, path, width),
  };
}

function modifiedResnetOf(of: Shapes, path: string, naming: NamingId): ModifiedResnetConfig {
  const width = of.extent(`${path}stem.conv3.weight`, 3);
  const output = of.extent(`${path}pool.out.weight`, 0);
  return {
    kind: 'modified_resnet',
    size: 32 * side(of.extent(`${path}pool.positions`, 0) - 1, `\`${path}pool.positions\``),
    width,
    blocks: [1, 2, 3, 4].map((stage) => of.parts(`${path}stage${stage}`)),
    heads: headsOf(32 * width),
    statistics: clipStatistics,
    ...publishedPreprocessing(naming),
    ...(path === '' && output !== 32 * width ? { output } : {}),
  };
}

function resnetOf(of: Shapes): ResnetConfig {
  const counts = [1, 2, 3, 4].map((stage) => of.parts(`stage${stage}`)).join();
  const expansion = of.has('stage1.0.conv3.weight') ? 4 : 1;
  const depth = ([18, 34, 50] as const).find((each) => resnetStages[each].expansion === expansion && resnetStages[each].units.join() === counts); // prettier-ignore
  if (depth === undefined)
    throw new Unknown(`its stages have ${counts.replaceAll(',', ', ')} units; clipx knows ResNet-18, 34 and 50`);
  return {
    kind: 'resnet',
    depth,
    width: of.extent('stem.conv.weight', 3),
    statistics: imagenetStatistics,
    ...publishedPreprocessing('torchvision'),
  };
}

function textOf(of: Shapes, path: string, naming: NamingId): TextTowerConfig {
  const width = of.extent(`${path}tokens`, 1);
  return {
    kind: 'text_transformer',
    context: of.extent(`${path}positions`, 0),
    vocabulary: of.extent(`${path}tokens`, 0),
    width,
    layers: of.parts(`${path}blocks`),
    heads: headsOf(width),
    activation: naming === 'open_clip' ? 'gelu' : 'quick_gelu',
    tokenizer: tokenizerFor(of.extent(`${path}tokens`, 0), naming === 'open_clip' ? 'open_clip' : 'clip'),
    end: 'largest',
    ...inner(of, path, width),
  };
}

function clipOf(of: Shapes, naming: NamingId): ClipConfig {
  const image: ImageTowerConfig = of.has('image.stem.conv3.weight')
    ? modifiedResnetOf(of, 'image.', naming)
    : vitOf(of, 'image.', naming);
  return { kind: 'clip', joint: of.extent('text.projection', 1), image, text: textOf(of, 'text.', naming) };
}

function bertOf(of: Shapes): EncoderConfig {
  const width = of.extent('tokens', 1);
  return {
    kind: 'bert',
    context: of.extent('positions', 0),
    vocabulary: of.extent('tokens', 0),
    width,
    layers: of.parts('blocks'),
    heads: headsOf(width),
    hidden: of.extent('blocks.0.mlp.in.weight', 0),
    activation: 'gelu',
    dropout: 0.1,
    tokenizer: './vocab.txt',
  };
}

/** Bands and frames of the AudioSet model; another number of places is of sizes that only a `config.json` tells. */
function astOf(of: Shapes, naming: NamingId): EncoderConfig {
  const patch = of.extent('patches.weight', 0);
  const width = of.extent('patches.weight', 3);
  const places = of.extent('positions', 0) - 2;
  if (patch !== 16 || places !== 12 * 101)
    throw new Unknown(`bands and frames cannot be told from ${places} places of patches of ${patch}`);
  return {
    kind: 'ast',
    mels: 128,
    frames: 1024,
    patch,
    stride: 10,
    width,
    layers: of.parts('blocks'),
    heads: headsOf(width),
    activation: 'gelu',
    mean: -4.2677393,
    deviation: 4.5689974,
    ...(naming === 'huggingface_ast' ? { epsilon: 1e-12 } : {}),
  };
}
