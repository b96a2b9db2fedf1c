import type { Typed } from '../check/typed.ts';
import { printSize, type Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { Unsupported } from './unsupported.ts';
import { hasAxis, indexed, ordered, shared, without, type LocatedCode } from './located-code.ts';
import { method } from './python-code.ts';

/** `x[axis: e]`: axes that both have align, so that `s[other: index(batch)]` is the diagonal. */
export function gather(body: Body, typed: Typed, axis: Axis): LocatedCode {
  const [operand, at] = typed.args;
  if (operand === undefined || at === undefined) throw new Unsupported(typed, 'a choice of nothing');
  const isPlaced = at.op === 'index';
  const [value, place] = body.operands(isPlaced ? [operand] : [operand, at], 80);
  if (value === undefined) throw new Unsupported(typed, 'a choice of nothing');
  const rest = without(value.axes, axis);
  const along = at.op === 'index' ? at.attributes.axis : undefined;
  if (along !== undefined && value.axes.length === 2 && hasAxis(rest, along) && printSize(along.size) === printSize(axis.size))
    return { code: method(value.code, 'diagonal'), axes: [along] };
  const index = place ?? body.value(at);
  const common = shared(rest, index.axes);
  if (common.length === 0) {
    const number = index.code.number !== undefined;
    const first = value.axes.findIndex(({ id }) => id === axis.id);
    const axes = [...value.axes.slice(0, first), ...index.axes, ...value.axes.slice(first + 1)];
    return { code: indexed(value, axis, number ? String(index.code.number) : index.code.text), axes };
  }
  const own = without(rest, ...common);
  const fresh = without(index.axes, ...common);
  const x = ordered(value, [...common, ...own, axis]).code.text;
  const chosen = ordered(index, [...common, ...fresh]).code.text;
  if (own.length === 0 && fresh.length === 0) return { code: body.library('pick', x, chosen), axes: common };
  return { code: body.library('take_along', x, chosen, String(common.length)), axes: [...common, ...own, ...fresh] };
} // prettier-ignore
