import type { Expression } from '../syntax/ast.ts';

/** `clip.joint` of a chain of members over a name. */
export function dottedName(expression: Expression): string | undefined {
  if (expression.kind === 'reference') return expression.name;
  if (expression.kind !== 'member') return undefined;
  const head = dottedName(expression.object);
  return head === undefined ? undefined : `${head}.${expression.member.text}`;
}
