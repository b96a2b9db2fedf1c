import type { Call, Member } from '../syntax/ast.ts';
import { printAxes } from '../types/value-type.ts';
import type { Checker } from './checker.ts';
import { axisOf } from './named-axis.ts';
import { memberOfPart } from './parts/members.ts';
import { entryColumn } from './prompts.ts';
import type { Scope } from './scope.ts';
import { memberOfTokenizer } from './tokenizers.ts';
import type { Value } from './value.ts';

/** `clip.joint` is an axis, `clip.image` a tower, `clip.logit_scale` a value, `face.height` an axis of a value. */
export function memberOf(checker: Checker, expression: Member, scope: Scope): Value | undefined {
  const object = checker.expression(expression.object, scope);
  if (object === undefined) return undefined;
  const member = expression.member.text;
  if (object.kind === 'instance' || object.kind === 'tap' || object.kind === 'part')
    return memberOfPart(checker, object, expression);
  if (object.kind === 'tokenizer') return memberOfTokenizer(checker, object.tokenizer, expression);
  if (object.kind === 'tensor') {
    // `face.height`: the axis, with the size that it has in this value
    const axes = object.typed.type.axes.filter((axis) => axis.name === member);
    const [axis, second] = axes;
    if (axis !== undefined && second === undefined) return { kind: 'axis', axis };
    return checker.report.error('CX2011', expression.member.span, `the value has no axis \`${member}\``, {
      found: printAxes(object.typed.type.axes),
    });
  }
  if (object.kind === 'prompt') {
    // `wording.template`
    const axis = object.prompt.axes.find(({ name }) => name === member);
    if (axis !== undefined) return { kind: 'axis', axis };
    return checker.report.error('CX2011', expression.member.span, `the prompt has no axis \`${member}\``, {
      found: printAxes(object.prompt.axes),
    });
  }
  if (object.kind === 'axis' && checker.vocabularies.has(object.axis.id))
    return entryColumn(checker, object.axis, expression);
  return checker.report.error('CX2009', expression.span, `this has no member \`${member}\``);
}

/** `seven(class)` */
export function callPromptFn(
  checker: Checker,
  prompt: Extract<Value, { kind: 'prompt-fn' }>,
  call: Call,
  scope: Scope,
): Value | undefined {
  const { parameters } = prompt;
  const odd = call.args.find((argument) => argument.label !== undefined);
  if (call.args.length !== parameters.length || odd !== undefined) {
    const count = parameters.length === 1 ? 'one vocabulary' : `${parameters.length} vocabularies`;
    return checker.report.error('CX3006', odd?.span ?? call.span, `this prompt takes ${count}`, {
      expected: parameters.map((parameter) => parameter.name.text).join(', '),
    });
  }
  const axes = call.args.map((argument) => axisOf(checker, argument.value, scope));
  const table = axes.some((axis) => axis === undefined)
    ? undefined
    : prompt.build(
        axes.filter((axis) => axis !== undefined),
        call.span,
      );
  return table === undefined ? undefined : { kind: 'prompt', prompt: table };
}
