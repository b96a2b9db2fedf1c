import type { ComputedStep } from '../../check/computed-steps.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Located } from '../located.ts';
import { fromPlane, picturePlane } from './picture-plane.ts';
import type { ViewSite } from './view-site.ts';
import { sampled } from './sampled.ts';

type Perspective = Extract<ComputedStep, { readonly kind: 'perspective' }>;

/**
 * The picture as a card that is turned in space: each corner moves inwards by up to `distortion` of half its side, evenly drawn (the law of
 * torchvision's RandomPerspective, with corners at the edge of the picture and not on whole pixels). The homography of the unit square to
 * the four corners is closed (Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, 2.2.3), its inverse the adjugate.
 */
export function perspective(site: ViewSite, value: Located, { distortion, chance, fill }: Perspective): Located {
  const m = site.elaborator.aligner.arithmetic;
  const { builder } = site.elaborator;
  const plane = picturePlane(site, value);
  const { count } = site;
  const drawn = m.reshape(m.scale(site.uniform('corners', [8]), distortion / 2), [count, 8]);
  const moved = (at: number): NodeId => builder.add('slice', [drawn], { starts: [0, at], sizes: [count, 1] });
  const inwards = (at: number, from: 0 | 1): NodeId => (from === 0 ? moved(at) : m.sub(m.number(1), moved(at)));
  // corners in order: (0, 0), (1, 0), (1, 1), (0, 1)
  const [x0, x1, x2, x3] = [inwards(0, 0), inwards(2, 1), inwards(4, 1), inwards(6, 0)] as const;
  const [y0, y1, y2, y3] = [inwards(1, 0), inwards(3, 0), inwards(5, 1), inwards(7, 1)] as const;
  const { add, sub, mul, div } = m;
  const [dx1, dx2, sx] = [sub(x1, x2), sub(x3, x2), add(sub(x0, x1), sub(x2, x3))];
  const [dy1, dy2, sy] = [sub(y1, y2), sub(y3, y2), add(sub(y0, y1), sub(y2, y3))];
  const whole = sub(mul(dx1, dy2), mul(dx2, dy1));
  const g = div(sub(mul(sx, dy2), mul(dx2, sy)), whole);
  const h = div(sub(mul(dx1, sy), mul(sx, dy1)), whole);
  const [a, b, c] = [add(sub(x1, x0), mul(g, x1)), add(sub(x3, x0), mul(h, x3)), x0];
  const [d, e, f] = [add(sub(y1, y0), mul(g, y1)), add(sub(y3, y0), mul(h, y3)), y0];
  // rows of the adjugate: from a point of the card back to the picture
  const rows = [
    [sub(e, mul(f, h)), sub(mul(c, h), b), sub(mul(b, f), mul(c, e))],
    [sub(mul(f, g), d), sub(a, mul(c, g)), sub(mul(c, d), mul(a, f))],
    [sub(mul(d, h), mul(e, g)), sub(mul(b, g), mul(a, h)), sub(mul(a, e), mul(b, d))],
  ] as const;
  // centres of pixels in shares of the picture, [1, pixels]
  const { tall, wide } = plane;
  const pixels = tall * wide;
  const centre = (axis: number, size: number): NodeId => {
    const places = builder.add('cast', [builder.add('iota', [], { shape: [tall, wide], axis })], { dtype: 'f32' });
    return m.reshape(m.scale(m.shift(places, 0.5), 1 / size), [1, pixels]);
  };
  const [x, y] = [centre(1, wide), centre(0, tall)];
  const [across, down, depth] = rows.map(([p, q, r]) => add(add(mul(p, x), mul(q, y)), r));
  if (across === undefined || down === undefined || depth === undefined) return value;
  // behind the eye there is nothing
  const isSeen = m.binary('gt', depth, m.number(1e-6));
  const safe = builder.add('select', [isSeen, depth, m.number(1)], {});
  const place = (share: NodeId, size: number): NodeId => m.shift(m.scale(div(share, safe), size), -0.5);
  const warped = sampled(site, plane, { x: place(across, wide), y: place(down, tall), isSeen, fill });
  const result = fromPlane(site, plane, warped);
  return chance === 1 ? result : site.where(site.happens('perspective', chance), result, value);
}
