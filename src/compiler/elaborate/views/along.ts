/** Operations along one axis of a computed value: what is drawn is the same for all that a sample has beside it. */
import { invariant } from '../../common/invariant.ts';
import type { ComputedStep } from '../../check/computed-steps.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Axis } from '../../types/axis.ts';
import type { Located } from '../located.ts';
import { counted, entriesAt, lengthOf, lineOf, oneOf } from './line.ts';
import type { ViewSite } from './view-site.ts';

type Step<K extends ComputedStep['kind']> = Extract<ComputedStep, { readonly kind: K }>;

/** Entry t is what stood at ⌊t · factor⌋. */
export function speed(site: ViewSite, value: Located, { over, factors }: Step<'speed'>): Located {
  const m = site.elaborator.aligner.arithmetic;
  const factor = 'between' in factors ? m.reshape(site.between('factor', factors.between), [site.count, 1]) : oneOf(site, 'factor', factors); // prettier-ignore
  // a factor like 1/3 is no float32: what it lacks is no entry
  const places = m.unary('floor', m.shift(m.mul(counted(site, over), factor), 1e-4));
  return entriesAt(site, value, over, places, over);
}

/** A run of neighbours that begins anywhere where it is real to its end, at the first where it is longer than what is real. */
export function window(site: ViewSite, value: Located, step: Step<'window'>): Located {
  const m = site.elaborator.aligner.arithmetic;
  const spare = m.unary('relu', m.shift(lengthOf(site, step.over), -step.size));
  const drawn = m.unary('floor', m.mul(m.reshape(site.uniform('start'), [site.count, 1]), m.shift(spare, 1)));
  return from(site, value, step, m.binary('min', drawn, spare));
}

/** The middle one. */
export function middleWindow(site: ViewSite, value: Located, step: Step<'window'>): Located {
  const m = site.elaborator.aligner.arithmetic;
  const spare = m.unary('relu', m.shift(lengthOf(site, step.over), -step.size));
  return from(site, value, step, m.unary('floor', m.scale(spare, 0.5)));
}

function from(site: ViewSite, value: Located, { over, as }: Step<'window'>, start: NodeId): Located {
  return entriesAt(site, value, over, site.elaborator.aligner.arithmetic.add(start, counted(site, as)), as);
}

/** The real entries in the opposite order. */
export function reversedAlong(site: ViewSite, value: Located, over: Axis): Located {
  const m = site.elaborator.aligner.arithmetic;
  const place = counted(site, over);
  const opposite = m.sub(m.shift(lengthOf(site, over), -1), place);
  return entriesAt(site, value, over, m.op('select', [m.binary('ge', opposite, m.number(0)), opposite, place], {}), over); // prettier-ignore
}

/** The real entries in an order that is drawn, the others behind them. */
export function shuffledAlong(site: ViewSite, value: Located, { over }: Step<'shuffle'>): Located {
  const m = site.elaborator.aligner.arithmetic;
  const size = site.elaborator.aligner.extent(over);
  const drawn = m.reshape(site.uniform('order', [size]), [site.count, size]);
  const { real } = site;
  const line = real?.axes.some((axis) => axis.id === over.id) === true ? lineOf(site, real, over) : undefined;
  const isReal = line === undefined ? undefined : m.binary('gt', m.op('reduce_max', [m.op('cast', [line.node], { dtype: 'f32' })], { axes: [2], keep: false }), m.number(0)); // prettier-ignore
  const keys = isReal === undefined ? drawn : m.op('select', [isReal, drawn, m.number(-1)], {});
  const order = m.op('top_k_indices', [keys], { k: size });
  return entriesAt(site, value, over, m.op('cast', [order], { dtype: 'f32' }), over);
}

/** SpecAugment (Park et al., 2019), with the starts of wav2vec 2.0: each entry begins a run of zeros with a chance. */
export function maskSpans(site: ViewSite, value: Located, { over, starts, span }: Step<'mask_spans'>): Located {
  // what is zero is real
  if (site.isMask) return value;
  const { aligner, builder } = site.elaborator;
  const m = aligner.arithmetic;
  return over.reduce((masked: Located, axis, at) => {
    const size = aligner.extent(axis);
    const begins = m.binary('lt', m.reshape(site.uniform(`starts${at}`, [size]), [site.count, size]), m.number(starts));
    const count = m.op('cumsum', [m.op('cast', [begins], { dtype: 'f32' })], { axis: 1, exclusive: false, reverse: false }); // prettier-ignore
    const reach = Math.min(span, size);
    const earlier = m.op('slice', [count], { starts: [0, 0], sizes: [site.count, size - reach] });
    const before = m.op('concat', [m.filled(0, [site.count, reach]), earlier], { axis: 1 });
    const isHidden = m.binary('gt', m.sub(count, reach === size ? m.filled(0, [site.count, size]) : before), m.number(0.5)); // prettier-ignore
    const hidden = { node: aligner.reshaped(isHidden, aligner.extents([...site.draws, axis])), axes: [...site.draws, axis] }; // prettier-ignore
    const axes = site.withDraws(masked.axes);
    const zero = m.number(0, builder.type(masked.node).dtype);
    const node = m.op('select', [aligner.aligned(hidden, axes), zero, aligner.aligned(masked, axes)], {});
    return { node, axes };
  }, value);
}

/** So many chains of a list, one after the other. */
export function chosen(
  site: ViewSite,
  value: Located,
  { count, replace, of }: Step<'choose'>,
  chain: (site: ViewSite, value: Located, steps: readonly ComputedStep[]) => Located,
): Located {
  const m = site.elaborator.aligner.arithmetic;
  const { aligner } = site.elaborator;
  const rounds = replace ? count : Math.min(count, of.length);
  const keys = replace ? undefined : m.reshape(site.uniform('order', [of.length]), [site.count, of.length]);
  const order = keys === undefined ? undefined : m.op('top_k_indices', [keys], { k: of.length });
  let result = value;
  for (let round = 0; round < rounds; round++) {
    const which = order === undefined ? oneOf(site, `choice${round}`, of.map((_, at) => at)) : m.op('cast', [m.op('slice', [order], { starts: [0, round], sizes: [site.count, 1] })], { dtype: 'f32' }); // prettier-ignore
    const before = result;
    for (const [at, steps] of of.entries()) {
      const done = chain(site.inside(`${round}.${at}`), before, steps);
      const isIt = aligner.reshaped(m.binary('eq', which, m.number(at)), aligner.extents(site.draws));
      result = site.where(isIt, done, result);
    }
  }
  invariant(result.axes.length >= value.axes.length, 'a choice that drops an axis');
  return result;
}
