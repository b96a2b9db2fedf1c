/** Sums of products along named axes: cosines, products of matrices, `einsum`. */
import { invariant } from '../common/invariant.ts';
import type { Typed } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { aligned, dimension, ordered, shared, without, type LocatedCode } from './located-code.ts';
import { binary, dims, method } from './python-code.ts';

/** `cos(a, b)`: both sides are directions. */
export function cosines(body: Body, typed: Typed, axis: Axis): LocatedCode | undefined {
  const [left, right] = typed.args;
  if (left?.op !== 'normalize' || right?.op !== 'normalize' || left.label !== undefined || right.label !== undefined) return undefined; // prettier-ignore
  const [first, second] = [left.args[0], right.args[0]];
  if (first === undefined || second === undefined) return undefined;
  const directions = (value: LocatedCode): LocatedCode => {
    return ordered(value, [...without(value.axes, axis), axis]);
  };
  const isTable = without(first.type.axes, ...second.type.axes).length === 1 && without(second.type.axes, ...first.type.axes).length === 1; // prettier-ignore
  const [a, b] = body.operands([first, second]).map(directions);
  if (a === undefined || b === undefined) return undefined;
  if (isTable && a.axes.length === 2 && b.axes.length === 2)
    return { code: body.library('cosines', a.code.text, b.code.text), axes: [...without(a.axes, axis), ...without(b.axes, axis)] }; // prettier-ignore
  const isWithin = (inner: LocatedCode, outer: LocatedCode): boolean => without(inner.axes, ...outer.axes).length === 0;
  if (!isWithin(a, b) && !isWithin(b, a)) return undefined;
  const { axes } = isWithin(b, a) ? a : b;
  return { code: body.library('cosine', aligned(a, axes).text, aligned(b, axes).text), axes: without(axes, axis) };
}

/** The sum of products over `over`; axes that both have align, the others pair up. */
export function contract(body: Body, operands: readonly LocatedCode[], over: readonly Axis[]): LocatedCode {
  const [a, b] = operands;
  invariant(a && b, 'a product of two');
  const rows = without(a.axes, ...b.axes);
  const columns = without(b.axes, ...a.axes);
  const common = without(shared(a.axes, b.axes), ...over);
  if (rows.length === 0 || columns.length === 0) {
    const { axes } = columns.length === 0 ? a : b;
    const left = without(axes, ...over);
    const all = left.length === 0 ? [] : [dims(over.map((each) => dimension({ axes }, each)))];
    return { code: method(binary('*', aligned(a, axes), aligned(b, axes)), 'sum', ...all), axes: left };
  }
  const [axis] = over;
  if (common.length === 0 && over.length === 1 && axis !== undefined && a.axes.length === 2 && b.axes.length === 2) {
    const left = ordered(a, [...rows, axis]);
    const right = ordered(b, [axis, ...columns]);
    return { code: binary('@', left.code, right.code), axes: [...rows, ...columns] };
  }
  const letters = new Map<string, string>();
  const letter = ({ id, name }: Axis): string => {
    const known = letters.get(id);
    if (known !== undefined) return known;
    const wanted = `${name.toLowerCase()}abcdefghijklmnopqrstuvwxyz`.match(/[a-z]/g) ?? [];
    const free = wanted.find((each) => ![...letters.values()].includes(each)) ?? 'z';
    letters.set(id, free);
    return free;
  };
  const spell = (axes: readonly Axis[]): string => axes.map(letter).join('');
  const axes = [...common, ...rows, ...columns];
  const rule = `"${spell(a.axes)},${spell(b.axes)}->${spell(axes)}"`;
  const code = body.torch('torch.einsum', rule, a.code.text, b.code.text);
  return { code, axes };
}
