/** How an encoder or module is made in PyTorch. */
import { towerOutputWidth } from '../elaborate/layers/image-tower.ts';
import type { InstanceShape } from '../check/typed.ts';
import type { Span } from '../source/span.ts';
import { extent, type SizeEnvironment } from '../types/axis.ts';
import type {
  Activation,
  AstConfig,
  BertConfig,
  ClipConfig,
  ImageTowerConfig,
  PixelStatistics,
  TextTowerConfig,
} from '../types/model-config.ts';
import { lineLength, numeral, text, widthOf } from './python-code.ts';
import { Unsupported } from './unsupported.ts';

/** A call of a class, its arguments by name, and the file of the library that has it (absent for `nn`). */
export interface Constructor {
  readonly name: string;
  readonly file?: string;
  readonly parameters: readonly (readonly [name: string, value: string | Constructor])[];
}

interface Asked {
  readonly span: Span;
  readonly sizes: SizeEnvironment;
}

/** Throws `Unsupported` for what the library does not have. */
export function constructorOf(shape: InstanceShape, asked: Asked): Constructor {
  switch (shape.kind) {
    case 'linear': {
      const bias = shape.bias ? [] : ([['bias', 'False']] as const);
      return { name: 'nn.Linear', parameters: [['', size(shape.from, asked)], ['', size(shape.to, asked)], ...bias] };
    }
    case 'mlp': {
      const widths = [size(shape.from, asked), ...shape.hidden.map(String), size(shape.to, asked)];
      return mlpConstructor(widths, shape.activation);
    }
    case 'layer':
      throw new Unsupported(asked, `the layer \`${shape.layer}\``);
    case 'composite':
      throw new Unsupported(asked, `\`${shape.label}\``);
    case 'encoder': {
      const { config } = shape;
      const projects = shape.to !== undefined && extent(shape.to.size, asked.sizes) !== towerOutputWidth(config);
      const to = projects && shape.to !== undefined ? ([['to', size(shape.to, asked)]] as const) : [];
      if (config.kind === 'clip') return clip(config, shape.tower);
      if (config.kind === 'text_transformer')
        return { name: 'TextTransformer', file: 'text_transformer', parameters: [...textSizes(config), ...textExtras(config), ...to] };
      if (config.kind === 'bert') return { name: 'Bert', file: 'bert', parameters: [...bertSizes(config), ...to] };
      if (config.kind === 'ast') return spectrogramTransformer(config, shape.to === undefined ? undefined : size(shape.to, asked));
      return tower(config, towerOutputWidth(config), to);
    }
  }
} // prettier-ignore

/** Linear layers of these widths with the activation between them. `drops`: training leaves out some of what an activation gives. */
export function mlpConstructor(widths: readonly string[], activation: Activation, drops = false): Constructor {
  const between = { relu: 'nn.ReLU', gelu: 'nn.GELU', quick_gelu: 'QuickGELU' }[activation];
  const file = activation === 'quick_gelu' ? { file: 'layers' } : {};
  const layers = widths.slice(1).flatMap((to, at): (readonly ['', Constructor])[] => [
    ...(at === 0 ? [] : [['', { name: between, parameters: [], ...file }] as const]),
    ['', { name: 'nn.Linear', parameters: [['', widths[at] ?? ''], ['', to]] }],
  ]);
  return drops ? { name: 'MLP', file: 'layers', parameters: layers } : { name: 'nn.Sequential', parameters: layers };
} // prettier-ignore

const size = (axis: { readonly size: Parameters<typeof extent>[0] }, { sizes }: Asked): string => String(extent(axis.size, sizes)); // prettier-ignore

const numbers = (values: readonly number[]): string => `(${values.join(', ')}${values.length === 1 ? ',' : ''})`;

const decimals = (values: readonly number[]): string => `(${values.map((each) => numeral(each).text).join(', ')})`;

const pixels = ({ mean, deviation }: PixelStatistics): Constructor['parameters'] => [
  ['mean', decimals(mean)],
  ['std', decimals(deviation)],
];

function tower(config: ImageTowerConfig, outputs: number, to: Constructor['parameters']): Constructor {
  const rest = [...pixels(config.statistics), ...to];
  const of = (name: string, file: string, parameters: Constructor['parameters']): Constructor => ({ name, file, parameters: [...parameters, ...rest] }); // prettier-ignore
  switch (config.kind) {
    case 'resnet':
      return of('ResNet', 'resnet', [
        ['depth', String(config.depth)],
        ['width', String(config.width)],
      ]);
    case 'residual':
      return of('Residual', 'resnet', [
        ['width', String(config.width)],
        ['blocks', numbers(config.blocks)],
        ['strides', numbers(config.strides)],
      ]);
    case 'modified_resnet':
      return of('ModifiedResNet', 'modified_resnet', [
        ['size', String(config.size)],
        ['width', String(config.width)],
        ['blocks', numbers(config.blocks)],
        ['heads', String(config.heads)],
        ['outputs', String(outputs)],
      ]);
    case 'vit':
      return of(
        config.form === 'timm' ? 'TimmVisionTransformer' : 'VisionTransformer',
        config.form === 'timm' ? 'timm_vit' : 'vit',
        [
          ['size', String(config.size)],
          ['patch', String(config.patch)],
          ['width', String(config.width)],
          ['layers', String(config.layers)],
          ['heads', String(config.heads)],
          ['activation', text(config.activation)],
          ...unusual(config),
          ...(config.stochasticDepth === undefined
            ? []
            : [['stochastic_depth', numeral(config.stochasticDepth).text] as const]),
        ],
      );
  }
}

/** What most models have as the class has it. */
const unusual = ({ hidden, epsilon }: Pick<TextTowerConfig, 'hidden' | 'epsilon'>): Constructor['parameters'] => [
  ...(hidden === undefined ? [] : [['hidden', String(hidden)] as const]),
  ...(epsilon === undefined ? [] : [['epsilon', numeral(epsilon).text] as const]),
];

const textExtras = ({ end, ...rest }: TextTowerConfig): Constructor['parameters'] => [
  ...unusual(rest),
  ...(typeof end === 'number' ? [['end', String(end)] as const] : []),
];

const textSizes = ({ context, vocabulary, width, layers, heads, activation }: TextTowerConfig): Constructor['parameters'] => [
  ['context', String(context)],
  ['vocabulary', String(vocabulary)],
  ['width', String(width)],
  ['layers', String(layers)],
  ['heads', String(heads)],
  ['activation', text(activation)],
]; // prettier-ignore

const bertSizes = ({ activation, epsilon = 1e-12, ...config }: BertConfig): Constructor['parameters'] => [
  ...(['context', 'vocabulary', 'width', 'layers', 'heads', 'hidden'] as const).map((name) => [name, String(config[name])] as const),
  ...(activation === 'gelu' ? [] : [['activation', text(activation)] as const]),
  ...(epsilon === 1e-12 ? [] : [['epsilon', numeral(epsilon).text] as const]),
]; // prettier-ignore

/** With `to` it has the published head. */
function spectrogramTransformer({ mels, frames, patch, stride, width, layers, heads, mean, deviation, activation, epsilon }: AstConfig, to: string | undefined): Constructor {
  const sizes = { bands: mels, frames, patch, stride, width, layers, heads };
  const file = 'spectrogram_transformer';
  const tower: Constructor = {
    name: 'SpectrogramTransformer',
    file,
    parameters: [
      ...Object.entries(sizes).map(([name, value]) => [name, String(value)] as const),
      ['mean', numeral(mean).text],
      ['deviation', numeral(deviation).text],
      ...(activation === 'gelu' ? [] : [['activation', text(activation)] as const]),
      ...(epsilon === undefined ? [] : [['epsilon', numeral(epsilon).text] as const]),
    ],
  };
  if (to === undefined) return tower;
  const own = epsilon === undefined ? [] : [['epsilon', numeral(epsilon).text] as const];
  return { name: 'AudioSpectrogramTransformer', file, parameters: [['tower', tower], ['width', String(width)], ['to', to], ...own] };
} // prettier-ignore

/** Both towers, or the one that is copied alone. */
function clip(config: ClipConfig, only: 'image' | 'text' | undefined): Constructor {
  const { image, joint } = config;
  // its attention pool projects by itself
  const projects = image.kind !== 'modified_resnet';
  const visual = (): Constructor['parameters'] => [
    ['visual', tower(image, projects ? towerOutputWidth(image) : joint, [])],
    ['visual_width', projects ? String(towerOutputWidth(image)) : 'None'],
  ];
  return {
    name: { image: 'CLIPImage', text: 'CLIPText', both: 'CLIP' }[only ?? 'both'],
    file: 'clip',
    parameters: [
      ...(only === 'text' ? [] : visual()),
      ...(only === 'image' ? [] : textSizes(config.text)),
      ['joint', String(joint)],
      ...(only === 'image' ? [] : textExtras(config.text)),
    ],
  };
}

/** The call as text, an argument a line where it is long; `indent`: of the statement that it stands in. */
export function printConstructor(head: string, { name, parameters }: Constructor, indent: string, tail = ''): string[] {
  const flat = printFlat({ name, parameters });
  if (widthOf(`${indent}${head}${flat}${tail}`) <= lineLength) return [`${indent}${head}${flat}${tail}`];
  return [
    `${indent}${head}${name}(`,
    ...parameters.flatMap(([label, value]) => {
      const start = label === '' ? '' : `${label}=`;
      const inner = `${indent}    `;
      return typeof value === 'string' ? [`${inner}${start}${value},`] : printConstructor(start, value, inner, ',');
    }),
    `${indent})${tail}`,
  ];
}

function printFlat({ name, parameters }: Constructor): string {
  const parts = parameters.map(([label, value]) => `${label === '' ? '' : `${label}=`}${typeof value === 'string' ? value : printFlat(value)}`); // prettier-ignore
  return `${name}(${parts.join(', ')})`;
}

/** Classes by the file of the library that has them. */
export function classesIn(constructor: Constructor, found = new Map<string, Set<string>>()): Map<string, Set<string>> {
  if (constructor.file !== undefined) found.set(constructor.file, (found.get(constructor.file) ?? new Set()).add(constructor.name)); // prettier-ignore
  for (const [, value] of constructor.parameters) if (typeof value !== 'string') classesIn(value, found);
  return found;
}
