/** Recurrent layers, decoders and patches in PyTorch; their sizes are those of their tensors. */
import type { InstanceShape } from '../check/typed.ts';
import type { Shape } from '../types/dtype.ts';
import type { Constructor } from './constructors.ts';
import { numeral, text } from './python-code.ts';

type LayerShape = Extract<InstanceShape, { kind: 'layer' }>;

/** Undefined for other layers, and where a tensor is not the layer's own. */
export function sequenceConstructor(shape: LayerShape, sizeOf: (tensor: string) => Shape | undefined): Constructor | undefined {
  const { layer, options } = shape;
  switch (layer) {
    case 'gru':
    case 'lstm': {
      const [, inputs] = sizeOf('input.weight') ?? [];
      const [, width] = sizeOf('hidden.weight') ?? [];
      if (inputs === undefined || width === undefined) return undefined;
      return { name: layer.toUpperCase(), file: 'recurrent', parameters: [['', String(inputs)], ['', String(width)]] };
    }
    case 'decoder': {
      const layers = Number(options['layers'] ?? 1);
      const [hidden, width] = sizeOf('blocks.0.mlp.in.weight') ?? [];
      const [, other] = sizeOf('blocks.0.cross.key.weight') ?? [];
      const isWhole = Array.from({ length: layers }, (_, at) => ['norm1', 'norm2', 'norm3'].every((norm) => sizeOf(`blocks.${at}.${norm}.scale`) !== undefined)).every(Boolean);
      if (hidden === undefined || width === undefined || other === undefined || !isWhole) return undefined;
      const { activation, eps } = options;
      return {
        name: 'Decoder',
        file: 'decoder',
        parameters: [
          ['', String(width)],
          ['', String(other)],
          ['layers', String(layers)],
          ['heads', String(Number(options['heads'] ?? 8))],
          ['hidden', String(hidden)],
          ...(typeof activation === 'string' && activation !== 'gelu' ? [['activation', text(activation)] as const] : []),
          ...(options['norm'] === 'post' ? [['post', 'True'] as const] : []),
          ...(options['causal'] === true ? [] : [['causal', 'False'] as const]),
          ...(typeof eps === 'number' && eps !== 1e-5 ? [['epsilon', numeral(eps).text] as const] : []),
        ],
      };
    }
    case 'patchify': {
      const size = sizeOf('weight') ?? [];
      const [channels, outputs] = size.slice(-2);
      const patch = size.at(-3);
      if (channels === undefined || outputs === undefined || patch === undefined) return undefined;
      const bias = sizeOf('bias') === undefined ? [['bias', 'False'] as const] : [];
      const time = size.length === 5 ? [['time', String(size[0])] as const] : [];
      return { name: time.length === 0 ? 'Patches' : 'FilmPatches', file: 'patches', parameters: [['', String(channels)], ['', String(outputs)], ['patch', String(patch)], ...time, ...bias] };
    }
    default:
      return undefined;
  }
} // prettier-ignore
