import type { Name } from '../syntax/ast.ts';
import { batchAxis, printSize, sameSize, structuralAxis, structuralKinds, type Axis } from '../types/axis.ts';
import type { Checker } from './checker.ts';
import { dottedExpression } from './dotted-name.ts';
import { axisOf } from './named-axis.ts';
import type { Scope } from './scope.ts';

/** A new axis named at its birth; a name that this scope already gave must have the same size. */
export function bornAxis(
  checker: Checker,
  name: Name,
  like: Pick<Axis, 'kind' | 'size'> & { readonly renames?: string },
  scope: Scope,
): Axis | undefined {
  const declared = checker.declarationOf(name.text, scope.module, 'axis');
  const owned = name.text.includes('.') ? axisOf(checker, dottedExpression(name), scope) : undefined;
  if (owned === undefined && name.text.includes('.')) return undefined;
  const existing =
    name.text === 'batch'
      ? batchAxis
      : owned !== undefined
        ? owned
        : declared === undefined
          ? scope.axis(name.text)
          : checker.declaredAxis(declared.declaration, declared.module);
  if (existing !== undefined) {
    if (sameSize(existing.size, like.size)) return existing;
    return checker.report.error(
      'CX3002',
      name.span,
      `\`${name.text}\` has ${wordedSize(existing.size)}, and here it would have ${wordedSize(like.size)}`,
      { help: 'give the new axis another name' },
    );
  }
  if (structuralKinds.has(name.text)) {
    const { renames } = like;
    return { ...structuralAxis(name.text, like.size), ...(renames === undefined ? {} : { renames }) };
  }
  const axis: Axis = {
    id: `${scope.prefix}${name.text}`,
    name: name.text,
    kind: like.kind,
    size: like.size,
    ...(like.renames === undefined ? {} : { renames: like.renames }),
  };
  scope.bindAxis(name.text, axis);
  return axis;
}

/** `10 entries`, `as many entries as there are samples` */
function wordedSize(size: Axis['size']): string {
  if (size.kind === 'known') return `${size.value} ${size.value === 1 ? 'entry' : 'entries'}`;
  if (size.kind === 'batch') return 'as many entries as there are samples';
  if (size.kind === 'vocabulary') return `as many entries as \`${size.name}\``;
  return `${printSize(size)} entries`;
}
