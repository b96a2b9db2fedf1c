/** One place of an expression or of a block of fields, replaced. */
import type { Argument, Expression, Field, MapExpression, Name } from '../syntax/ast.ts';
import type { Span } from '../source/span.ts';

/** Why a place can not be set. */
export interface Fault {
  readonly message: string;
  readonly expected?: readonly string[];
  readonly help?: string;
  /** The name that was looked for; the last of the path where absent. */
  readonly sought?: string;
}

export type Edited<Node> = Node | Fault;

export const isFault = (value: object): value is Fault => !('kind' in value);

export const textOf = (keys: readonly Name[]): string => keys.map((key) => key.text).join('.');

export const keyOf = (field: Field): string | undefined =>
  field.key.kind === 'dotted-key' ? textOf(field.key.parts) : field.key.kind === 'string-key' ? field.key.value : undefined; // prettier-ignore

export const spanOf = (keys: readonly Name[], value: Expression): Span => {
  const [first] = keys;
  return first !== undefined && first.span.file === value.span.file && first.span.start <= value.span.start
    ? { ...first.span, end: value.span.end }
    : value.span;
};

/** A field by its whole key, else inside the value of the first one; a field that is not there is added, for a default is set too. */
export function setField(map: MapExpression, keys: readonly Name[], value: Expression): Edited<MapExpression> {
  const whole = map.fields.find((field) => keyOf(field) === textOf(keys));
  if (whole !== undefined) return { ...map, fields: map.fields.map((field) => (field === whole ? { ...field, value } : field)) }; // prettier-ignore
  const [head, ...rest] = keys;
  const outer = map.fields.find((field) => keyOf(field) === head?.text);
  if (outer !== undefined && rest.length > 0) {
    const inner = setInside(outer.value, rest, value);
    return isFault(inner) ? inner : { ...map, fields: map.fields.map((field) => (field === outer ? { ...field, value: inner } : field)) }; // prettier-ignore
  }
  if (rest.length > 0)
    return { message: `leads nowhere: there is no field \`${head?.text ?? ''}\` to look into`, expected: map.fields.flatMap((field) => keyOf(field) ?? []), sought: head?.text ?? '' }; // prettier-ignore
  const span = spanOf(keys, value);
  return { ...map, fields: [...map.fields, { kind: 'field', key: { kind: 'dotted-key', parts: keys, span: keys[0]?.span ?? span }, value, span }] }; // prettier-ignore
}

/** An option of a call, of a step of a chain, or a field of a map. */
export function setInside(expression: Expression, keys: readonly Name[], value: Expression): Edited<Expression> {
  const [head, ...rest] = keys;
  if (head === undefined) return value;
  switch (expression.kind) {
    case 'call': {
      const whole = expression.args.find((argument) => argument.label?.text === textOf(keys));
      if (whole !== undefined) return { ...expression, args: withArgument(expression.args, whole, value) };
      const outer = expression.args.find((argument) => argument.label?.text === head.text);
      if (outer !== undefined) {
        const inner = setInside(outer.value, rest, value);
        return isFault(inner) ? inner : { ...expression, args: withArgument(expression.args, outer, inner) };
      }
      if (calleeOf(expression) === head.text && rest.length === 0) return setFirst(expression, value);
      if (rest.length > 0)
        return { message: `leads nowhere: there is no option \`${head.text}\` to look into`, expected: expression.args.flatMap((argument) => argument.label?.text ?? []) }; // prettier-ignore
      const added: Argument = { kind: 'argument', label: head, value, arrows: [], span: spanOf(keys, value) };
      return { ...expression, args: [...expression.args, added] };
    }
    case 'pipeline': {
      if (calleeOf(expression.step) !== head.text) {
        const inner = setInside(expression.value, keys, value);
        return isFault(inner) ? inner : { ...expression, value: inner };
      }
      const step = rest.length === 0 ? setFirst(expression.step, value) : setInside(expression.step, rest, value);
      return isFault(step) ? step : { ...expression, step };
    }
    case 'map':
      return setField(expression, keys, value);
    default:
      return { message: `leads nowhere: there is no \`${head.text}\` in it` };
  }
}

export const withArgument = (args: readonly Argument[], old: Argument, value: Expression): Argument[] =>
  args.map((argument) => (argument === old ? { ...argument, value, arrows: [] } : argument));

export const calleeOf = (expression: Expression): string | undefined =>
  expression.kind === 'call' && expression.callee.kind === 'reference' ? expression.callee.name : undefined;

/** `few_shot(4, per: label)` with another number. */
export function setFirst(expression: Expression, value: Expression): Edited<Expression> {
  const first = expression.kind === 'call' ? expression.args.find((argument) => argument.label === undefined) : undefined; // prettier-ignore
  if (expression.kind !== 'call' || first === undefined) return { message: 'has no value of its own to set' };
  return { ...expression, args: withArgument(expression.args, first, value) };
}
