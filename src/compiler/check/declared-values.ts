import type { Declaration } from '../resolve/declarations.ts';
import type { Module } from '../resolve/modules.ts';
import type { LetStatement } from '../syntax/ast.ts';
import { printAxes } from '../types/value-type.ts';
import { cast, constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import { hasWrittenType } from './bind-pattern.ts';
import { inputValue } from './inputs.ts';
import { encoderInstance, moduleInstance } from './instances.ts';
import { parameterValue } from './parameter-value.ts';
import { promptValue } from './prompts.ts';
import type { Scope } from './scope.ts';
import type { Value } from './value.ts';
import { pipeValue, viewValue } from './views.ts';
import { tokenizerValue } from './tokenizers.ts';
import { weightValue } from './weights.ts';

/** The value that a declaration introduces. */
export function declaredValue(checker: Checker, declaration: Declaration, module: Module): Value | undefined {
  const { statement } = declaration;
  const scope = checker.fileScope(module);
  switch (statement.kind) {
    case 'const': {
      const typed = checker.tensor(statement.value, scope);
      if (typed === undefined) return undefined;
      if (constantOf(typed) === undefined) {
        return checker.report.error(
          'CX3011',
          statement.value.span,
          `\`${statement.name.text}\` is a \`const\`, a number known while compiling`,
        );
      }
      return { kind: 'tensor', typed };
    }
    case 'input':
      return inputValue(checker, statement);
    case 'prompt':
      return promptValue(checker, statement, scope);
    case 'encoder':
      return encoderInstance(checker, statement, scope);
    case 'module':
      return moduleInstance(checker, statement, scope);
    case 'param':
      return parameterValue(checker, statement, scope);
    case 'fn':
      return { kind: 'fn', fn: statement, module };
    case 'let':
      return letValue(checker, statement, scope, declaration.position);
    case 'loss': {
      const typed = checker.tensor(statement.value, scope);
      if (typed === undefined) return undefined;
      if (typed.type.axes.length > 0) {
        return checker.report.error(
          'CX3010',
          statement.value.span,
          `the loss \`${statement.name.text}\` is no single number`,
          {
            expected: 'a scalar, as `mean(…)` gives',
            found: printAxes(typed.type.axes),
            help: `write \`mean(…)\` around it, or \`mean(…, over: ${typed.type.axes.at(-1)?.name ?? ''})\` where one axis is left`,
          },
        );
      }
      return { kind: 'tensor', typed: { ...cast(typed, 'f32'), label: statement.name.text } };
    }
    case 'weight':
      return weightValue(checker, statement, scope);
    case 'augment':
      return viewValue(checker, statement, declaration.position);
    case 'pipe':
      return pipeValue(checker, statement);
    case 'tokenizer':
      return tokenizerValue(checker, statement, scope);
    case 'module-definition':
      return { kind: 'definition', definition: statement, module };
    default:
      return checker.report.error('CX2009', declaration.name.span, `\`${declaration.name.text}\` is no value`);
  }
}

function letValue(checker: Checker, statement: LetStatement, scope: Scope, position: number): Value | undefined {
  const value = checker.expression(statement.value, scope);
  if (value === undefined) return undefined;
  if (statement.pattern.names.length > 1) {
    if (statement.type !== undefined) checker.notImplemented(statement.type.span, 'a type of several values');
    if (value.kind === 'tuple' && value.items.length === statement.pattern.names.length) return value.items[position];
    const count = value.kind === 'tuple' ? value.items.length : 'one value';
    return checker.report.error(
      'CX3006',
      statement.pattern.span,
      `${statement.pattern.names.length} names on the left, and ${count} on the right`,
    );
  }
  const label = statement.pattern.names[0]?.text;
  if (value.kind !== 'tensor' || label === undefined) return value;
  if (!hasWrittenType(checker, statement, value.typed, scope)) return undefined;
  return { kind: 'tensor', typed: { ...value.typed, label } };
}
