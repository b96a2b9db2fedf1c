import type { Axis } from './axis.ts';

export type ElementType = 'f32' | 'i32' | 'bool' | 'text';

/** `dtype { axes }`: the order of axes carries no meaning. */
export interface ValueType {
  readonly element: ElementType;
  readonly axes: readonly Axis[];
  /** The axis that an i32 points into: comparing indices of two axes is an error. */
  readonly indexes?: Axis;
}

export function hasAxis(type: ValueType, id: string): boolean {
  return type.axes.some((axis) => axis.id === id);
}

/** `[batch, joint]`, in the words of the file: the short name where it is unique, else the owner's. */
export function printAxes(axes: readonly Axis[]): string {
  const names = axes.map((axis) => (axes.filter((other) => other.name === axis.name).length > 1 ? axis.id : axis.name));
  return `[${names.join(', ')}]`;
}

export function printValueType(type: ValueType): string {
  const element = type.indexes === undefined ? type.element : `index(${type.indexes.name})`;
  return element === 'f32' ? printAxes(type.axes) : `${element} ${printAxes(type.axes)}`;
}
