import { imageWidth } from './encoder-config.ts';
import { known, structuralAxis, type Axis } from '../../types/axis.ts';
import type { EncoderConfig } from '../../types/model-config.ts';
import type { InstanceShape } from '../typed.ts';

export type EncoderShape = Extract<InstanceShape, { kind: 'encoder' }>;

const feature = (id: string, size: number): Axis => ({
  id,
  name: id.split('.').at(-1) ?? id,
  kind: 'feature',
  size: known(size),
});

/** An encoder of these sizes with the axes it owns. */
export function encoderShape(name: string, config: EncoderConfig, to: Axis | undefined): EncoderShape {
  if (config.kind === 'clip') {
    const joint = feature(`${name}.joint`, config.joint);
    const axes = {
      joint,
      'text.width': feature(`${name}.text.width`, config.text.width),
      'image.width': feature(`${name}.image.width`, imageWidth(config.image)),
    };
    return { kind: 'encoder', config, joint, axes };
  }
  const width = feature(`${name}.width`, ownWidth(config));
  return { kind: 'encoder', config, joint: width, axes: { width }, ...(to === undefined ? {} : { to }) };
}

function ownWidth(config: Exclude<EncoderConfig, { kind: 'clip' }>): number {
  switch (config.kind) {
    case 'text_transformer':
    case 'bert':
    case 'ast':
      return config.width;
    default:
      return imageWidth(config);
  }
}

/** The owner in the names of its axes: a copy has those of its origin. */
const axisOwner = (shape: EncoderShape): string => shape.joint.id.slice(0, shape.joint.id.lastIndexOf('.'));

/**
 * An axis that an encoder owns, by its path: `text.width`, and `text.entry` (the words its tokenizer knows) and `text.token` (places in a
 * text) of a text tower.
 */
export function encoderAxis(shape: EncoderShape, path: string): Axis | undefined {
  const own = shape.axes[path];
  if (own !== undefined) return own;
  const { config } = shape;
  const text = config.kind === 'clip' ? config.text : config;
  const prefix = config.kind === 'clip' ? 'text.' : '';
  if (text.kind !== 'text_transformer' && text.kind !== 'bert') return undefined;
  if (path === `${prefix}entry`)
    return { id: `${axisOwner(shape)}.${path}`, name: 'entry', kind: 'item', size: known(text.vocabulary) };
  return path === `${prefix}token` ? structuralAxis('token', known(text.context)) : undefined;
}

/** Paths of the axes that an encoder owns. */
export function encoderAxisPaths(shape: EncoderShape): string[] {
  const text = ['text.entry', 'text.token', 'entry', 'token'].filter((path) => encoderAxis(shape, path) !== undefined);
  return [...Object.keys(shape.axes), ...text];
}
