/** Strokes as coverage of a canvas. */
import type { Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { bezierStrokes } from '../types/catalogue/functions/bezier-strokes.ts';
import { Arguments } from './arguments.ts';
import { cast, node } from './build.ts';
import { Compose, localSize } from './compose.ts';
import { pictureAxes, type PictureAxes } from './picture-axes.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';

/** `bezier_strokes(P, like: picture)`: coverage of each cubic stroke, P [stroke, control, xy] in pixels. */
export function bezierStrokesCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const points = args.tensor(0);
  const like = args.option('like');
  const [pen, σ, samples] = [args.option('pen'), args.option('σ'), args.whole('samples', 'CX5006', 1)];
  if (!args.has('like') && points !== undefined)
    return args.fail('CX3006', '`bezier_strokes` needs the canvas: `like: picture`');
  if (points === undefined || like === undefined || args.failed) return undefined;
  const canvas = pictureAxes(checker, args, like, args.labelled('like')?.span);
  const control = points.type.axes.filter((axis) => axis.kind === 'position' && isSize(axis, 4));
  const xy = points.type.axes.filter((axis) => axis.kind === 'feature' && isSize(axis, 2));
  const [corner, coordinate] = [control[0], xy[0]];
  if (corner === undefined || coordinate === undefined || control.length > 1 || xy.length > 1) {
    return checker.report.error('CX3003', args.place(0), '`bezier_strokes` draws cubic strokes', {
      expected: 'one position axis of 4 control points and one feature axis of 2 coordinates',
      found: printAxes(points.type.axes),
    });
  }
  if (canvas === undefined) return undefined;
  const compose = new Compose(call.span);
  const otherwise = (name: string): Typed => compose.number(defaultOf(bezierStrokes, name));
  const options = {
    pen: pen ?? otherwise('pen'),
    σ: σ ?? otherwise('σ'),
    samples: samples ?? defaultOf(bezierStrokes, 'samples'),
  };
  return strokes(compose, cast(points, 'f32'), { corner, coordinate }, canvas, options);
}

const isSize = (axis: Axis, size: number): boolean => axis.size.kind === 'known' && axis.size.value === size;

/**
 * Soft coverage by distance to the curve, after the differentiable rasteriser of T.-M. Li et al. 2020 in spirit: the nearest point of a
 * polyline through `samples` + 1 points is found without gradient, and the distance to the curve there has one (the envelope theorem).
 */
function strokes(
  compose: Compose,
  points: Typed,
  { corner, coordinate }: { readonly corner: Axis; readonly coordinate: Axis },
  { height, width }: PictureAxes,
  { pen, σ, samples }: { readonly pen: Typed; readonly σ: Typed; readonly samples: number },
): Typed {
  const segment = localSize('segment', samples);
  const stop = (x: Typed): Typed => node('stop', [x], {}, x.type, compose.span, x.mask);
  const { two, one } = { two: compose.two.bind(compose), one: compose.one.bind(compose) };
  const number = (value: number): Typed => compose.number(value);
  // Bernstein's weights of the four corners at the start or end of each segment
  const weights = (first: 0 | 1): Typed => {
    const values = Array.from({ length: samples }, (_, at) => (at + first) / samples);
    const u = node('vector', [], { values }, { element: 'f32', axes: [segment] }, compose.span);
    const v = two('sub', number(1), u);
    const power = (x: Typed, exponent: number): Typed => compose.with('pow', x, exponent);
    const parts = [
      power(v, 3),
      two('mul', two('mul', number(3), u), power(v, 2)),
      two('mul', two('mul', number(3), power(u, 2)), v),
      power(u, 3),
    ];
    return node('stack', parts, { as: corner }, { element: 'f32', axes: [segment, corner] }, compose.span);
  };
  const [starts, ends] = [weights(0), weights(1)];
  const onCurve = (basis: Typed): Typed => compose.sum(two('mul', basis, points), corner);
  const a = stop(onCurve(starts));
  const d = two('sub', stop(onCurve(ends)), a);
  // x is the column, y the row
  const place = node(
    'stack',
    [cast(compose.index(width), 'f32'), cast(compose.index(height), 'f32')],
    { as: coordinate },
    { element: 'f32', axes: [width, height, coordinate] },
    compose.span,
  );
  const pixel = compose.with('add', place, 0.5);
  const squared = (x: Typed): Typed => compose.sum(two('mul', x, x), coordinate);
  const away = two('sub', pixel, a);
  const share = two('div', compose.sum(two('mul', away, d), coordinate), compose.with('add', squared(d), 1e-8));
  const τ = compose.clamp(share, number(0), number(1));
  const nearest = compose.reduce('argmin', squared(two('sub', away, two('mul', τ, d))), [segment]);
  const at = (x: Typed): Typed => compose.gather(x, segment, nearest);
  const τk = at(τ);
  const w = stop(two('add', two('mul', two('sub', number(1), τk), at(starts)), two('mul', τk, at(ends))));
  const c = compose.sum(two('mul', w, points), corner);
  const distance = one('sqrt', compose.with('add', squared(two('sub', pixel, c)), 1e-6));
  const edge = two('sub', two('add', compose.with('div', pen, 2), σ), distance);
  return compose.clamp(two('div', edge, compose.with('mul', σ, 2)), number(0), number(1));
}
