/**
 * Where each tensor of a program stands in the `state_dict` of the generated model: under the names of the released checkpoints (OpenAI for
 * CLIP's towers, torchvision for ResNets) and in PyTorch's layout. The one place that says so; Python gets it as `PARAMETERS`.
 */
import type { Instance, InstanceShape } from '../check/typed.ts';
import type { EncoderConfig } from '../types/model-config.ts';
import { memberName } from './python-names.ts';

export interface StateEntry {
  /** `E.layer1.0.conv1.weight` */
  readonly key: string;
  /** `torch = clipx.permute(permutation)`; absent where the layouts are one. */
  readonly permutation?: readonly number[];
}

/** A pattern of a clipx path, what stands there in PyTorch, and how filters are turned. */
type Rename = readonly [pattern: RegExp, replacement: string, permutation?: readonly number[]];

/** `[height, width, in, out]` to `[out, in, height, width]`. */
const filters = [3, 2, 0, 1] as const;

const norm: readonly Rename[] = [
  [/\.scale$/, '.weight'],
  [/\.mean$/, '.running_mean'],
  [/\.variance$/, '.running_var'],
];

const residual: readonly Rename[] = [
  [/^stem\.conv(\d?)/, 'conv$1', filters],
  [/^stem\.norm(\d?)/, 'bn$1'],
  [/^stage(\d)/, 'layer$1'],
  [/\.shortcut\.conv\b/, '.downsample.0', filters],
  [/\.shortcut\.norm\b/, '.downsample.1'],
  [/\.conv(\d)\b/, '.conv$1', filters],
  [/\.norm(\d)\b/, '.bn$1'],
  [/^projection\./, 'fc.'],
];

/** The only convolution and norm of a stem have no number here and the first one there. */
const firstOfStem: readonly Rename[] = [[/^(conv|bn)(?=\.)/, '$11']];

const blocks: readonly Rename[] = [
  [/^blocks\./, 'transformer.resblocks.'],
  [/\.attention\.in\.(weight|bias)$/, '.attn.in_proj_$1'],
  [/\.attention\.out\./, '.attn.out_proj.'],
  [/\.norm(\d)\b/, '.ln_$1'],
  [/\.mlp\.in\./, '.mlp.c_fc.'],
  [/\.mlp\.out\./, '.mlp.c_proj.'],
];

const pool: readonly Rename[] = [
  [/^pool\.positions$/, 'attnpool.positional_embedding'],
  [/^pool\.query\./, 'attnpool.q_proj.'],
  [/^pool\.key\./, 'attnpool.k_proj.'],
  [/^pool\.value\./, 'attnpool.v_proj.'],
  [/^pool\.out\./, 'attnpool.c_proj.'],
];

const tables: Partial<Record<EncoderConfig['kind'], readonly Rename[]>> = {
  resnet: [...residual, ...firstOfStem, ...norm],
  residual: [[/^blocks\./, 'layers.'], ...residual, ...firstOfStem, ...norm],
  modified_resnet: [...residual, ...pool, ...norm],
  vit: [
    [/^patches\.weight$/, 'conv1.weight', filters],
    [/^class$/, 'class_embedding'],
    [/^positions$/, 'positional_embedding'],
    [/^norm_pre\./, 'ln_pre.'],
    [/^norm_post\./, 'ln_post.'],
    [/^projection\./, 'fc.'],
    ...blocks,
    ...norm,
  ],
  text_transformer: [
    [/^tokens$/, 'token_embedding.weight'],
    [/^positions$/, 'positional_embedding'],
    [/^norm_final\./, 'ln_final.'],
    [/^projection\./, 'fc.'],
    ...blocks,
    ...norm,
  ],
};

function renamed(path: string, table: readonly Rename[]): StateEntry {
  let key = path;
  let permutation: readonly number[] | undefined;
  for (const [pattern, replacement, turned] of table) {
    if (!pattern.test(key)) continue;
    key = key.replace(pattern, replacement);
    permutation ??= turned;
  }
  return { key, ...(permutation === undefined ? {} : { permutation }) };
}

/** Inside an encoder. Undefined where this target has no such encoder. */
function encoderEntry(path: string, config: EncoderConfig): StateEntry | undefined {
  if (config.kind !== 'clip') {
    const table = tables[config.kind];
    return table === undefined ? undefined : renamed(path, table);
  }
  if (path === 'logit_scale') return { key: path };
  if (path === 'image.projection') return { key: 'visual.proj' };
  if (path === 'text.projection') return { key: 'text_projection' };
  const [tower, ...rest] = path.split('.');
  const entry = encoderEntry(rest.join('.'), tower === 'image' ? config.image : config.text);
  return entry === undefined || tower === 'text' ? entry : { ...entry, key: `visual.${entry.key}` };
}

function shapeEntry(path: string, shape: InstanceShape): StateEntry | undefined {
  switch (shape.kind) {
    case 'encoder':
      return encoderEntry(path, shape.config);
    case 'linear':
      return { key: path };
    case 'mlp':
      // an activation stands between two layers
      return { key: path.replace(/^layers\.(\d+)/, (_, index: string) => String(2 * Number(index))) };
    default:
      return undefined;
  }
}

/** The entry of a tensor by its path in what holds it; a `param` is a tensor itself. */
export function stateEntry(owner: string, path: string, instances: readonly Instance[]): StateEntry | undefined {
  const instance = instances.find(({ name }) => name === owner);
  if (instance === undefined) return path === 'value' ? { key: memberName(owner) } : undefined;
  for (const { path: place, shape } of Object.values(instance.parts ?? {})) {
    if (place === '' || !path.startsWith(`${place}.`)) continue;
    const entry = shapeEntry(path.slice(place.length + 1), shape);
    if (entry !== undefined) return { ...entry, key: [owner, ...place.split('.')].map(memberName).join('.').concat(`.${entry.key}`) }; // prettier-ignore
  }
  const entry = shapeEntry(path, instance.shape);
  return entry === undefined ? undefined : { ...entry, key: `${memberName(owner)}.${entry.key}` };
}
