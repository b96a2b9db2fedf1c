import type { Typed } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { ordered, without } from './located-code.ts';
import type { Code } from './python-code.ts';
import { Unsupported } from './unsupported.ts';

/** Tokens of a tower whose blocks were written out, with their axes last. */
export function tokenRows(body: Body, typed: Typed, at: number): { readonly rows: Code; readonly rest: readonly Axis[]; readonly over: Axis } {
  const axes = typed.op === 'call' ? typed.attributes.axes : undefined;
  const [over, along] = [axes?.['over'], axes?.['along']];
  if (over === undefined || along === undefined) throw new Unsupported(typed, 'tokens without their axes');
  const value = body.argument(typed, at);
  const rest = without(value.axes, over, along);
  return { rows: ordered(value, [...rest, over, along]).code, rest, over };
} // prettier-ignore
