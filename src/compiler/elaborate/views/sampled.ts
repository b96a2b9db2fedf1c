import type { NodeId } from '../../ir/graph.ts';
import type { Fill } from '../../program/view.ts';
import type { PicturePlane } from './picture-plane.ts';
import type { ViewSite } from './view-site.ts';

interface Places {
  /** Columns and rows of a picture, of each draw and pixel, `[draws, pixels]`: pixel centres are whole numbers. */
  readonly x: NodeId;
  readonly y: NodeId;
  /** bool; where it does not hold is `fill`. */
  readonly isSeen: NodeId;
  readonly fill: Fill;
}

/**
 * The numbers of a picture at any places, `[draws, pixels, depth]`: a mixture of the four pixels around, or the nearest where numbers mean
 * entries; beyond the edge lies `fill`. Linear in the picture: its gradient adds up by `scatter_add`.
 */
export function sampled(site: ViewSite, plane: PicturePlane, { x, y, isSeen, fill }: Places): NodeId {
  const { builder, aligner } = site.elaborator;
  const m = aligner.arithmetic;
  const { tall, wide, lead, depth, ordered } = plane;
  const pictures = aligner.extents(lead).reduce((total, size) => total * size, 1);
  const flat = m.reshape(ordered.node, [pictures * tall * wide, depth]);
  const { count } = site;
  const pixels = m.shape(x).at(-1) ?? 1;
  // far places are all outside alike, and within an i32
  const near = (place: NodeId, size: number): NodeId =>
    m.binary('min', m.binary('max', place, m.number(-2)), m.number(size + 1));
  const [column, row] = [near(x, wide), near(y, tall)];
  const first = firstPixels(site, plane);
  const at = (left: NodeId, top: NodeId): { readonly value: NodeId; readonly isInside: NodeId } => {
    const inside = (place: NodeId, size: number): NodeId =>
      builder.add('and', [m.binary('ge', place, m.number(0)), m.binary('le', place, m.number(size - 1))], {});
    const clamped = (place: NodeId, size: number): NodeId =>
      m.binary('min', m.binary('max', place, m.number(0)), m.number(size - 1));
    const index = builder.add('cast', [m.add(m.scale(clamped(top, tall), wide), clamped(left, wide))], {
      dtype: 'i32',
    });
    const places = m.broadcast(first === undefined ? index : m.add(index, first), [count, pixels]);
    const isInside = builder.add('and', [builder.add('and', [inside(left, wide), inside(top, tall)], {}), isSeen], {});
    return { value: builder.add('gather', [flat, places], { axis: 0 }), isInside };
  };
  const each = (node: NodeId): NodeId => m.reshape(m.broadcast(node, [count, pixels]), [count, pixels, 1]);
  if (site.isDiscrete) {
    const { value, isInside } = at(m.unary('round', column), m.unary('round', row));
    const none = builder.add('cast', [m.number(0)], { dtype: builder.type(value).dtype });
    return builder.add('select', [each(isInside), value, none], {});
  }
  const [left, top] = [m.unary('floor', column), m.unary('floor', row)];
  const [alongX, alongY] = [m.sub(column, left), m.sub(row, top)];
  const one = m.number(1);
  let total: NodeId | undefined;
  let covered: NodeId | undefined;
  for (const [right, bottom] of [[0, 0], [1, 0], [0, 1], [1, 1]] as const) {
    const { value, isInside } = at(right === 1 ? m.shift(left, 1) : left, bottom === 1 ? m.shift(top, 1) : top);
    const share = m.mul(right === 1 ? alongX : m.sub(one, alongX), bottom === 1 ? alongY : m.sub(one, alongY));
    const weight = m.where(isInside, share);
    const part = m.mul(each(weight), value);
    total = total === undefined ? part : m.add(total, part);
    covered = covered === undefined ? weight : m.add(covered, weight);
  } // prettier-ignore
  if (total === undefined || covered === undefined || fill === 'black') return total ?? x;
  return m.add(total, m.mul(each(m.sub(one, covered)), fillOf(site, plane, fill)));
}

/** The first pixel of the picture of each draw, `[draws, 1]`; none where there is one picture. */
function firstPixels(site: ViewSite, { lead, tall, wide }: PicturePlane): NodeId | undefined {
  const { builder, aligner } = site.elaborator;
  if (lead.length === 0) return undefined;
  const m = aligner.arithmetic;
  const extents = aligner.extents(lead);
  const pictures = extents.reduce((total, size) => total * size, 1);
  const numbered = m.reshape(builder.add('iota', [], { shape: [pictures], axis: 0 }), extents);
  const all = aligner.expanded({ node: numbered, axes: lead }, site.draws);
  return m.mul(m.reshape(all, [site.count, 1]), m.number(tall * wide, 'i32'));
}

/** What lies beyond the edge, to be broadcast to `[draws, pixels, depth]`; `random` is a grey of its own for each draw. */
export function fillOf(site: ViewSite, { lead, tall, wide, depth, ordered }: PicturePlane, fill: Fill): NodeId {
  const { aligner } = site.elaborator;
  const m = aligner.arithmetic;
  switch (fill) {
    case 'black':
      return m.number(0);
    case 'white':
      return m.number(1);
    case 'random':
      return m.reshape(site.uniform('fill'), [site.count, 1, 1]);
    case 'mean': {
      const shape = [...aligner.extents(lead), tall * wide, depth];
      const sum = m.sum(m.reshape(ordered.node, shape), [lead.length], false);
      const expanded = aligner.extents(site.draws.map((axis) => axis));
      const own = m.reshape(sum, [
        ...site.draws.map((axis) => (lead.includes(axis) ? aligner.extent(axis) : 1)),
        depth,
      ]);
      return m.scale(m.reshape(m.broadcast(own, [...expanded, depth]), [site.count, 1, depth]), 1 / (tall * wide));
    }
  }
}
