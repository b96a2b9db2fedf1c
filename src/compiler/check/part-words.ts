import { formatFactor } from '../common/format-number.ts';
import { runWords } from '../program/words.ts';
import type { Instance, InstanceShape, StateOverride } from './typed.ts';

/** An encoder or module as one would write it, with every size: what defaults filled in is in there. */
export function partWords(shape: InstanceShape): string {
  switch (shape.kind) {
    case 'encoder': {
      const to = shape.to === undefined ? '' : `to: ${shape.to.id}, `;
      return configWords(shape.config, to);
    }
    case 'mlp':
      return `mlp(${[shape.from.id, ...shape.hidden.map((width) => `hidden(${width})`), shape.to.id].join(' -> ')}, activation: ${shape.activation})`;
    case 'layer':
      return layerWords(shape);
    case 'composite':
      return shape.label;
    case 'linear':
      return `linear(${shape.from.id} -> ${shape.to.id}${shape.bias ? '' : ', bias: off'})`;
  }
}

function layerWords({ layer, options, axes }: Extract<InstanceShape, { kind: 'layer' }>): string {
  const { from, to, prefer: _prefer, ...named } = axes;
  const chain = from === undefined || to === undefined ? [] : [`${from.id} -> ${to.id}`];
  const words = [
    ...Object.entries(named).map(([name, axis]) => `${name}: ${axis.id}`),
    ...Object.entries(options).map(([name, value]) => `${name}: ${valueWords(value)}`),
  ];
  return `${layer}(${[...chain, ...words].join(', ')})`;
}

/** `residual(size: 48, width: 32, blocks: [32, 64])` */
function configWords(config: object, first = ''): string {
  const { kind, ...settings } = config as { readonly kind?: string }; // configurations are named by their kind
  const words = Object.entries(settings).map(([name, value]) => `${name}: ${valueWords(value)}`);
  return `${kind ?? ''}(${first}${words.join(', ')})`;
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueWords).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return configWords(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}

/** Where the tensors start, as one would write it; null where at random. */
export function startsFromWords({ from, origin }: Pick<Instance, 'from' | 'origin'>): string | null {
  switch (origin?.kind) {
    case 'run':
      return runWords(origin);
    case 'folder':
      return origin.path;
    case 'part':
      return from ?? (origin.path === '' ? origin.owner : `${origin.owner}.${origin.path}`);
    case undefined:
      return from ?? null;
  }
}

/** What an exception by path sets, as one would write it: `lr: 1e-4  decay: 0`. */
export function settingWords(override: StateOverride): string {
  return [
    override.learningRate === undefined ? '' : `lr: ${formatFactor(override.learningRate)}`,
    override.learningRateScale === undefined ? '' : `lr_scale: ${formatFactor(override.learningRateScale)}`,
    override.decayRate !== undefined
      ? `decay: ${formatFactor(override.decayRate)}`
      : override.decay === undefined
        ? ''
        : `decay: ${override.decay ? 'on' : '0'}`,
    override.clamp === undefined ? '' : `clamp: ${override.clamp.map(formatFactor).join('..')}`,
    override.statistics === undefined ? '' : `statistics: ${override.statistics}`,
    override.dropout === undefined ? '' : `dropout: ${formatFactor(override.dropout)}`,
  ]
    .filter((word) => word !== '')
    .join('  ');
}
