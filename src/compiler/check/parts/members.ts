import { nearestName } from '../../common/suggest.ts';
import type { Initialisation } from '../../program/parameter.ts';
import type { Member } from '../../syntax/ast.ts';
import { known, type Axis } from '../../types/axis.ts';
import { node } from '../build.ts';
import type { Checker } from '../checker.ts';
import type { Typed } from '../typed.ts';
import type { PlacedPart, Value } from '../value.ts';
import { legalTextTaps } from './call-text.ts';
import { encoderAxis, encoderAxisPaths, type EncoderShape } from './encoder-shape.ts';
import { legalImageTaps } from './image-tower.ts';
import { hasBlocks } from './tower-parts.ts';

type Holder = Extract<Value, { kind: 'instance' | 'tap' | 'part' }>;

/** What stands behind a name of an encoder, a module or a part of one. */
export function memberOfPart(checker: Checker, object: Holder, expression: Member): Value | undefined {
  const member = expression.member.text;
  if (object.kind === 'part') return memberOfLayer(checker, object.part, expression);
  const { instance } = object;
  const { shape } = instance;
  if (shape.kind !== 'encoder') {
    const { name, span } = instance;
    return memberOfLayer(checker, { name, owner: name, key: '', shape, span }, expression);
  }
  const own = object.kind === 'tap' ? `${object.path}.${member}` : member;
  // a copy of one tower has its members without the tower's name
  const path = shape.tower !== undefined && own !== shape.tower && !own.startsWith(`${shape.tower}.`) && own !== 'joint' ? `${shape.tower}.${own}` : own; // prettier-ignore
  const axis = encoderAxis(shape, path);
  if (axis !== undefined) return { kind: 'axis', axis };
  if (legalMembers(shape).includes(path)) {
    const typed = tensorOf(shape, instance.name, path, expression);
    return typed === undefined ? { kind: 'tap', instance, path } : { kind: 'tensor', typed };
  }
  const prefix = object.kind === 'tap' ? `${object.path}.` : '';
  const legal = [...legalMembers(shape), ...encoderAxisPaths(shape)]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((name) => !name.includes('.'));
  const suggestion = nearestName(member, legal);
  return checker.report.error('CX2010', expression.member.span, `\`${instance.name}\` has no \`${own}\``, {
    expected: legal.join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** Towers, taps, parts and tensors of an encoder, by path. */
function legalMembers(shape: EncoderShape): string[] {
  const { config } = shape;
  const within = (tower: string, names: readonly string[]): string[] => names.map((name) => (tower === '' ? name : `${tower}.${name}`)); // prettier-ignore
  if (config.kind === 'clip') {
    const image = ['image', ...within('image', [...legalImageTaps(config.image, true), ...(hasBlocks(shape, 'image') ? ['blocks'] : [])])]; // prettier-ignore
    const text = ['text', ...within('text', [...legalTextTaps(true), 'blocks', 'positions', 'table'])];
    if (shape.tower !== undefined) return shape.tower === 'image' ? image : text;
    return [...image, ...text, 'logit_scale'];
  }
  if (config.kind === 'text_transformer' || config.kind === 'bert')
    return [...legalTextTaps(false), 'blocks', 'positions', 'table'];
  if (config.kind === 'ast') return ['hidden', 'blocks'];
  return [...legalImageTaps(config, false), ...(hasBlocks(shape, '') ? ['blocks'] : [])];
}

/** A tensor of an encoder that is a value by its name. */
function tensorOf(shape: EncoderShape, owner: string, path: string, { span }: Member): Typed | undefined {
  const { config } = shape;
  const text = config.kind === 'clip' ? config.text : config;
  const prefix = config.kind === 'clip' ? 'text.' : '';
  const parameter = (at: string, init: Initialisation, decay: boolean, axes: readonly Axis[]): Typed =>
    node('parameter', [], { owner, path: at, init, decay }, { element: 'f32', axes }, span);
  if (path === 'logit_scale') return parameter(path, { kind: 'constant', value: Math.log(1 / 0.07) }, false, []);
  if (text.kind !== 'text_transformer' && text.kind !== 'bert') return undefined;
  const width = shape.axes[`${prefix}width`];
  const entry = encoderAxis(shape, `${prefix}entry`);
  const token = encoderAxis(shape, `${prefix}token`);
  if (width === undefined || entry === undefined || token === undefined) return undefined;
  const normal = (deviation: number): Initialisation => ({ kind: 'normal', mean: 0, deviation });
  if (path === `${prefix}table`) return parameter(`${prefix}tokens`, normal(0.02), true, [entry, width]);
  const deviation = text.kind === 'bert' ? 0.02 : 0.01;
  return path === `${prefix}positions` ? parameter(path, normal(deviation), true, [token, width]) : undefined;
}

/** `saa.Q`, `front.penalty`, `embed.table`. */
function memberOfLayer(checker: Checker, part: PlacedPart, expression: Member): Value | undefined {
  const member = expression.member.text;
  const { shape } = part;
  const body = checker.bodies.get(part.name);
  if (body?.kind === 'definition') {
    const value = body.scope.ownValue(member);
    if (value !== undefined) return value.kind === 'unknown' ? undefined : value;
    const axis = body.scope.ownAxis(member);
    if (axis !== undefined) return { kind: 'axis', axis };
  }
  const tensors = shape.kind === 'linear' || shape.kind === 'layer' ? tensorsOf(part) : {};
  const tensor = tensors[member];
  if (tensor !== undefined) {
    const path = checker.partsOf(part.owner).get(part.key)?.path ?? part.key;
    const { init, axes } = tensor;
    const at = path === '' ? member : `${path}.${member}`;
    const type = { element: 'f32', axes } as const;
    return { kind: 'tensor', typed: node('parameter', [], { owner: part.owner, path: at, init, decay: axes.length > 1 }, type, expression.span) }; // prettier-ignore
  }
  if (shape.kind === 'layer' && member === 'width' && shape.layer === 'patchify') {
    const width = shape.options['width'];
    return { kind: 'axis', axis: { id: `${part.name}.width`, name: 'width', kind: 'feature', size: known(typeof width === 'number' ? width : 768) } }; // prettier-ignore
  }
  const legal = [...(body?.kind === 'definition' ? body.scope.ownNames() : []), ...Object.keys(tensors)];
  const suggestion = nearestName(member, legal);
  return checker.report.error('CX2010', expression.member.span, `\`${part.name}\` has no \`${member}\``, {
    expected: legal.length === 0 ? 'nothing: it is called' : legal.join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

interface LayerTensor {
  readonly init: Initialisation;
  readonly axes: readonly Axis[];
}

/** Tensors of a layer that are values by their names, with how they start. */
function tensorsOf({ shape }: PlacedPart): Readonly<Record<string, LayerTensor>> {
  if (shape.kind !== 'linear' && shape.kind !== 'layer') return {};
  const { from, to } = shape.kind === 'linear' ? shape : { from: shape.axes['from'], to: shape.axes['to'] };
  if (from === undefined || to === undefined) return {};
  const given = shape.kind === 'layer' ? shape.options['init'] : undefined;
  const start = typeof given === 'object' && 'kind' in given ? given : undefined;
  if (shape.kind === 'linear' || shape.layer === 'linear') {
    const bound = from.size.kind === 'known' ? from.size.value ** -0.5 : 1;
    const init = start ?? ({ kind: 'uniform', low: -bound, high: bound } as const);
    const distinct = from.id !== to.id;
    return { ...(distinct ? { weight: { init, axes: [to, from] } } : {}), bias: { init, axes: [to] } };
  }
  if (shape.layer === 'embedding')
    return { table: { init: start ?? { kind: 'normal', mean: 0, deviation: 1 }, axes: [from, to] } };
  return {};
}
