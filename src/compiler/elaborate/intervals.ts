/** Measures of intervals that look at one after the other: written out step by step, so that every engine has them. */
import { invariant } from '../common/invariant.ts';
import type { Typed, TypedAttributes } from '../check/typed.ts';
import type { Arithmetic } from '../ir/arithmetic.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Axis } from '../types/axis.ts';
import { elementCount } from '../types/dtype.ts';
import type { Elaborator } from './elaborator.ts';
import { without, type Located } from './located.ts';

/** Below every score; finite, so that differences stay finite. */
const lowest = -1e30;

/** Common length over joint length. All broadcast. */
function overlap(m: Arithmetic, [b1, e1]: readonly [NodeId, NodeId], [b2, e2]: readonly [NodeId, NodeId]): NodeId {
  const common = m.unary('relu', m.sub(m.binary('min', e1, e2), m.binary('max', b1, b2)));
  const joint = m.sub(m.add(m.sub(e1, b1), m.sub(e2, b2)), common);
  return m.div(common, m.binary('max', joint, m.number(1e-6)));
}

/** bool `[rows, size]`: the place of the largest among those that count, the first of equal ones; nowhere where none counts. */
function largest(m: Arithmetic, values: NodeId, counts: NodeId): NodeId {
  const [rows = 1, size = 1] = m.shape(values);
  const open = m.op('select', [counts, values, m.number(lowest)], {});
  const at = m.reshape(m.op('argmax', [open], { axis: 1 }), [rows, 1]);
  const isThere = m.binary('eq', m.op('iota', [], { shape: [1, size], axis: 1 }), at);
  return m.op('and', [isThere, counts], {});
}

const not = (m: Arithmetic, x: NodeId): NodeId => m.op('not', [x], {});
const both = (m: Arithmetic, a: NodeId, b: NodeId): NodeId => m.op('and', [a, b], {});
const numberOf = (m: Arithmetic, x: NodeId): NodeId => m.op('cast', [x], { dtype: 'f32' });

/**
 * Gaussian soft-NMS (Bodla et al., 2017): the interval of the highest score keeps it, every other is lowered by exp(−tIoU² / σ), and so on
 * with those that are left. args: scores, begins, ends, which scores are real.
 */
export function softNms(elaborator: Elaborator, typed: Typed, { axis, sigma }: TypedAttributes['soft_nms']): Located {
  const { aligner } = elaborator;
  const m = aligner.arithmetic;
  const axes = [...without(typed.type.axes, axis), axis];
  const size = aligner.extent(axis);
  const rows = elementCount(aligner.extents(axes)) / size;
  const flat = (position: number): NodeId => aligner.reshaped(aligner.expanded(elaborator.argument(typed, position), axes), [rows, size]); // prettier-ignore
  const [scores, begin, end, real] = [flat(0), flat(1), flat(2), flat(3)];
  let value = scores;
  let left = real;
  for (let step = 0; step < size; step++) {
    const first = largest(m, value, left);
    const of = (x: NodeId): NodeId => m.sum(m.where(first, x), [1], true);
    const shared = overlap(m, [of(begin), of(end)], [begin, end]);
    left = both(m, left, not(m, first));
    const lowered = m.mul(value, m.unary('exp', m.scale(m.square(shared), -1 / sigma)));
    // where none is left nothing is the first, and nothing changes
    value = m.op('select', [left, lowered, value], {});
  }
  return { node: aligner.reshaped(value, aligner.extents(axes)), axes };
}

/**
 * Mean average precision of intervals with classes (the protocol of THUMOS14 and ActivityNet): for each class, detections of all samples by
 * score; each takes the true interval of its class and sample that it overlaps most, of those that are not taken and that it overlaps
 * enough, or is wrong; the area under the precision, which at every recall is the best at that or a higher one; the mean over the classes
 * that occur, and over the thresholds. args: scores, begins, ends, which scores are real; true begins, ends, classes, which are real.
 */
export function meanAp(elaborator: Elaborator, typed: Typed, attributes: TypedAttributes['mean_ap']): Located {
  const { aligner } = elaborator;
  const m = aligner.arithmetic;
  const { proposals, segments, classes, samples, tiou } = attributes;
  const [count, spans, kinds] = [proposals, segments, classes].map((axis) => aligner.extent(axis));
  invariant(count && spans && kinds, 'intervals without their axes');
  const n = elementCount(aligner.extents(samples));
  const at = (position: number, own: readonly Axis[], shape: readonly number[]): NodeId =>
    aligner.reshaped(aligner.expanded(elaborator.argument(typed, position), [...samples, ...own]), shape);
  const each = [n, kinds, count];
  const found = (position: number): NodeId => at(position, [classes, proposals], each);
  const true_ = (position: number): NodeId => at(position, [segments], [n, 1, spans]);
  const [score, begin, end, real] = [found(0), found(1), found(2), found(3)];
  const [from, to, kind, isTrue] = [true_(4), true_(5), true_(6), true_(7)];
  // [n, class, segment]: of this class
  const wanted = both(m, m.binary('eq', kind, m.op('iota', [], { shape: [1, kinds, 1], axis: 1 })), isTrue);
  const rows = n * kinds;
  const wide = (x: NodeId): NodeId => m.reshape(x, [n, kinds, count, 1]);
  const long = (x: NodeId): NodeId => m.reshape(x, [n, m.shape(x)[1] ?? 1, 1, spans]);
  const shared = overlap(m, [wide(begin), wide(end)], [long(from), long(to)]); // [n, class, proposal, segment]
  const legal = m.reshape(both(m, wide(real), long(wanted)), [rows, count, spans]);
  const overlaps = m.reshape(shared, [rows, count, spans]);
  const scores = m.reshape(score, [rows, count]);

  // all detections of a class, best first
  const byClass = (x: NodeId): NodeId => m.reshape(m.transpose(m.reshape(x, each), [1, 0, 2]), [kinds, n * count]);
  const all = byClass(m.op('select', [real, score, m.number(lowest)], {}));
  const order = m.op('top_k_indices', [all], { k: n * count });
  const sorted = (x: NodeId): NodeId => m.op('gather_along', [numberOf(m, byClass(x)), order], { axis: 1 });
  const running = (x: NodeId): NodeId => m.op('cumsum', [x], { axis: 1, exclusive: false, reverse: false });
  const detections = m.binary('max', running(sorted(real)), m.number(1));
  const positives = m.sum(numberOf(m, wanted), [0, 2], false); // [class]
  const occurs = m.binary('gt', positives, m.number(0));

  const precisions = tiou.map((threshold) => {
    const near = both(m, legal, m.binary('ge', overlaps, m.number(threshold)));
    const hits = sorted(m.reshape(matched(m, scores, overlaps, near), each));
    const area = m.sum(m.mul(hits, bestFromHere(m, m.div(running(hits), detections))), [1], false);
    const average = m.where(occurs, m.div(area, m.binary('max', positives, m.number(1))));
    return m.div(m.sum(average, [0], false), m.binary('max', m.sum(numberOf(m, occurs), [0], false), m.number(1)));
  });
  const total = precisions.reduce<NodeId | undefined>((sum, one) => (sum === undefined ? one : m.add(sum, one)), undefined); // prettier-ignore
  return { node: m.scale(total ?? m.number(0), 1 / tiou.length), axes: [] };
}

/**
 * bool `[rows, proposals]`: which take a true interval. One passes over the intervals, not the proposals: the best proposal that can take
 * one of those left is the next that a walk by score would let take one, and it takes the one that it overlaps most.
 */
function matched(m: Arithmetic, scores: NodeId, overlaps: NodeId, near: NodeId): NodeId {
  const [rows = 1, count = 1, spans = 1] = m.shape(overlaps);
  let left = m.filled(1, [rows, spans], 'bool');
  let taken = m.filled(0, [rows, count], 'bool');
  const any = (x: NodeId, axis: number): NodeId => m.binary('gt', m.op('reduce_max', [numberOf(m, x)], { axes: [axis], keep: false }), m.number(0)); // prettier-ignore
  for (let step = 0; step < spans; step++) {
    const free = both(m, near, m.reshape(left, [rows, 1, spans]));
    const next = largest(m, scores, both(m, any(free, 2), not(m, taken)));
    const own = both(m, free, m.reshape(next, [rows, count, 1]));
    const most = m.op('reduce_max', [m.op('select', [own, overlaps, m.number(-1)], {})], { axes: [1], keep: false });
    left = both(m, left, not(m, largest(m, most, any(own, 1))));
    taken = m.op('or', [taken, next], {});
  }
  return taken;
}

/** The largest of each entry and those behind it, in strides that double: enough of them for any axis, so that graphs of two sizes agree. */
function bestFromHere(m: Arithmetic, x: NodeId): NodeId {
  const [, size = 1] = m.shape(x);
  let value = x;
  for (let reach = 1; reach < 2 ** 24; reach *= 2) {
    const ahead = m.add(m.op('iota', [], { shape: [size], axis: 0 }), m.number(reach, 'i32'));
    const at = m.binary('min', ahead, m.number(size - 1, 'i32'));
    value = m.binary('max', value, m.op('gather', [value, at], { axis: 1 }));
  }
  return value;
}
