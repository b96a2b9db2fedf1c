/** Layers over places and pictures in PyTorch; their sizes are those of their tensors. */
import type { InstanceShape } from '../check/typed.ts';
import type { Shape } from '../types/dtype.ts';
import type { Constructor } from './constructors.ts';
import { numeral, text } from './python-code.ts';

type LayerShape = Extract<InstanceShape, { kind: 'layer' }>;

/** The shape of a tensor of the layer, where the program has it. */
type SizeOf = (tensor: string) => Shape | undefined;

type Parameters = Constructor['parameters'];

/** Attention, blocks, positions, tables. Undefined for other layers, and where a tensor is not the layer's own. */
export function placesConstructor(shape: LayerShape, sizeOf: SizeOf): Constructor | undefined {
  const { layer } = shape;
  const file = 'sequence';
  const heads = ['heads', String(numberOf(shape, 'heads', 8))] as const;
  const causal: Parameters = shape.options['causal'] === true ? [['causal', 'True']] : [];
  switch (layer) {
    case 'attention': {
      const [width] = sizeOf('out.weight') ?? [];
      if (width === undefined || sizeOf('in.weight') === undefined) return undefined;
      const biases = ['in.bias', 'out.bias'].map((name) => sizeOf(name) !== undefined);
      const bias: Parameters = biases.every(Boolean) ? [] : [['bias', `(${biases.map((each) => (each ? 'True' : 'False')).join(', ')})`]];
      return { name: 'SelfAttention', file, parameters: [['', String(width)], heads, ...bias, ...causal] };
    }
    case 'cross_attention': {
      const [width] = sizeOf('query.weight') ?? [];
      const [, other] = sizeOf('key.weight') ?? [];
      if (width === undefined || other === undefined) return undefined;
      const biases = ['query.bias', 'out.bias'].map((name) => sizeOf(name) !== undefined);
      const bias: Parameters = biases.every(Boolean) ? [] : [['bias', `(${biases.map((each) => (each ? 'True' : 'False')).join(', ')})`]];
      return { name: 'CrossAttention', file: 'cross_attention', parameters: [['', String(width)], ['', String(other)], heads, ...bias] };
    }
    case 'transformer': {
      const [first, layers] = [numberOf(shape, 'first', 0), numberOf(shape, 'layers', 1)];
      const numbers = Array.from({ length: layers }, (_, at) => first + at);
      const [hidden, width] = sizeOf(`blocks.${first}.mlp.in.weight`) ?? [];
      const isWhole = numbers.every((at) => sizeOf(`blocks.${at}.norm1.scale`) !== undefined && sizeOf(`blocks.${at}.norm2.scale`) !== undefined);
      if (hidden === undefined || width === undefined || !isWhole) return undefined;
      const activation = shape.options['activation'];
      return {
        name: 'Blocks',
        file,
        parameters: [
          ['', String(width)],
          ['layers', String(layers)],
          heads,
          ['hidden', String(hidden)],
          ...(typeof activation === 'string' && activation !== 'gelu' ? [['activation', text(activation)] as const] : []),
          ...(first === 0 ? [] : [['first', String(first)] as const]),
          ...(shape.options['norm'] === 'post' ? [['post', 'True'] as const] : []),
          ...causal,
          ...epsilonOf(shape, 'epsilon'),
        ],
      };
    }
    case 'positions': {
      const [most, width] = sizeOf('weight') ?? [];
      return width === undefined ? undefined : { name: 'Positions', file, parameters: [['', String(most)], ['', String(width)]] };
    }
    case 'attention_pool': {
      const [outputs, width] = sizeOf('out.weight') ?? [];
      if (width === undefined || sizeOf('query.weight') === undefined) return undefined;
      const [places] = sizeOf('positions') ?? [];
      const positions: Parameters = places === undefined ? [] : [['positions', String(places - 1)]];
      return { name: 'AttentionPool', file, parameters: [['', String(width)], ['', String(outputs)], heads, ...positions] };
    }
    case 'embedding': {
      const [entries, width] = sizeOf('table') ?? [];
      return width === undefined ? undefined : { name: 'nn.Embedding', parameters: [['', String(entries)], ['', String(width)]] };
    }
    default:
      return undefined;
  }
} // prettier-ignore

/** Convolutions, and norms that pictures have. Undefined for other layers, and where a tensor is not the layer's own. */
export function pictureConstructor(shape: LayerShape, sizeOf: SizeOf): Constructor | undefined {
  const { layer } = shape;
  const [tall, wide, from, to] = sizeOf('weight') ?? [];
  const bias: Parameters = sizeOf('bias') === undefined ? [['bias', 'False']] : [];
  const [channels] = sizeOf('scale') ?? [];
  switch (layer) {
    case 'conv':
    case 'temporal_conv': {
      if (to === undefined || from === undefined) return undefined;
      const groups = numberOf(shape, 'groups', 1);
      const stride = layer === 'conv' ? pairOf(shape, 'stride') : [1, 1];
      const dilation = numberOf(shape, 'dilation', 1);
      return {
        name: layer === 'conv' ? 'Convolution' : 'TemporalConvolution',
        file: 'convolution',
        parameters: [
          ['', String(from * groups)],
          ['', String(to)],
          ['', `(${tall}, ${wide})`],
          ...(stride.every((each) => each === 1) ? [] : [['stride', `(${stride.join(', ')})`] as const]),
          ...(dilation === 1 ? [] : [['dilation', String(dilation)] as const]),
          ...(groups === 1 ? [] : [['groups', String(groups)] as const]),
          ...bias,
        ],
      };
    }
    case 'conv_transpose': {
      if (to === undefined || from === undefined) return undefined;
      const stride = pairOf(shape, 'stride');
      return { name: 'TransposedConvolution', file: 'convolution', parameters: [['', String(to)], ['', String(from)], ['', `(${tall}, ${wide})`], ['stride', `(${stride.join(', ')})`], ...bias] };
    }
    case 'fpn': {
      const widths: number[] = [];
      for (let size = sizeOf('lateral.0.weight'); size !== undefined; size = sizeOf(`lateral.${widths.length}.weight`)) widths.push(size[2] ?? 1);
      const outputs = widths.map((_, level) => sizeOf(`output.${level}.weight`));
      const [, , made] = outputs[0] ?? [];
      if (made === undefined || outputs.includes(undefined)) return undefined;
      return { name: 'FeaturePyramid', file: 'feature_pyramid', parameters: [['', `(${widths.join(', ')})`], ['', String(made)]] };
    }
    case 'batch_norm': {
      const momentum = numberOf(shape, 'momentum', 0.1);
      if (channels === undefined || sizeOf('mean') === undefined) return undefined;
      return { name: 'BatchNorm', file: 'layers', parameters: [['', String(channels)], ...epsilonOf(shape, 'eps'), ...(momentum === 0.1 ? [] : [['momentum', numeral(momentum).text] as const])] };
    }
    case 'group_norm':
      return channels === undefined ? undefined : { name: 'GroupNorm', file: 'convolution', parameters: [['', String(numberOf(shape, 'groups', 1))], ['', String(channels)], ...epsilonOf(shape, 'eps')] };
    default:
      return undefined;
  }
} // prettier-ignore

function numberOf({ options }: LayerShape, name: string, otherwise: number): number {
  const value = options[name];
  return typeof value === 'number' ? value : otherwise;
}

/** `3` is `[3, 3]`. */
function pairOf({ options }: LayerShape, name: string): readonly [number, number] {
  const value = options[name];
  const [first = 1, second = first] = Array.isArray(value) ? (value as readonly number[]) : [];
  return [first, second];
}

function epsilonOf(shape: LayerShape, name: string): Parameters {
  const epsilon = numberOf(shape, 'eps', 1e-5);
  return epsilon === 1e-5 ? [] : [[name, numeral(epsilon).text]];
}
