import type { ElementwiseOne, ElementwiseTwo, Typed } from '../check/typed.ts';

/** What a value is called that the source gave no name. `called`: values that are called otherwise, alone and in what is made of them. */
export function variableOf(typed: Typed, called?: (typed: Typed) => string | undefined): string {
  const own = called?.(typed);
  if (own !== undefined) return own;
  switch (typed.op) {
    case 'one': {
      const [of] = typed.args;
      if (typed.attributes.op === 'exp' && of?.op === 'parameter' && of.attributes.path === 'logit_scale')
        return 'scale';
      return oneWords[typed.attributes.op] ?? typed.attributes.op;
    }
    case 'two': {
      // a number times a value is called as the value is
      const [left, right] = typed.args;
      const isScaled = typed.attributes.op === 'mul' || typed.attributes.op === 'div';
      if (isScaled && right?.type.axes.length === 0 && left !== undefined && left.type.axes.length > 0)
        return variableOf(left, called);
      if (isScaled && left?.type.axes.length === 0 && right !== undefined && right.type.axes.length > 0)
        return variableOf(right, called);
      return twoWords[typed.attributes.op] ?? typed.attributes.op;
    }
    case 'reduce':
      return reduceWords[typed.attributes.reduction] ?? typed.attributes.reduction;
    case 'dot':
      return typed.type.axes.length > 1 ? 'similarities' : 'similarity';
    case 'normalize':
      return 'direction';
    case 'softmax':
      return typed.attributes.log ? 'log_shares' : 'shares';
    case 'call': {
      const { owner, tap } = typed.attributes;
      const [argument] = typed.args;
      const of = argument?.op === 'prompt' ? argument.attributes.prompt : argument?.label;
      return [owner, tap, of ?? ''].filter((part) => part !== '').join('_').replaceAll('.', '_'); // prettier-ignore
    }
    case 'parameter':
      return typed.attributes.path === '' ? typed.attributes.owner : typed.attributes.path.replaceAll('.', '_');
    case 'column':
      return typed.attributes.part === 'value' ? typed.attributes.column : `${typed.attributes.column}_${typed.attributes.part}`; // prettier-ignore
    case 'weight':
      return typed.attributes.name;
    case 'shuffle':
      return 'order';
    case 'random':
      return 'noise';
    case 'gather':
    case 'entry':
      return 'picked';
    case 'rename':
    case 'cast':
    case 'stop':
    case 'expand':
      return typed.args[0] === undefined ? 'value' : variableOf(typed.args[0], called);
    default:
      return typed.op;
  }
}

const oneWords: Partial<Record<ElementwiseOne, string>> = { neg: 'negative', not: 'others', abs: 'size', exp: 'power', floor: 'whole', ceil: 'whole' }; // prettier-ignore
const twoWords: Partial<Record<ElementwiseTwo, string>> = { add: 'total', sub: 'difference', mul: 'product', div: 'ratio', pow: 'power', max: 'largest', min: 'smallest', eq: 'equal', ne: 'unequal', lt: 'below', le: 'below', gt: 'above', ge: 'above', and: 'both', or: 'either' }; // prettier-ignore
const reduceWords: Readonly<Record<string, string>> = { sum: 'total', max: 'largest', min: 'smallest', any: 'some', all: 'every', prod: 'product', argmax: 'best', argmin: 'least' }; // prettier-ignore
