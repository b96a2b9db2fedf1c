/** Operations that turn a computed picture, or fill a part of it. */
import type { ComputedStep } from '../../check/computed-steps.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Fill } from '../../program/view.ts';
import type { Located } from '../located.ts';
import { fromPlane, picturePlane } from './picture-plane.ts';
import { fillOf, sampled } from './sampled.ts';
import type { ViewSite } from './view-site.ts';

type Step<K extends ComputedStep['kind']> = Extract<ComputedStep, { readonly kind: K }>;

/** Counter-clockwise around the middle. */
export function rotate(site: ViewSite, value: Located, { angle, fill, chance }: Step<'rotate'>): Located {
  const m = site.elaborator.aligner.arithmetic;
  const plane = picturePlane(site, value);
  const { tall, wide } = plane;
  const turn = m.reshape(site.between('angle', angle), [site.count, 1]);
  const [cos, sin] = [m.unary('cos', turn), m.unary('sin', turn)];
  const apart = (axis: number, size: number): NodeId =>
    m.reshape(m.shift(m.op('cast', [m.op('iota', [], { shape: [tall, wide], axis })], { dtype: 'f32' }), -(size - 1) / 2), [1, tall * wide]); // prettier-ignore
  const [dx, dy] = [apart(1, wide), apart(0, tall)];
  const x = m.shift(m.sub(m.mul(cos, dx), m.mul(sin, dy)), (wide - 1) / 2);
  const y = m.shift(m.add(m.mul(sin, dx), m.mul(cos, dy)), (tall - 1) / 2);
  const isSeen = m.filled(1, [1, 1], 'bool');
  const result = fromPlane(site, plane, sampled(site, plane, { x, y, isSeen, fill }));
  return chance === 1 ? result : site.where(site.happens('rotate', chance), result, value);
}

/** A rectangle of that share of the area and that ratio of width to height (Zhong et al., 2020). */
export function erase(site: ViewSite, value: Located, { area, aspect, fill, chance }: Step<'erase'>): Located {
  const m = site.elaborator.aligner.arithmetic;
  const { tall, wide } = picturePlane(site, value);
  const one = (node: NodeId): NodeId => m.reshape(node, [site.count, 1]);
  const pixels = m.scale(one(site.between('area', area)), tall * wide);
  const ratio = m.unary('exp', one(site.between('aspect', [Math.log(aspect[0]), Math.log(aspect[1])])));
  const side = (of: NodeId, most: number): NodeId => m.binary('min', m.unary('sqrt', of), m.number(most));
  const [across, down] = [side(m.mul(pixels, ratio), wide), side(m.div(pixels, ratio), tall)];
  const first = (name: string, size: number, length: NodeId): NodeId => m.mul(one(site.uniform(name)), m.sub(m.number(size), length)); // prettier-ignore
  const window = { left: first('left', wide, across), top: first('top', tall, down), across, down };
  return painted(site, value, window, { name: 'erase', chance, fill });
}

/** A square of that share of the shorter side, around a pixel anywhere (DeVries and Taylor, 2017). */
export function cutout(site: ViewSite, value: Located, { side, fill, chance }: Step<'cutout'>): Located {
  const m = site.elaborator.aligner.arithmetic;
  const { tall, wide } = picturePlane(site, value);
  const length = Math.round(side * Math.min(tall, wide));
  const place = (name: string, size: number): NodeId =>
    m.shift(m.unary('floor', m.scale(m.reshape(site.uniform(name), [site.count, 1]), size)), -Math.floor(length / 2));
  const size = m.filled(length, [site.count, 1]);
  return painted(site, value, { left: place('left', wide), top: place('top', tall), across: size, down: size }, { name: 'cutout', chance, fill }); // prettier-ignore
}

/** In pixels, `f32 [draws, 1]` each. */
interface Region {
  readonly left: NodeId;
  readonly top: NodeId;
  readonly across: NodeId;
  readonly down: NodeId;
}

/** Pixels whose middle lies in the region are the fill; where it is `random`, each number is a draw of its own. */
function painted(
  site: ViewSite,
  value: Located,
  { left, top, across, down }: Region,
  { name, chance, fill }: { readonly name: string; readonly chance: number; readonly fill: Fill },
): Located {
  const { aligner, builder } = site.elaborator;
  const m = aligner.arithmetic;
  const plane = picturePlane(site, value);
  const { tall, wide, depth, lead, height, width, rest, ordered } = plane;
  const pixels = tall * wide;
  const middle = (axis: number): NodeId => m.reshape(m.shift(m.op('cast', [m.op('iota', [], { shape: [tall, wide], axis })], { dtype: 'f32' }), 0.5), [1, pixels]); // prettier-ignore
  const within = (at: NodeId, first: NodeId, length: NodeId): NodeId =>
    m.op('and', [m.binary('ge', at, first), m.binary('lt', at, m.add(first, length))], {});
  const inside = m.op('and', [within(middle(1), left, across), within(middle(0), top, down)], {});
  const happens = chance === 1 ? inside : m.op('and', [inside, m.reshape(site.happens(name, chance), [site.count, 1])], {}); // prettier-ignore
  const axes = [...site.draws, height, width, ...rest];
  const all = lead.length === site.draws.length ? ordered.node : aligner.expanded(ordered, axes);
  const picture = m.reshape(all, [site.count, pixels, depth]);
  const noise = (): NodeId => m.reshape(site.uniform('noise', [pixels, depth]), [site.count, pixels, depth]);
  const colour = site.isDiscrete ? m.number(0, builder.type(picture).dtype) : fill === 'random' ? noise() : fillOf(site, plane, fill); // prettier-ignore
  return fromPlane(site, plane, m.op('select', [m.reshape(happens, [site.count, pixels, 1]), colour, picture], {}));
}
