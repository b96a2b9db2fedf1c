import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import { batchAxis } from '../types/axis.ts';
import { builtinNames } from './builtins.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';
import type { Value } from './value.ts';

/** The value that a name stands for at a place. */
export function namedValue(checker: Checker, name: string, span: Span, scope: Scope): Value | undefined {
  const local = scope.value(name);
  if (local !== undefined) return local.kind === 'unknown' ? undefined : local;
  const axis = scope.axis(name);
  const found = checker.declarationOf(name, scope.module, 'value');
  if (found !== undefined) {
    if (found.module === checker.root) checker.read.add(name);
    return checker.declared(found.declaration, found.module, span);
  }
  if (axis !== undefined) return { kind: 'axis', axis };
  if (builtinNames.has(name)) return { kind: 'builtin', name };
  const asAxis = checker.declarationOf(name, scope.module, 'axis');
  if (asAxis !== undefined) {
    const declared = checker.declaredAxis(asAxis.declaration, asAxis.module);
    return declared === undefined ? undefined : { kind: 'axis', axis: declared };
  }
  if (name === 'batch') return { kind: 'axis', axis: batchAxis };
  if (scope.module.broken.has(name)) return undefined;
  return unknownName(checker, name, span, scope);
}

/** Blames a name that stands for nothing, or for no value (CX2001, CX2009). */
export function unknownName(checker: Checker, name: string, span: Span, scope: Scope): undefined {
  if (checker.isRemoved(name, span)) return undefined;
  const elsewhere = scope.module.declarations.find(name);
  if (elsewhere !== undefined) {
    return checker.report.error('CX2009', span, `\`${name}\` is no value`, {
      related: [{ span: elsewhere.name.span, label: `declared here as \`${elsewhere.kind}\`` }],
      expected: 'a tensor or a number',
    });
  }
  const candidates = () => [
    ...scope.names(),
    ...scope.module.declarations.names('value'),
    ...scope.module.imports.keys(),
    ...builtinNames,
  ];
  const suggestion = checker.report.crowded ? undefined : nearestName(name, candidates());
  return checker.report.error('CX2001', span, `there is nothing called \`${name}\` here`, {
    ...(suggestion === undefined
      ? { help: 'declare it with `let`, `input`, `const`, … or import it with `use`' }
      : { suggestion }),
  });
}
