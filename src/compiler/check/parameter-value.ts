import type { Initialisation } from '../program/program.ts';
import type { ParamStatement } from '../syntax/ast.ts';
import { orderAxes, constantOf, node } from './build.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';
import { stateOverrides } from './state-overrides.ts';
import type { Value } from './value.ts';

/** `trainable param ctx : [context, width] = normal(0.02)` */
export function parameterValue(checker: Checker, statement: ParamStatement, scope: Scope): Value | undefined {
  const name = statement.name.text;
  if (statement.flag === undefined) {
    return checker.report.error('CX4001', statement.name.span, `\`${name}\` is neither frozen nor trainable`, {
      expected: `\`trainable param ${name} …\` or \`frozen param ${name} …\``,
    });
  }
  const axes = (statement.type?.items ?? []).map((item) => checker.axisOf(item.value, scope));
  if (axes.some((axis) => axis === undefined)) return undefined;
  const init = initialisation(checker, statement, scope);
  if (init === undefined) return undefined;
  const settings = statement.init.settings;
  checker.parameterSettings.set(name, {
    flag: checker.flagOverride(name) ?? statement.flag,
    span: statement.name.span,
    overrides: [...(settings === undefined ? [] : stateOverrides(checker, settings)), ...checker.stateStatements(name)],
  });
  const type = { element: 'f32', axes: orderAxes(axes.filter((axis) => axis !== undefined)) } as const;
  return {
    kind: 'tensor',
    typed: {
      ...node('parameter', [], { owner: name, path: '', init, decay: axes.length >= 2 }, type, statement.span),
      label: name,
    },
  };
}

function initialisation(checker: Checker, statement: ParamStatement, scope: Scope): Initialisation | undefined {
  const { value } = statement.init;
  if (
    value.kind === 'call' &&
    value.callee.kind === 'reference' &&
    ['normal', 'uniform', 'words', 'image'].includes(value.callee.name)
  ) {
    const odd = value.args.find((argument) => argument.label !== undefined || argument.arrows.length > 0);
    if (odd !== undefined)
      return checker.report.error('CX2010', odd.label?.span ?? odd.span, `\`${value.callee.name}\` has no options`, {
        expected: '`normal(0.02)` or `uniform(-1, 1)`',
      });
    const numbers = value.args.map((argument) => {
      const typed = checker.tensor(argument.value, scope);
      return typed === undefined ? undefined : constantOf(typed);
    });
    if (value.callee.name === 'normal' && numbers.length === 1 && numbers[0] !== undefined)
      return { kind: 'normal', mean: 0, deviation: numbers[0] };
    if (value.callee.name === 'uniform' && numbers.length === 2 && numbers[0] !== undefined && numbers[1] !== undefined)
      return { kind: 'uniform', low: numbers[0], high: numbers[1] };
    if (value.callee.name === 'words' || value.callee.name === 'image')
      return checker.notImplemented(value.span, `\`${value.callee.name}(…)\` as a start`);
    return checker.report.error('CX3006', value.span, `\`${value.callee.name}\` is given its numbers wrongly`, {
      expected: '`normal(0.02)` or `uniform(-1, 1)`',
    });
  }
  const typed = checker.tensor(value, scope);
  const constant = typed === undefined ? undefined : constantOf(typed);
  if (typed === undefined) return undefined;
  if (constant === undefined) return checker.notImplemented(value.span, 'a start that is computed');
  return { kind: 'constant', value: constant };
}
