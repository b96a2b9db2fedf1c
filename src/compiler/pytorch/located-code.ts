/** Expressions with the axes of their dimensions, and the moves of PyTorch that align them. */
import { invariant } from '../common/invariant.ts';
import type { Axis } from '../types/axis.ts';
import { atom, method, within, level, type Code } from './python-code.ts';

export interface LocatedCode {
  readonly code: Code;
  /** Of its dimensions, from the outermost. */
  readonly axes: readonly Axis[];
}

export const hasAxis = (axes: readonly Axis[], axis: Axis): boolean => axes.some(({ id }) => id === axis.id);

export const without = (axes: readonly Axis[], ...gone: readonly Axis[]): readonly Axis[] =>
  axes.filter((axis) => !hasAxis(gone, axis));

export const shared = (a: readonly Axis[], b: readonly Axis[]): readonly Axis[] => a.filter((axis) => hasAxis(b, axis));

export function position({ axes }: Pick<LocatedCode, 'axes'>, axis: Axis): number {
  const found = axes.findIndex(({ id }) => id === axis.id);
  invariant(found >= 0, `axis ${axis.id} is not among ${axes.map(({ id }) => id).join(', ')}`);
  return found;
}

/** Its dimension; the last is −1, as one writes it. */
export function dimension(value: Pick<LocatedCode, 'axes'>, axis: Axis): number {
  const found = position(value, axis);
  return found > 0 && found === value.axes.length - 1 ? -1 : found;
}

/** The same value with its dimensions in this order; `axes` holds exactly the value's. */
export function ordered(value: LocatedCode, axes: readonly Axis[]): LocatedCode {
  const permutation = axes.map((axis) => position(value, axis));
  if (permutation.every((from, to) => from === to)) return value;
  if (permutation.length === 2) return { code: atom(`${within(value.code, level.atom)}.T`), axes };
  return { code: method(value.code, 'permute', ...permutation.map(String)), axes };
}

/** With dimensions of extent 1 where the value lacks an axis: ready to be broadcast against a value of these axes. */
export function aligned(value: LocatedCode, axes: readonly Axis[]): Code {
  const own = axes.filter((axis) => hasAxis(value.axes, axis));
  const { code } = ordered(value, own);
  const first = axes.findIndex((axis) => hasAxis(own, axis));
  const tail = first < 0 ? [] : axes.slice(first);
  if (tail.length === own.length) return code;
  const places = tail.map((axis) => (hasAxis(own, axis) ? ':' : 'None'));
  while (places.at(-1) === ':') places.pop();
  return atom(`${within(code, level.atom)}[${places.join(', ')}]`);
}

/** `x[:, at]`: an index in the place of one dimension. */
export function indexed(value: LocatedCode, axis: Axis, at: string): Code {
  const places = [...Array.from({ length: position(value, axis) }, () => ':'), at];
  return atom(`${within(value.code, level.atom)}[${places.join(', ')}]`);
}
