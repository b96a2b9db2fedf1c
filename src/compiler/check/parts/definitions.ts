import type { Module } from '../../resolve/modules.ts';
import type { Call, EquationStatement, FnStatement, ModuleDefinition, ModuleItem } from '../../syntax/ast.ts';
import { bindParameters } from '../bind-parameters.ts';
import { bindPattern } from '../bind-pattern.ts';
import { declaredAxis } from '../declared-axis.ts';
import { parameterInside } from '../parameter-value.ts';
import { Scope } from '../scope.ts';
import { stateOverrides } from '../state-overrides.ts';
import { isStructural } from '../../types/axis.ts';
import type { PartBuilder, PartContent } from './part-builder.ts';
import { numberOf } from './whole-number.ts';

/** An equation is a fn that sees the layers, params and equations beside it. */
export const asFn = (equation: EquationStatement): FnStatement => ({ ...equation, kind: 'fn' });

/**
 * `module name(a: axis, n) { … }` with its arguments: every layer and param inside belongs to the owner, at its name below `path`.
 * Items read the items before them.
 */
export function instantiate(
  builder: PartBuilder,
  definition: ModuleDefinition,
  module: Module,
  call: Call,
  outer: Scope,
  path: string,
): Extract<PartContent, { kind: 'definition' }> | undefined {
  const { checker } = builder;
  const { report } = checker;
  if (builder.open.includes(definition)) {
    const circle = [...builder.open.slice(builder.open.indexOf(definition)), definition].map((each) => each.name.text);
    return report.error('CX2008', call.span, `the module \`${definition.name.text}\` holds itself`, {
      found: circle.join(' → '),
      help: 'a module is written out where it is made, so it has to end: `repeat(3, block(…))` makes copies in a row',
    });
  }
  const scope = new Scope(module, `${builder.name(path)}.`);
  if (!bindParameters(checker, definition, call, outer, scope)) return undefined;
  builder.open.push(definition);
  const errors = report.diagnostics.length;
  report.inside(definition.name.text, call.span, () => {
    for (const item of definition.items) bindItem(builder, item, module, scope, path);
  });
  builder.open.pop();
  if (report.diagnostics.slice(errors).some(({ severity }) => severity === 'error')) return undefined;
  const forward = definition.items.find((item) => item.kind === 'equation' && item.name.text === 'forward');
  return {
    kind: 'definition',
    scope,
    module,
    definition,
    ...(forward?.kind === 'equation' ? { forward } : {}),
  };
}

function bindItem(builder: PartBuilder, item: ModuleItem, module: Module, scope: Scope, path: string): void {
  const { checker } = builder;
  const { report } = checker;
  const names = item.kind === 'let' ? item.pattern.names : [item.name];
  for (const name of names) {
    if (scope.own(name.text))
      report.error('CX2002', name.span, `\`${name.text}\` is declared twice in this module`, {
        help: 'parameters count too',
      });
  }
  switch (item.kind) {
    case 'layer': {
      const at = path === '' ? item.name.text : `${path}.${item.name.text}`;
      const part = builder.part(item.init, scope, at);
      if (item.init.settings !== undefined) {
        for (const override of stateOverrides(checker, item.init.settings))
          builder.overrides.push({ ...override, paths: override.paths.map((each) => (each === '' ? at : `${at}.${each}`)) }); // prettier-ignore
      }
      scope.bind(item.name.text, part === undefined ? { kind: 'unknown' } : { kind: 'part', part });
      return;
    }
    case 'param': {
      builder.params += 1;
      const value = parameterInside(checker, item, scope, builder.owner, path);
      scope.bind(item.name.text, value ?? { kind: 'unknown' });
      return;
    }
    case 'axis': {
      const axis = declaredAxis(checker, item, scope);
      if (axis === undefined) return;
      const id = isStructural(axis) ? axis.id : `${scope.prefix}${axis.name}`;
      scope.bindAxis(item.name.text, { ...axis, id });
      return;
    }
    case 'const': {
      const typed = checker.tensor(item.value, scope);
      if (typed !== undefined && numberOf(typed) === undefined)
        report.error('CX3011', item.value.span, `\`${item.name.text}\` is a \`const\`, a number known while compiling`);
      scope.bind(item.name.text, typed === undefined ? { kind: 'unknown' } : { kind: 'tensor', typed });
      return;
    }
    case 'let':
      bindPattern(checker, item, scope);
      return;
    case 'fn':
      scope.bind(item.name.text, { kind: 'fn', fn: item, module, scope });
      return;
    case 'equation':
      scope.bind(item.name.text, { kind: 'fn', fn: asFn(item), module, scope });
  }
}
