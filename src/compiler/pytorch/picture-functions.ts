/** Functions of pictures: height and width are the last dimensions of what the library is given, and all others count pictures. */
import type { Typed, TypedAttributes } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { ordered, without, type LocatedCode } from './located-code.ts';
import { text } from './python-code.ts';

type Resized = Pick<TypedAttributes['resize'], 'height' | 'width' | 'as' | 'method'>;

export function resize(body: Body, typed: Typed, { height, width, as, method }: Resized): LocatedCode {
  const { picture, rest } = pictures(body, typed, height, width);
  const sizes = as.map((axis) => body.extent(axis, typed).text).join(', ');
  const how = method === 'linear' ? [] : [text(method)];
  return { code: body.library('resize', picture, `(${sizes})`, ...how), axes: [...rest, ...as] };
}

export function pool(body: Body, typed: Typed, { kind, height, width, as, window, stride, padding }: TypedAttributes['pool']): LocatedCode {
  const { picture, rest } = pictures(body, typed, height, width);
  const parts = [picture, `(${window.join(', ')})`];
  if (stride.some((each, at) => each !== window[at])) parts.push(`stride=(${stride.join(', ')})`);
  if (padding.some((each) => each !== 0)) parts.push(`padding=(${padding.join(', ')})`);
  return { code: body.library(`${kind}_pool`, ...parts), axes: [...rest, ...as] };
} // prettier-ignore

export function pictures(body: Body, typed: Typed, height: Axis, width: Axis): { readonly picture: string; readonly rest: readonly Axis[] } {
  const [value = body.argument(typed, 0)] = body.operands(typed.args, 30);
  const rest = without(value.axes, height, width);
  return { picture: ordered(value, [...rest, height, width]).code.text, rest };
} // prettier-ignore
