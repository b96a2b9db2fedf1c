import type { Expression, Name } from '../syntax/ast.ts';

/** `clip.joint` of a chain of members over a name. */
export function dottedName(expression: Expression): string | undefined {
  if (expression.kind === 'reference') return expression.name;
  if (expression.kind !== 'member') return undefined;
  const head = dottedName(expression.object);
  return head === undefined ? undefined : `${head}.${expression.member.text}`;
}

/** The members that a dotted name stands for: the other way round. */
export function dottedExpression({ text, span }: Name): Expression {
  const [head = '', ...members] = text.split('.');
  return members.reduce<Expression>(
    (object, member) => ({ kind: 'member', object, member: { kind: 'name', text: member, span }, span }),
    { kind: 'reference', name: head, span },
  );
}
