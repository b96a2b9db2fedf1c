import type { ComputedStep } from '../../check/computed-steps.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Located } from '../located.ts';
import { fromPlane, picturePlane } from './picture-plane.ts';
import type { ViewSite } from './view-site.ts';

type Crop = Extract<ComputedStep, { readonly kind: 'crop' }>;
type MultiScaleCrop = Extract<ComputedStep, { readonly kind: 'multi_scale_crop' }>;

/**
 * A part of the picture, scaled back to its size: two products with matrices of bilinear weights, rows and then columns, so that its
 * gradient is two products too. Half-pixel centres; the edge of the part goes on. Where a part would be longer than the picture it is as
 * long.
 */
export function crop(site: ViewSite, value: Located, { area, aspect }: Crop): Located {
  const m = site.elaborator.aligner.arithmetic;
  const { tall, wide } = picturePlane(site, value);
  const { count } = site;
  const one = (node: NodeId): NodeId => m.reshape(node, [count, 1]);
  const share = one(site.between('area', area));
  // widths over heights lie evenly on a logarithmic scale
  const [least, most] = [Math.log(aspect[0]), Math.log(aspect[1])] as const;
  const own = aspect[0] === 1 && aspect[1] === 1;
  const ratio = m.scale(m.unary('exp', one(site.between('aspect', [least, most]))), own ? 1 : tall / wide);
  const side = (of: NodeId): NodeId => m.binary('min', m.unary('sqrt', of), m.number(1));
  const [across, down] = [side(m.mul(share, ratio)), side(m.div(share, ratio))];
  const first = (name: string, length: NodeId): NodeId => m.mul(one(site.uniform(name)), m.sub(m.number(1), length));
  return part(site, value, { across, down, left: first('left', across), top: first('top', down) });
}

/** Corners, middles of the sides, the middle, and halfway between it and the corners: shares of what a part leaves. */
const thirteen = [
  [0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.5], [0, 0.5], [1, 0.5], [0.5, 1], [0.5, 0], [0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75],
] as const; // prettier-ignore

/** Of the pairs of scales that are neighbours or one, and of thirteen places, one (Wang et al., "Temporal Segment Networks", 2016). */
export function multiScaleCrop(site: ViewSite, value: Located, { scales }: MultiScaleCrop): Located {
  const m = site.elaborator.aligner.arithmetic;
  const { count } = site;
  const pairs = scales.flatMap((w, i) => scales.flatMap((h, j) => (Math.abs(i - j) <= 1 ? [[w, h] as const] : [])));
  const drawn = (name: string, many: number): NodeId => {
    const place = m.unary('floor', m.scale(m.reshape(site.uniform(name), [count]), many));
    return m.op('cast', [m.binary('min', place, m.number(many - 1))], { dtype: 'i32' });
  };
  const [pair, place] = [drawn('scales', pairs.length), drawn('place', thirteen.length)];
  const from = (index: NodeId, values: readonly number[]): NodeId =>
    m.reshape(m.op('gather', [m.op('constant', [], { dtype: 'f32', shape: [values.length], values }), index], { axis: 0 }), [count, 1]); // prettier-ignore
  const [across, down] = [from(pair, pairs.map(([w]) => w)), from(pair, pairs.map(([, h]) => h))]; // prettier-ignore
  const left = m.mul(from(place, thirteen.map(([x]) => x)), m.sub(m.number(1), across)); // prettier-ignore
  const top = m.mul(from(place, thirteen.map(([, y]) => y)), m.sub(m.number(1), down)); // prettier-ignore
  return part(site, value, { across, down, left, top });
}

/** `f32 [draws, 1]` each, in shares of the picture. */
interface Part {
  readonly across: NodeId;
  readonly down: NodeId;
  readonly left: NodeId;
  readonly top: NodeId;
}

/** That part of the picture, at the size of the whole. */
function part(site: ViewSite, value: Located, { across, down, left, top }: Part): Located {
  const { aligner, builder } = site.elaborator;
  const m = aligner.arithmetic;
  const plane = picturePlane(site, value);
  const { tall, wide, lead, height, width, rest, depth, ordered } = plane;
  const { count } = site;
  const rows = weights(site, tall, top, down);
  const columns = weights(site, wide, left, across);
  const axes = [...site.draws, height, width, ...rest];
  // a picture that several draws share is repeated
  const pictures = lead.length === site.draws.length ? ordered.node : aligner.expanded(ordered, axes);
  if (site.isDiscrete) return nearest(site, plane, pictures, rows, columns);
  const turned = m.transpose(m.reshape(m.matmul(rows, m.reshape(pictures, [count, tall, wide * depth]), false, false), [count, tall, wide, depth]), [0, 2, 1, 3]); // prettier-ignore
  const both = m.reshape(m.matmul(columns, m.reshape(turned, [count, wide, tall * depth]), false, false), [count, wide, tall, depth]); // prettier-ignore
  return fromPlane(site, plane, builder.add('transpose', [both], { permutation: [0, 2, 1, 3] }));
}

/** `[draws, to, from]`: how much each old row has in each new one, for a part that begins at `first` and is so long (shares). */
function weights(site: ViewSite, size: number, first: NodeId, length: NodeId): NodeId {
  const { builder, aligner } = site.elaborator;
  const m = aligner.arithmetic;
  const numbered = (shape: readonly number[], axis: number): NodeId =>
    builder.add('cast', [builder.add('iota', [], { shape, axis })], { dtype: 'f32' });
  const begin = m.scale(first, size);
  const end = m.shift(m.scale(m.add(first, length), size), -1);
  const place = m.shift(m.add(begin, m.mul(m.shift(numbered([1, size], 1), 0.5), length)), -0.5);
  const inside = m.binary('max', m.binary('min', m.binary('max', place, begin), end), m.number(0));
  const apart = m.sub(m.reshape(inside, [site.count, size, 1]), numbered([1, 1, size], 2));
  return m.binary('max', m.sub(m.number(1), m.unary('abs', apart)), m.number(0));
}

/** The row and column with the largest weight: numbers that mean entries are not mixed. */
function nearest(
  site: ViewSite,
  plane: ReturnType<typeof picturePlane>,
  pictures: NodeId,
  rows: NodeId,
  columns: NodeId,
): Located {
  const { builder, aligner } = site.elaborator;
  const m = aligner.arithmetic;
  const { tall, wide, depth } = plane;
  const { count } = site;
  const spread = (weights: NodeId, size: number, across: number): NodeId =>
    m.broadcast(m.reshape(builder.add('argmax', [weights], { axis: 2 }), [count, size, 1]), [count, size, across]);
  const byRows = builder.add('gather_along', [m.reshape(pictures, [count, tall, wide * depth]), spread(rows, tall, wide * depth)], { axis: 1 }); // prettier-ignore
  const turned = m.transpose(m.reshape(byRows, [count, tall, wide, depth]), [0, 2, 1, 3]);
  const both = builder.add('gather_along', [m.reshape(turned, [count, wide, tall * depth]), spread(columns, wide, tall * depth)], { axis: 1 }); // prettier-ignore
  return fromPlane(site, plane, m.transpose(m.reshape(both, [count, wide, tall, depth]), [0, 2, 1, 3]));
}
