/** Operations on the colours of a computed picture, as those on columns do them, without rounding to bytes. What has no three channels is left alone. */
import type { ComputedStep } from '../../check/computed-steps.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Bounds } from '../../program/view.ts';
import type { Axis } from '../../types/axis.ts';
import type { Located } from '../located.ts';
import { fromPlane, picturePlane } from './picture-plane.ts';
import type { ViewSite } from './view-site.ts';

type Step<K extends ComputedStep['kind']> = Extract<ComputedStep, { readonly kind: K }>;

/** ITU-R 601-2: how bright red, green and blue are. */
const luma = [0.299, 0.587, 0.114];

/** A picture at every draw, and the dimensions of its colours and its pixels. */
interface Coloured {
  readonly node: NodeId;
  readonly axes: readonly Axis[];
  readonly channel: number;
  readonly plane: readonly number[];
}

function coloured(site: ViewSite, value: Located): Coloured | undefined {
  const { aligner } = site.elaborator;
  const axes = site.withDraws(value.axes);
  const at = (name: string): number => axes.findIndex((axis) => axis.name === name);
  const channel = at('channel');
  const own = axes[channel];
  if (site.isDiscrete || own === undefined || aligner.extent(own) !== luma.length) return undefined;
  return { node: aligner.expanded(value, axes), axes, channel, plane: [at('height'), at('width')] };
}

/** Numbers of the three colours, ready for elementwise operations. */
function perColour(site: ViewSite, { axes, channel }: Coloured, values: readonly number[]): NodeId {
  const m = site.elaborator.aligner.arithmetic;
  const shape = axes.map((_, at) => (at === channel ? values.length : 1));
  return m.reshape(m.op('constant', [], { dtype: 'f32', shape: [values.length], values }), shape);
}

function greyOf(site: ViewSite, picture: Coloured, x: NodeId): NodeId {
  const m = site.elaborator.aligner.arithmetic;
  return m.sum(m.mul(x, perColour(site, picture, luma)), [picture.channel], true);
}

/** Each pixel as bright as it was. */
export function gray(site: ViewSite, value: Located, { chance }: Step<'gray'>): Located {
  const picture = coloured(site, value);
  if (picture === undefined) return value;
  const m = site.elaborator.aligner.arithmetic;
  const { axes, node } = picture;
  const grey = { node: m.broadcast(greyOf(site, picture, node), m.shape(node)), axes };
  return chance === 1 ? grey : site.where(site.happens('gray', chance), grey, value);
}

/** Brighter, away from the mean grey, away from the grey of each pixel, another hue: in this order, each within 0..1. */
export function jitter(site: ViewSite, value: Located, step: Step<'jitter'>): Located {
  const picture = coloured(site, value);
  if (picture === undefined) return value;
  const { aligner } = site.elaborator;
  const m = aligner.arithmetic;
  const { axes } = picture;
  const inside = (x: NodeId): NodeId => m.binary('max', m.binary('min', x, m.number(1)), m.number(0));
  const drawn = (name: string, bounds: Bounds): NodeId => aligner.aligned({ node: site.between(name, bounds), axes: site.draws }, axes); // prettier-ignore
  const isStill = (bounds: Bounds, at: number): boolean => bounds[0] === at && bounds[1] === at;
  const away = (x: NodeId, from: NodeId, factor: NodeId): NodeId => inside(m.add(from, m.mul(factor, m.sub(x, from))));
  let x = picture.node;
  if (!isStill(step.brightness, 1)) x = inside(m.mul(x, drawn('brightness', step.brightness)));
  if (!isStill(step.contrast, 1)) {
    const grey = greyOf(site, picture, x);
    const pixels = picture.plane.reduce((product, at) => product * (m.shape(x)[at] ?? 1), 1);
    x = away(x, m.scale(m.sum(grey, picture.plane, true), 1 / pixels), drawn('contrast', step.contrast));
  }
  if (!isStill(step.saturation, 1)) x = away(x, greyOf(site, picture, x), drawn('saturation', step.saturation));
  if (!isStill(step.hue, 0)) x = hueTurned(site, picture, x, drawn('hue', step.hue));
  const result = { node: x, axes };
  return step.chance === 1 ? result : site.where(site.happens('jitter', step.chance), result, value);
}

/** A. R. Smith, 1978, back from hue by one formula for all channels. `turn` in turns. */
function hueTurned(site: ViewSite, picture: Coloured, x: NodeId, turn: NodeId): NodeId {
  const m = site.elaborator.aligner.arithmetic;
  const { channel } = picture;
  const extreme = (op: 'reduce_max' | 'reduce_min'): NodeId => m.op(op, [x], { axes: [channel], keep: true });
  const [high, low] = [extreme('reduce_max'), extreme('reduce_min')];
  const spread = m.sub(high, low);
  const colour = (index: number): NodeId =>
    m.op('slice', [x], { starts: m.shape(x).map((_, at) => (at === channel ? index : 0)), sizes: m.shape(x).map((size, at) => (at === channel ? 1 : size)) }); // prettier-ignore
  const [r, g, b] = [colour(0), colour(1), colour(2)];
  const part = (a: NodeId, c: NodeId, from: number): NodeId =>
    m.shift(m.div(m.sub(a, c), m.binary('max', spread, m.number(1e-12))), from);
  const choose = (condition: NodeId, yes: NodeId, no: NodeId): NodeId => m.op('select', [condition, yes, no], {});
  const isHigh = (a: NodeId): NodeId => m.binary('eq', high, a);
  const own = choose(isHigh(r), part(g, b, 0), choose(isHigh(g), part(b, r, 2), part(r, g, 4)));
  const k = m.add(perColour(site, picture, [5, 3, 1]), m.add(own, m.scale(turn, 6)));
  const rest = m.sub(k, m.scale(m.unary('floor', m.scale(k, 1 / 6)), 6));
  const share = m.binary('max', m.binary('min', m.binary('min', rest, m.sub(m.number(4), rest)), m.number(1)), m.number(0)); // prettier-ignore
  return m.sub(high, m.mul(spread, share));
}

/** A Gaussian of so many pixels, the edge going on: rows and then columns, as products with matrices of its weights. */
export function blur(site: ViewSite, value: Located, { sigma, chance }: Step<'blur'>): Located {
  if (site.isDiscrete || sigma[1] === 0) return value;
  const { aligner, builder } = site.elaborator;
  const m = aligner.arithmetic;
  const plane = picturePlane(site, value);
  const { tall, wide, lead, height, width, rest, depth, ordered } = plane;
  const { count } = site;
  const axes = [...site.draws, height, width, ...rest];
  const pictures = lead.length === site.draws.length ? ordered.node : aligner.expanded(ordered, axes);
  const drawn = m.binary('max', m.reshape(site.between('sigma', sigma), [count, 1, 1]), m.number(1e-3));
  const reach = Math.ceil(3 * sigma[1]);
  const pass = (x: NodeId, size: number, across: number): NodeId => {
    const numbered = (shape: readonly number[], axis: number): NodeId => m.op('cast', [m.op('iota', [], { shape, axis })], { dtype: 'f32' }); // prettier-ignore
    const long = size + 2 * reach;
    const places = Array.from({ length: long }, (_, at) => Math.min(size - 1, Math.max(0, at - reach)));
    const index = m.op('constant', [], { dtype: 'i32', shape: [long], values: places });
    const apart = m.shift(m.sub(numbered([1, 1, long], 2), numbered([1, size, 1], 1)), -reach);
    const near = m.binary('le', m.unary('abs', apart), m.number(reach));
    const weights = m.where(near, m.unary('exp', m.div(m.scale(m.square(apart), -0.5), m.square(drawn))));
    const even = m.div(weights, m.sum(weights, [2], true));
    return m.matmul(even, m.op('gather', [m.reshape(x, [count, size, across]), index], { axis: 1 }), false, false);
  };
  const rows = m.reshape(pass(pictures, tall, wide * depth), [count, tall, wide, depth]);
  const turned = m.transpose(rows, [0, 2, 1, 3]);
  const both = m.reshape(pass(turned, wide, tall * depth), [count, wide, tall, depth]);
  const result = fromPlane(site, plane, builder.add('transpose', [both], { permutation: [0, 2, 1, 3] }));
  return chance === 1 ? result : site.where(site.happens('blur', chance), result, value);
}
