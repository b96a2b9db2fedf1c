import { known, structuralKinds, type Axis } from '../../types/axis.ts';
import type { Checker } from '../checker.ts';
import type { Scope } from '../scope.ts';

/** `channel`, `frame`: the axis of this name that a value brings, of whatever size; found at the call. */
export function openAxis(checker: Checker, name: string, scope: Scope): Axis | undefined {
  const kind = structuralKinds.get(name);
  if (kind === undefined || scope.axis(name) !== undefined) return undefined;
  if (checker.declarationOf(name, scope.module, 'axis') !== undefined) return undefined;
  return { id: name, name, kind, size: known(1) };
}

/** Whether only a call tells which axis is meant. */
export const isOpen = (axis: Axis): boolean => axis.id === axis.name && structuralKinds.has(axis.name);
