/**
 * The tensors of an encoder under clipx's own paths, from its sizes alone. What the layers declare while a program is made is the same list
 * (a test holds them together); here it is known without making one.
 */
import type { Shape } from '../dtype.ts';
import type { AstConfig, BertConfig, EncoderConfig, ImageTowerConfig, ModifiedResnetConfig, ResidualConfig, ResnetConfig, TextTowerConfig, VitConfig } from '../model-config.ts'; // prettier-ignore

export interface EncoderTensor {
  /** In the encoder: `image.blocks.0.norm1.scale`. */
  readonly path: string;
  readonly shape: Shape;
  /** `buffer`: running statistics. */
  readonly role: 'weight' | 'buffer';
}

/** Units of each stage, and how many times its inner channels a stage puts out (He et al., 2016, table 1). */
export const resnetStages: Readonly<
  Record<ResnetConfig['depth'], { readonly units: readonly number[]; readonly expansion: 1 | 4 }>
> = {
  18: { units: [2, 2, 2, 2], expansion: 1 },
  34: { units: [3, 4, 6, 3], expansion: 1 },
  50: { units: [3, 4, 6, 3], expansion: 4 },
};

/** Every tensor of an encoder, without one of `to:`. */
export function encoderTensors(config: EncoderConfig): readonly EncoderTensor[] {
  switch (config.kind) {
    case 'clip': {
      const pooled = config.image.kind === 'modified_resnet' ? [] : [weight('projection', [towerWidth(config.image), config.joint])]; // prettier-ignore
      return [
        ...below('image', [...imageTensors(config.image, config.joint), ...pooled]),
        ...below('text', [...textTensors(config.text), weight('projection', [config.text.width, config.joint])]),
        weight('logit_scale', []),
      ];
    }
    case 'text_transformer':
      return textTensors(config);
    case 'bert':
      return bertTensors(config);
    case 'ast':
      return astTensors(config);
    default:
      return imageTensors(config);
  }
}

/** Numbers in the pooled feature of an image tower, before CLIP's projection. */
function towerWidth(config: ImageTowerConfig): number {
  switch (config.kind) {
    case 'vit':
      return config.width;
    case 'modified_resnet':
      return config.output ?? config.width * 32;
    case 'resnet':
      return config.width * resnetStages[config.depth].expansion * 8;
    case 'residual':
      return config.blocks.at(-1) ?? config.width;
  }
}

function imageTensors(config: ImageTowerConfig, joint?: number): EncoderTensor[] {
  switch (config.kind) {
    case 'vit':
      return vitTensors(config);
    case 'modified_resnet':
      return modifiedResnetTensors(config, joint ?? towerWidth(config));
    case 'resnet':
      return resnetTensors(config);
    case 'residual':
      return residualTensors(config);
  }
}

function vitTensors({ size, patch, width, layers, hidden = 4 * width, form }: VitConfig): EncoderTensor[] {
  const isTimm = form === 'timm';
  return [
    weight('patches.weight', [patch, patch, 3, width]),
    ...(isTimm ? [weight('patches.bias', [width])] : []),
    weight('class', [width]),
    weight('positions', [1 + (size / patch) ** 2, width]),
    ...(isTimm ? [] : norm('norm_pre', width)),
    ...blocks(layers, width, hidden),
    ...norm('norm_post', width),
  ];
}

function textTensors({ context, vocabulary, width, layers, hidden = 4 * width }: TextTowerConfig): EncoderTensor[] {
  return [
    weight('tokens', [vocabulary, width]),
    weight('positions', [context, width]),
    ...blocks(layers, width, hidden),
    ...norm('norm_final', width),
  ];
}

function bertTensors({ context, vocabulary, width, layers, hidden }: BertConfig): EncoderTensor[] {
  return [
    weight('tokens', [vocabulary, width]),
    weight('positions', [context, width]),
    weight('types', [2, width]),
    ...norm('norm_embedding', width),
    ...blocks(layers, width, hidden),
  ];
}

function astTensors({ mels, frames, patch, stride, width, layers }: AstConfig): EncoderTensor[] {
  const along = (extent: number): number => Math.floor((extent - patch) / stride) + 1;
  return [
    weight('patches.weight', [patch, patch, 1, width]),
    weight('patches.bias', [width]),
    weight('class', [width]),
    weight('distillation', [width]),
    weight('positions', [2 + along(mels) * along(frames), width]),
    ...blocks(layers, width, 4 * width),
    ...norm('norm_post', width),
  ];
}

function modifiedResnetTensors({ size, width, blocks: counts }: ModifiedResnetConfig, output: number): EncoderTensor[] {
  const stem = [[3, width / 2], [width / 2, width / 2], [width / 2, width]].flatMap(([input = 1, own = 1], index) =>
    convolutionNorm('stem', String(index + 1), 3, input, own),
  ); // prettier-ignore
  const last = 32 * width;
  return [
    ...stem,
    ...stages(counts, width, 4),
    weight('pool.positions', [1 + (size / 32) ** 2, last]),
    ...['query', 'key', 'value'].flatMap((part) => linear(`pool.${part}`, last, last)),
    ...linear('pool.out', last, output),
  ];
}

function resnetTensors({ depth, width }: ResnetConfig): EncoderTensor[] {
  const { units, expansion } = resnetStages[depth];
  return [...convolutionNorm('stem', '', 7, 3, width), ...stages(units, width, expansion)];
}

function residualTensors({ width, blocks: outputs, strides }: ResidualConfig): EncoderTensor[] {
  let input = width;
  const units = outputs.flatMap((output, index) => {
    const made = unit(`blocks.${index}`, input, output, 1, (strides[index] ?? 1) > 1);
    input = output;
    return made;
  });
  return [...convolutionNorm('stem', '', 3, 3, width), ...units];
}

/** `stage1.0` …: each stage puts out twice the channels of the one before; the first unit of all but the first has a stride. */
function stages(counts: readonly number[], width: number, expansion: 1 | 4): EncoderTensor[] {
  let input = width;
  return counts.flatMap((count, stage) => {
    const output = width * expansion * 2 ** stage;
    return Array.from({ length: count }, (_, index) => {
      const made = unit(`stage${stage + 1}.${index}`, input, output, expansion, stage > 0 && index === 0);
      input = output;
      return made;
    }).flat();
  });
}

function unit(path: string, input: number, output: number, expansion: 1 | 4, strided: boolean): EncoderTensor[] {
  const inner = output / expansion;
  const branch =
    expansion === 4
      ? [
          ...convolutionNorm(path, '1', 1, input, inner),
          ...convolutionNorm(path, '2', 3, inner, inner),
          ...convolutionNorm(path, '3', 1, inner, output),
        ]
      : [...convolutionNorm(path, '1', 3, input, output), ...convolutionNorm(path, '2', 3, output, output)];
  return strided || input !== output ? [...branch, ...convolutionNorm(`${path}.shortcut`, '', 1, input, output)] : branch; // prettier-ignore
}

// ── layers ───────────────────────────────────────────────────────────

const weight = (path: string, shape: Shape): EncoderTensor => ({ path, shape, role: 'weight' });
const buffer = (path: string, shape: Shape): EncoderTensor => ({ path, shape, role: 'buffer' });

const below = (path: string, tensors: readonly EncoderTensor[]): EncoderTensor[] =>
  tensors.map((tensor) => ({ ...tensor, path: `${path}.${tensor.path}` }));

const linear = (path: string, input: number, output: number): EncoderTensor[] => [
  weight(`${path}.weight`, [output, input]),
  weight(`${path}.bias`, [output]),
];

const norm = (path: string, width: number): EncoderTensor[] => [
  weight(`${path}.scale`, [width]),
  weight(`${path}.bias`, [width]),
];

function convolutionNorm(path: string, suffix: string, kernel: number, input: number, output: number): EncoderTensor[] {
  const batchNorm = `${path}.norm${suffix}`;
  return [
    weight(`${path}.conv${suffix}.weight`, [kernel, kernel, input, output]),
    ...norm(batchNorm, output),
    buffer(`${batchNorm}.mean`, [output]),
    buffer(`${batchNorm}.variance`, [output]),
  ];
}

const blocks = (layers: number, width: number, hidden: number): EncoderTensor[] =>
  Array.from({ length: layers }, (_, index) =>
    below(`blocks.${index}`, [
      ...norm('norm1', width),
      ...linear('attention.in', width, 3 * width),
      ...linear('attention.out', width, width),
      ...norm('norm2', width),
      ...linear('mlp.in', width, hidden),
      ...linear('mlp.out', hidden, width),
    ]),
  ).flat();
