/** Functions of single numbers, applied to every element: infix operators, methods of tensors and functions of `torch`. */
import { constantOf } from '../check/build.ts';
import type { ElementwiseOne, ElementwiseTwo, Typed } from '../check/typed.ts';
import type { Body } from './body.ts';
import { aligned, type LocatedCode } from './located-code.ts';
import { atom, binary, inverted, method, negative, numeral, type Code } from './python-code.ts';

const byMethod =
  (name: string, ...parts: readonly string[]) =>
  (_body: Body, x: Code): Code =>
    method(x, name, ...parts);

const byTorch =
  (name: string) =>
  (body: Body, x: Code): Code =>
    body.torch(name, body.tensor(x).text);

const oneRules: Readonly<Record<ElementwiseOne, (body: Body, x: Code) => Code>> = {
  neg: (_body, x) => negative(x),
  not: (_body, x) => inverted(x),
  exp: byMethod('exp'),
  log: byMethod('log'),
  log10: byMethod('log10'),
  sqrt: byMethod('sqrt'),
  abs: byMethod('abs'),
  sign: byMethod('sign'),
  sin: byMethod('sin'),
  cos: byMethod('cos'),
  acos: byMethod('acos'),
  tanh: byMethod('tanh'),
  sigmoid: byMethod('sigmoid'),
  erf: byMethod('erf'),
  floor: byMethod('floor'),
  ceil: byMethod('ceil'),
  round: byMethod('round'),
  softplus: byTorch('F.softplus'),
  relu: byTorch('F.relu'),
  gelu: byTorch('F.gelu'),
  quick_gelu: (body, x) => body.library('quick_gelu', body.tensor(x).text),
};

/** Of one value. */
export const elementwiseOne = (body: Body, x: Code, op: ElementwiseOne): Code => oneRules[op](body, x);

const infix: Partial<Record<ElementwiseTwo, Parameters<typeof binary>[0]>> = {
  add: '+', sub: '-', mul: '*', div: '/', eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=', and: '&', or: '|',
}; // prettier-ignore

/** Of two values, a number among them where the source has one. */
export function elementwiseTwo(body: Body, typed: Typed, op: ElementwiseTwo): LocatedCode {
  const { axes } = typed.type;
  const range = op === 'min' ? clamped(body, typed) : undefined;
  if (range !== undefined) return range;
  const [a = atom(''), b = atom('')] = body.operands(typed.args, undefined, axes).map((value) => aligned(value, axes));
  const written = (code: Code): LocatedCode => ({ code, axes });
  const symbol = infix[op];
  if (symbol !== undefined) return written(simplified(op, a, b) ?? binary(symbol, a, b));
  switch (op) {
    case 'pow':
      if (b.number === 2) return written(method(a, 'square'));
      return written(
        a.number === undefined ? method(a, 'pow', b.text) : body.torch('torch.pow', a.text, body.tensor(b).text),
      );
    case 'max':
    case 'min': {
      const isNumber = (code: Code): boolean => code.number !== undefined || code.plain === true;
      const [tensor, number] = isNumber(a) ? [b, a] : [a, b];
      if (isNumber(number)) return written(method(tensor, 'clamp', `${op === 'max' ? 'min' : 'max'}=${number.text}`)); // prettier-ignore
      return written(body.torch(op === 'max' ? 'torch.maximum' : 'torch.minimum', a.text, b.text));
    }
    default:
      return written(body.torch('torch.atan2', body.tensor(a).text, body.tensor(b).text));
  }
}

/** `min(max(x, low), high)` with two numbers. */
function clamped(body: Body, typed: Typed): LocatedCode | undefined {
  const [inner, high] = typed.args;
  if (inner?.op !== 'two' || inner.attributes.op !== 'max' || inner.label !== undefined || high === undefined) return undefined; // prettier-ignore
  const [x, low] = inner.args;
  const most = constantOf(high);
  const least = low === undefined ? undefined : constantOf(low);
  if (x === undefined || least === undefined || most === undefined) return undefined;
  const value = body.value(x);
  const isWhole = typed.type.element === 'i32';
  return {
    code: method(value.code, 'clamp', numeral(least, isWhole).text, numeral(most, isWhole).text),
    axes: value.axes,
  };
}

/** Of one radian. */
const degrees = 180 / Math.PI;

/** `0 − x` is `−x`; a factor or divisor of 1 goes. */
function simplified(op: ElementwiseTwo, a: Code, b: Code): Code | undefined {
  if (op === 'sub' && a.number === 0) return negative(b);
  if ((op === 'mul' || op === 'div') && b.number === 1) return a;
  if (op === 'mul' && b.number === degrees) return method(a, 'rad2deg');
  if (op === 'mul' && a.number === 1) return b;
  if ((op === 'add' || op === 'sub') && b.number === 0) return a;
  if (op === 'add' && a.number === 0) return b;
  return undefined;
}
