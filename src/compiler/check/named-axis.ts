import { nearestName } from '../common/suggest.ts';
import type { Expression, Name } from '../syntax/ast.ts';
import { axisWord, batchAxis, structuralKinds, type Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';
import type { Scope } from './scope.ts';

/** An axis written as an expression: `factor`, `clip.joint`. */
export function axisOf(
  checker: Checker,
  expression: Expression,
  scope: Scope,
  among: readonly Axis[] = [],
): Axis | undefined {
  if (expression.kind === 'reference') {
    return axisByName(checker, { kind: 'name', text: expression.name, span: expression.span }, scope, among);
  }
  const dotted = dottedName(expression);
  if (dotted !== undefined) {
    const exact = among.find((axis) => axis.id === dotted);
    if (exact !== undefined) return exact;
  }
  if (expression.kind === 'member') {
    const value = checker.expression(expression, scope);
    if (value === undefined) return undefined;
    if (value.kind === 'axis') return value.axis;
  }
  return checker.report.error('CX2011', expression.span, 'this is no axis', {
    expected: 'the name of an axis, as `factor` or `clip.joint`',
    ...(among.length === 0 ? {} : { found: printAxes(among) }),
  });
}

/** The axis a name stands for: an axis parameter or local axis, a declared one, else one of `among` by its short name. */
export function axisByName(checker: Checker, name: Name, scope: Scope, among: readonly Axis[] = []): Axis | undefined {
  const text = name.text;
  if (text === 'batch') return batchAxis;
  const local = scope.axis(text);
  if (local !== undefined && (among.length === 0 || among.some((axis) => axis.id === local.id))) return local;
  const own = among.find((axis) => axis.id === text) ?? uniqueByName(among, text);
  if (own !== undefined) return own;
  if (local !== undefined) return local;
  const several = scope.axisList(text);
  if (several !== undefined)
    return checker.report.error('CX3004', name.span, `\`${text}\` stands for several axes here, and this takes one`, {
      found: printAxes(several),
    });
  const declared = checker.declarationOf(text, scope.module, 'axis');
  if (declared !== undefined) return checker.declaredAxis(declared.declaration, declared.module);
  if (scope.module.broken.has(text) || checker.isRemoved(text, name.span)) return undefined;
  const alike = among.filter((axis) => axis.name === text);
  if (alike.length > 1) {
    return checker.report.error(
      'CX3004',
      name.span,
      `\`${text}\` could be any of ${alike.map((axis) => `\`${axisWord(axis)}\``).join(', ')}`,
      {
        help: 'write the owner too, as in the list',
      },
    );
  }
  if (structuralKinds.has(text) && among.length === 0) {
    return checker.report.error('CX2011', name.span, `\`${text}\` has its size from a value, and here is none`, {
      help: `name the value too: \`x.${text}\`, or \`like: x\``,
    });
  }
  const candidates = () => [
    ...among.map((axis) => axis.name),
    ...scope.axisNames(),
    ...scope.module.declarations.names('axis'),
    'batch',
  ];
  const suggestion = checker.report.crowded ? undefined : nearestName(text, candidates());
  return checker.report.error('CX2011', name.span, `there is no axis called \`${text}\` here`, {
    ...(among.length === 0 ? {} : { found: printAxes(among) }),
    ...(suggestion === undefined
      ? { help: 'declare it with `axis` or `vocabulary`, or name an axis that the value has' }
      : { suggestion }),
  });
}

function uniqueByName(axes: readonly Axis[], name: string): Axis | undefined {
  const alike = axes.filter((axis) => axis.name === name);
  return alike.length === 1 ? alike[0] : undefined;
}
