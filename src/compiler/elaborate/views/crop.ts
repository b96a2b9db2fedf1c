import type { ComputedStep } from '../../check/computed-steps.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Located } from '../located.ts';
import { fromPlane, picturePlane } from './picture-plane.ts';
import type { ViewSite } from './view-site.ts';

type Crop = Extract<ComputedStep, { readonly kind: 'crop' }>;

/**
 * A part of the picture, scaled back to its size: two products with matrices of bilinear weights, rows and then columns, so that its
 * gradient is two products too. Half-pixel centres; the edge of the part goes on. Where a part would be longer than the picture it is as
 * long.
 */
export function crop(site: ViewSite, value: Located, { area, aspect }: Crop): Located {
  const { aligner, builder } = site.elaborator;
  const m = aligner.arithmetic;
  const plane = picturePlane(site, value);
  const { tall, wide, lead, height, width, rest, depth, ordered } = plane;
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
  const rows = weights(site, tall, first('top', down), down);
  const columns = weights(site, wide, first('left', across), across);
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
