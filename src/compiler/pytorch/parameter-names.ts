/**
 * Where each tensor of a program stands in the `state_dict` of the generated model: under the names of the released checkpoints and in
 * PyTorch's layout. What those are, `types/naming` says; here is which naming each encoder has, and what no checkpoint names. The one place
 * that says so; Python gets it as `PARAMETERS`.
 */
import type { Instance, InstanceShape } from '../check/typed.ts';
import type { Shape } from '../types/dtype.ts';
import type { EncoderConfig } from '../types/model-config.ts';
import { storedForm, type NamingId } from '../types/naming/naming.ts';
import { memberName, partName } from './python-names.ts';

export interface StateEntry {
  /** `E.layer1.0.conv1.weight` */
  readonly key: string;
  /** `torch = clipx.permute(permutation)`; absent where the layouts are one, but for leading axes of extent 1. */
  readonly permutation?: readonly number[];
}

/** The entry of a tensor by its path in what holds it; a `param` is a tensor itself. Undefined where this target has none. */
export function stateEntry(owner: string, path: string, shape: Shape, instances: readonly Instance[]): StateEntry | undefined {
  const instance = instances.find(({ name }) => name === owner);
  if (instance === undefined) return path === 'value' ? { key: memberName(owner) } : undefined;
  // parts of a tower are blocks of it, and nothing beside
  const parts = instance.shape.kind === 'encoder' ? [] : Object.values(instance.parts ?? {});
  for (const { path: place, shape: part } of parts) {
    if (place === '' || !path.startsWith(`${place}.`)) continue;
    const entry = entryOf(path.slice(place.length + 1), shape, part);
    if (entry !== undefined) return below([owner, ...place.split('.')], entry);
  }
  // a `param` of a module of one's own
  const isOfPart = parts.some((part) => part.shape.kind !== 'composite' && path.startsWith(`${part.path}.`));
  if (instance.shape.kind === 'composite' && !isOfPart) return { key: [owner, ...path.split('.')].map(partName).join('.') };
  const entry = entryOf(path, shape, instance.shape);
  return entry === undefined ? undefined : below([owner], entry);
} // prettier-ignore

const below = (names: readonly string[], entry: StateEntry): StateEntry => ({
  ...entry,
  key: [...names.map(partName), entry.key].join('.'),
});

function entryOf(path: string, shape: Shape, holder: InstanceShape): StateEntry | undefined {
  switch (holder.kind) {
    case 'encoder':
      // with the published head the tower is a part of the model
      if (holder.config.kind === 'ast')
        return named('huggingface_ast', path, shape, holder.to === undefined ? '' : 'audio_spectrogram_transformer.');
      return encoderEntry(path, shape, holder.config);
    case 'linear':
      return { key: path };
    case 'mlp':
      // an activation stands between two layers
      return { key: path.replace(/^layers\.(\d+)/, (_, index: string) => String(2 * Number(index))) };
    case 'layer':
      return layerEntry(path, shape, holder.layer);
    default:
      return undefined;
  }
}

function layerEntry(
  path: string,
  shape: Shape,
  layer: Extract<InstanceShape, { kind: 'layer' }>['layer'],
): StateEntry | undefined {
  switch (layer) {
    case 'linear':
      return { key: path };
    case 'mlp':
      return { key: path.replace(/^layers\.(\d+)/, (_, index: string) => String(2 * Number(index))) };
    case 'layer_norm':
    case 'group_norm':
      return { key: path === 'scale' ? 'weight' : path };
    case 'batch_norm':
      return { key: { scale: 'weight', mean: 'running_mean', variance: 'running_var' }[path] ?? path };
    case 'conv':
    case 'conv_transpose':
    case 'temporal_conv':
      // height, width, from, to
      return path === 'weight' ? { key: path, permutation: [3, 2, 0, 1] } : { key: path };
    case 'fpn':
      return path.endsWith('.weight') ? { key: path, permutation: [3, 2, 0, 1] } : { key: path };
    case 'embedding':
      return { key: path === 'table' ? 'weight' : path };
    case 'positions':
    case 'attention_pool':
      return { key: path };
    case 'cross_attention':
      return { key: path };
    case 'patchify':
      // of films: frames first
      return path === 'weight'
        ? { key: path, permutation: shape.length === 5 ? [4, 3, 0, 1, 2] : [3, 2, 0, 1] }
        : { key: path };
    case 'gru':
    case 'lstm':
      return {
        key: path.replace(
          /^(input|hidden)\.(\w+)$/,
          (_, part: string, name: string) => `${name}_${part === 'input' ? 'ih' : 'hh'}_l0`,
        ),
      };
    case 'decoder':
    case 'attention':
    case 'transformer':
      return { key: blockKey(path) };
    default:
      return undefined;
  }
}

/** `blocks.0.norm1.scale` → `blocks.0.norm1.weight`; `in` is a keyword of Python. */
const blockKey = (path: string): string =>
  path
    .replace(/\bscale$/, 'weight')
    .replace(/\bmlp\.in\b/, 'mlp.0')
    .replace(/\bmlp\.out\b/, 'mlp.2')
    .replace(/(^|\battention\.)in\b/, '$1qkv');

/** Whose names an encoder has that stands alone, and what those names begin with there. */
const namings: Partial<Record<EncoderConfig['kind'], readonly [NamingId, string]>> = {
  resnet: ['torchvision', ''],
  modified_resnet: ['openai_image', 'visual.'],
  vit: ['openai_image', 'visual.'],
  bert: ['huggingface_bert', ''],
};

function encoderEntry(path: string, shape: Shape, config: EncoderConfig): StateEntry | undefined {
  switch (config.kind) {
    case 'clip': {
      const [tower, ...rest] = path.split('.');
      const isOfOpenAi = config.image.kind === 'vit' || config.image.kind === 'modified_resnet';
      if (tower !== 'image' || path === 'image.projection' || isOfOpenAi) return named('openai', path, shape);
      const entry = encoderEntry(rest.join('.'), shape, config.image);
      return entry === undefined ? undefined : below(['visual'], entry);
    }
    case 'residual':
      return residualEntry(path, shape);
    case 'text_transformer':
      return path.startsWith('projection.') ? { key: `fc.${path.slice('projection.'.length)}` } : named('openai', `text.${path}`, shape); // prettier-ignore
    case 'vit':
      if (config.form === 'timm')
        return path.startsWith('projection.') ? { key: `head.${path.slice('projection.'.length)}` } : named('timm', path, shape); // prettier-ignore
      break;
    default:
  }
  // `to: axis`
  if (path.startsWith('projection.')) return { key: `fc.${path.slice('projection.'.length)}` };
  const [naming, prefix] = namings[config.kind] ?? [];
  if (naming === undefined || prefix === undefined) return undefined;
  const entry = named(naming, path, shape);
  return entry === undefined ? undefined : { ...entry, key: entry.key.slice(prefix.length) };
}

/** clipx's own tower: its blocks are called as the units of a torchvision stage are. */
function residualEntry(path: string, shape: Shape): StateEntry | undefined {
  const [, index, rest] = /^blocks\.(\d+)\.(.*)$/.exec(path) ?? [];
  if (index === undefined || rest === undefined) return encoderEntry(path, shape, resnet);
  const unit = encoderEntry(`stage1.0.${rest}`, shape, resnet);
  return unit === undefined ? undefined : { ...unit, key: unit.key.replace('layer1.0.', `layers.${index}.`) };
}

const resnet: EncoderConfig = { kind: 'resnet', depth: 18, width: 64, statistics: { mean: [0, 0, 0], deviation: [1, 1, 1] } }; // prettier-ignore

/**
 * As files of a naming have it. What they split into several stands as one where those are, `attention.self.weight` for
 * `attention.self.query.weight` and its like: its module splits it in a `state_dict`.
 */
function named(naming: NamingId, path: string, shape: Shape, prefix = ''): StateEntry | undefined {
  const stored = storedForm({ id: naming, prefix }, path, shape);
  const [first] = stored?.theirs ?? [];
  if (stored === undefined || first === undefined) return undefined;
  if (stored.how.kind === 'joined') return { key: first.name.replace(/\.[^.]+(?=\.[^.]+$)/, '') };
  if (stored.how.kind !== 'permuted') return { key: first.name };
  const { permutation } = stored.how;
  return { key: first.name, permutation: permutation.map((_, axis) => permutation.indexOf(axis)) };
}
