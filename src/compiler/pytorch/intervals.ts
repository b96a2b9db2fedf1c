/** Measures of intervals: what they go over is the last dimensions of what the library is given. */
import type { Typed, TypedAttributes } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { aligned, without, type LocatedCode } from './located-code.ts';
import { numeral } from './python-code.ts';

export function softNms(body: Body, typed: Typed, { axis, sigma }: TypedAttributes['soft_nms']): LocatedCode {
  const axes = [...without(typed.type.axes, axis), axis];
  const parts = body.operands(typed.args, 80, axes).map((value) => aligned(value, axes).text);
  return { code: body.library('soft_nms', ...parts, numeral(sigma).text), axes };
}

export function meanAp(
  body: Body,
  typed: Typed,
  { proposals, segments, classes, samples, tiou }: TypedAttributes['mean_ap'],
): LocatedCode {
  const found = typed.args.slice(0, 4);
  const wide = [...samples, classes, proposals];
  const parts = body.operands(found, 60, wide).map((value) => aligned(value, wide).text);
  const truth = typed.args.slice(4).map((each) => whole(body, each, [...samples, segments]));
  const thresholds = tiou.map((each) => numeral(each).text).join(', ');
  return { code: body.library('mean_ap', ...parts, `(${truth.join(', ')})`, `[${thresholds}]`), axes: [] };
}

/** With every axis at its full extent: intervals of each sample are counted. */
function whole(body: Body, typed: Typed, axes: readonly Axis[]): string {
  const value = body.value(typed);
  return body.expanded(value, axes, typed, aligned(value, axes)).text;
}
