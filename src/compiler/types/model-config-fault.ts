import { interpolations, preprocessings } from './model-config.ts';

/** What is wrong with a parsed `config.json`, in words; undefined where it is an `EncoderConfig`. Mirrors `schemas/model.json`. */
export function modelConfigFault(value: unknown): string | undefined {
  if (!isRecord(value)) return 'not an object';
  switch (value['kind']) {
    case 'clip':
      return positive(value, 'joint') ?? nested(value, 'image') ?? nested(value, 'text');
    case 'vit':
      return (
        positive(value, 'size', 'patch', 'width', 'layers', 'heads') ??
        activation(value) ??
        statistics(value) ??
        positions(value) ??
        optional(value, 'hidden') ??
        epsilon(value) ??
        (value['stochasticDepth'] === undefined ? undefined : numbers(value, 'stochasticDepth')) ??
        (value['form'] === undefined || value['form'] === 'timm' ? undefined : '`form` can only be `timm`')
      );
    case 'modified_resnet':
      return (
        positive(value, 'size', 'width', 'heads') ??
        lists(value, 'blocks') ??
        statistics(value) ??
        positions(value) ??
        optional(value, 'output')
      );
    case 'resnet':
      return positive(value, 'depth', 'width') ?? statistics(value);
    case 'residual':
      return positive(value, 'size', 'width') ?? lists(value, 'blocks', 'strides') ?? statistics(value);
    case 'text_transformer':
      return (
        positive(value, 'context', 'vocabulary', 'width', 'layers', 'heads') ??
        activation(value) ??
        (typeof value['tokenizer'] === 'string' ? undefined : '`tokenizer` is no path') ??
        optional(value, 'hidden') ??
        epsilon(value) ??
        end(value)
      );
    case 'bert':
      return (
        positive(value, 'context', 'vocabulary', 'width', 'layers', 'heads', 'hidden') ??
        activation(value) ??
        numbers(value, 'dropout') ??
        (typeof value['tokenizer'] === 'string' ? undefined : '`tokenizer` is no path') ??
        epsilon(value)
      );
    case 'ast':
      return (
        positive(value, 'mels', 'frames', 'patch', 'stride', 'width', 'layers', 'heads') ??
        activation(value) ??
        numbers(value, 'mean', 'deviation') ??
        epsilon(value)
      );
    default:
      return `unknown kind ${JSON.stringify(value['kind'])}`;
  }
}

function nested(value: Record<string, unknown>, key: string): string | undefined {
  const fault = modelConfigFault(value[key]);
  return fault === undefined ? undefined : `\`${key}\`: ${fault}`;
}

function positive(value: Record<string, unknown>, ...keys: readonly string[]): string | undefined {
  const bad = keys.find((key) => !isCount(value[key]));
  return bad === undefined ? undefined : `\`${bad}\` is no whole number of at least 1`;
}

function numbers(value: Record<string, unknown>, ...keys: readonly string[]): string | undefined {
  const bad = keys.find((key) => typeof value[key] !== 'number');
  return bad === undefined ? undefined : `\`${bad}\` is no number`;
}

const preprocess = (value: Record<string, unknown>): string | undefined =>
  value['preprocess'] === undefined || preprocessings.some((way) => way === value['preprocess'])
    ? undefined
    : `\`preprocess\` is none of ${preprocessings.join(', ')}`;

function resizing({ crop, interpolation, fit }: Record<string, unknown>): string | undefined {
  if (crop !== undefined && !(typeof crop === 'number' && crop > 0 && crop <= 1)) return '`crop` is no share up to 1';
  if (interpolation !== undefined && !interpolations.some((each) => each === interpolation))
    return `\`interpolation\` is none of ${interpolations.join(', ')}`;
  return fit === undefined || fit === 'stretch' ? undefined : '`fit` can only be `stretch`';
}

const optional = (value: Record<string, unknown>, key: string): string | undefined =>
  value[key] === undefined ? undefined : positive(value, key);

const epsilon = ({ epsilon: found }: Record<string, unknown>): string | undefined =>
  found === undefined || (typeof found === 'number' && found > 0) ? undefined : '`epsilon` is no number above 0';

const end = ({ end: found }: Record<string, unknown>): string | undefined =>
  found === undefined || found === 'largest' || (typeof found === 'number' && Number.isInteger(found) && found >= 0)
    ? undefined
    : '`end` is neither `largest` nor the id of a token';

const positions = (value: Record<string, unknown>): string | undefined =>
  value['positions'] === undefined || value['positions'] === 'resize' ? undefined : '`positions` can only be `resize`';

function lists(value: Record<string, unknown>, ...keys: readonly string[]): string | undefined {
  const bad = keys.find((key) => {
    const list = value[key];
    return !Array.isArray(list) || !list.every(isCount);
  });
  return bad === undefined ? undefined : `\`${bad}\` is no list of whole numbers`;
}

function activation(value: Record<string, unknown>): string | undefined {
  const known: readonly unknown[] = ['gelu', 'quick_gelu', 'relu'];
  return known.includes(value['activation']) ? undefined : '`activation` is none of gelu, quick_gelu, relu';
}

function statistics(value: Record<string, unknown>): string | undefined {
  const found = value['statistics'];
  const triple = (list: unknown) =>
    Array.isArray(list) && list.length === 3 && list.every((item) => typeof item === 'number');
  return isRecord(found) && triple(found['mean']) && triple(found['deviation'])
    ? (preprocess(value) ?? resizing(value))
    : '`statistics` has no `mean` and `deviation` of three numbers';
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 1;
