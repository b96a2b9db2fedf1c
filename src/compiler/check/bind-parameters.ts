import { nearestName } from '../common/suggest.ts';
import type { Argument, Call, Name, Parameter } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import type { Checker } from './checker.ts';
import { axisOf } from './named-axis.ts';
import { oddArgument } from './odd-argument.ts';
import type { Scope } from './scope.ts';

/** Binds the arguments of a call, written in `scope`, to the parameters of a fn or module, seen in `inner`. False where that failed. */
export function bindParameters(
  checker: Checker,
  { name, params }: { readonly name: Name; readonly params: readonly Parameter[] },
  expression: Call,
  scope: Scope,
  inner: Scope,
): boolean {
  const given = new Map<string, Argument>();
  const positional = expression.args.filter((argument) => argument.label === undefined);
  let failed = false;
  let misnamed = false;
  for (const argument of expression.args) {
    const label = argument.label;
    failed = oddArgument(checker, argument) || failed;
    if (label === undefined) continue;
    const names = params.map((parameter) => parameter.name.text);
    if (!names.includes(label.text)) {
      const suggestion = nearestName(label.text, names);
      checker.report.error('CX3006', label.span, `\`${name.text}\` has no parameter \`${label.text}\``, {
        expected: names.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      misnamed = true;
    } else if (given.has(label.text)) {
      checker.report.error('CX3006', label.span, `\`${label.text}\` is given twice`, {
        related: [{ span: given.get(label.text)?.span ?? label.span, label: 'first here' }],
      });
      misnamed = true;
    }
    given.set(label.text, argument);
  }
  const open = params.filter((parameter) => !given.has(parameter.name.text));
  for (const [position, argument] of positional.entries()) {
    const parameter = open[position];
    if (parameter === undefined) {
      checker.report.error(
        'CX3006',
        argument.span,
        `\`${name.text}\` takes ${params.length} ${params.length === 1 ? 'argument' : 'arguments'}, and this is one more`,
        {
          expected: params.map((each) => each.name.text).join(', '),
        },
      );
      failed = true;
      continue;
    }
    given.set(parameter.name.text, argument);
  }
  const isAxis = (parameter: Parameter) => parameter.type?.name?.text === 'axis';
  const seen = new Map<string, Axis>();
  for (const parameter of params) {
    const argument = given.get(parameter.name.text);
    if (argument === undefined && parameter.fallback === undefined) {
      // a misspelt label is the likelier fault
      if (!misnamed)
        checker.report.error('CX3006', expression.span, `\`${name.text}\` needs \`${parameter.name.text}\``, {
          related: [{ span: parameter.span, label: 'declared here without a default' }],
        });
      failed = true;
    } else if (argument !== undefined && !isAxis(parameter)) {
      const value = checker.expression(argument.value, scope);
      if (value === undefined) failed = true;
      else if (value.kind === 'axis') inner.bindAxis(parameter.name.text, value.axis);
      else inner.bind(parameter.name.text, value);
      if (value?.kind === 'tensor') for (const axis of value.typed.type.axes) seen.set(axis.id, axis);
    }
  }
  for (const axis of seen.values()) inner.give(axis);
  for (const parameter of params.filter(isAxis)) {
    const argument = given.get(parameter.name.text);
    const source = argument?.value ?? parameter.fallback;
    if (source === undefined) continue;
    const from = argument === undefined ? inner : scope;
    const passedOn = source.kind === 'reference' ? from.axisList(source.name) : undefined;
    const axes =
      passedOn ??
      (source.kind === 'list' ? source.items.map((item) => item.value) : [source]).flatMap(
        (each) => axisOf(checker, each, from, [...seen.values()]) ?? [],
      );
    const [axis, more] = axes;
    if (axis === undefined || (source.kind === 'list' && axes.length < source.items.length)) failed = true;
    else if (more === undefined) inner.bindAxis(parameter.name.text, axis);
    else inner.bindAxes(parameter.name.text, axes);
  }
  for (const parameter of params) {
    if (given.has(parameter.name.text) || parameter.fallback === undefined || isAxis(parameter)) continue;
    const value = checker.expression(parameter.fallback, inner);
    if (value === undefined) failed = true;
    else inner.bind(parameter.name.text, value);
  }
  return !(failed || misnamed);
}
