/** What values a typed node can have, as far as the formulas say: intervals, and whether zero is among them. */
import type { Size } from '../types/axis.ts';
import { bare } from './bare.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import type { ElementwiseOne, ElementwiseTwo, ReductionKind, Typed } from './typed.ts';

export interface Range {
  readonly low: number;
  readonly high: number;
  /** Zero lies between the bounds and is never taken: `exp(x)`. */
  readonly nonzero?: true;
}

const anything: Range = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
const share: Range = { low: 0, high: 1 };
const positive: Range = { low: 0, high: Number.POSITIVE_INFINITY };

export const mayBeZero = ({ low, high, nonzero }: Range): boolean => low <= 0 && high >= 0 && nonzero !== true;

/** Whether every value is above zero. */
export const isPositive = ({ low, nonzero }: Range): boolean => low > 0 || (low === 0 && nonzero === true);

const exact = (value: number): Range => ({ low: value, high: value });

const hull = (...ranges: readonly Range[]): Range => ({
  low: Math.min(...ranges.map((range) => range.low)),
  high: Math.max(...ranges.map((range) => range.high)),
  ...(ranges.every((range) => !mayBeZero(range)) && ranges.some(isPositive) === ranges.every(isPositive) ? { nonzero: true as const } : {}),
}); // prettier-ignore

/** Ranges of one check; each node is looked at once. */
export class Ranges {
  readonly #known = new Map<Typed, Range>();
  readonly #checker: Checker;

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  of(typed: Typed): Range {
    const known = this.#known.get(typed);
    if (known !== undefined) return known;
    const range = typed.type.element === 'bool' ? share : this.#look(typed);
    const sane = Number.isNaN(range.low) || Number.isNaN(range.high) ? anything : range;
    this.#known.set(typed, sane);
    return sane;
  }

  #look(typed: Typed): Range {
    const argument = (at: number): Range => {
      const found = typed.args[at];
      return found === undefined ? anything : this.of(found);
    };
    const all = (): Range => (typed.args.length === 0 ? anything : hull(...typed.args.map((each) => this.of(each))));
    switch (typed.op) {
      case 'number':
        return exact(typed.attributes.value);
      case 'size':
        return { low: leastOf(typed.attributes.size), high: Number.POSITIVE_INFINITY };
      case 'vector':
        return hull(...typed.attributes.values.map(exact));
      case 'index':
        return { low: 0, high: mostOf(typed.attributes.axis.size) - 1 };
      case 'column':
        return this.#column(typed.attributes.column, typed);
      case 'parameter':
        return this.#clamped(typed.attributes.owner, typed.attributes.path);
      case 'one':
        return ofOne(typed.attributes.op, argument(0));
      case 'two':
        return ofTwo(typed.attributes.op, argument(0), argument(1), typed);
      case 'where':
        return hull(argument(1), argument(2));
      case 'reduce':
        return ofReduction(typed.attributes.reduction, argument(0), typed.args.length > 1);
      case 'softmax':
        // exp of a large difference is 0 in f32
        return typed.attributes.log ? { low: Number.NEGATIVE_INFINITY, high: 0 } : share;
      case 'dot':
        return ofDot(typed, argument(0), argument(1));
      case 'normalize':
        return { low: -1, high: 1 };
      case 'cumsum':
      case 'group_sum':
        return argument(0).low >= 0 ? positive : anything;
      case 'text_measure':
        return typed.attributes.measure === 'cider' ? { low: 0, high: 10 } : share;
      case 'one_hot':
        return share;
      case 'random':
        return typed.attributes.distribution === 'uniform' ? share : anything;
      case 'top_indices':
        return { low: 0, high: mostOf(typed.attributes.axis.size) - 1 };
      case 'resize':
        return typed.attributes.method === 'cubic' ? anything : argument(0);
      case 'view':
        // what fills lies within 0..1
        return hull(argument(0), share);
      case 'on_data':
      case 'pool':
      case 'cast':
      case 'stop':
      case 'rename':
      case 'entry':
      case 'slice':
      case 'gather':
      case 'top_values':
      case 'upper':
      case 'shuffle':
      case 'expand':
      case 'merge':
      case 'split':
        return argument(0);
      case 'stack':
      case 'concat':
        return all();
      default:
        return anything;
    }
  }

  #column(name: string, typed: Typed): Range {
    const column = this.#checker.columns.get(name)?.column;
    if (column === undefined) return anything;
    if (typed.type.indexes !== undefined) return { low: 0, high: mostOf(typed.type.indexes.size) - 1 };
    if (column.kind === 'audio') return { low: -1, high: 1 };
    return ['image', 'frames', 'labels'].includes(column.kind) ? share : anything;
  }

  /** `{ clamp: 0..log(100) }` keeps a parameter there. */
  #clamped(owner: string, path: string): Range {
    const part = this.#checker.parameterSettings.get(owner) ?? this.#checker.instances.get(owner);
    const bounds = part?.overrides.filter(({ paths, clamp }) => clamp !== undefined && paths.some((each) => each === path || path === '')).at(-1)?.clamp; // prettier-ignore
    return bounds === undefined ? anything : { low: bounds[0], high: bounds[1] };
  }
}

const leastOf = (size: Size): number => (size.kind === 'known' ? size.value : 1);
const mostOf = (size: Size): number => (size.kind === 'known' ? size.value : Number.POSITIVE_INFINITY);

const monotone: Partial<Record<ElementwiseOne, (x: number) => number>> = {
  tanh: Math.tanh, floor: Math.floor, ceil: Math.ceil, round: Math.round, sign: Math.sign, relu: (x) => Math.max(x, 0),
  log: (x) => Math.log(Math.max(x, 0)), log10: (x) => Math.log10(Math.max(x, 0)), sqrt: (x) => Math.sqrt(Math.max(x, 0)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)), exp: Math.exp, softplus: (x) => Math.log1p(Math.exp(Math.min(x, 700))),
}; // prettier-ignore

function ofOne(op: ElementwiseOne, x: Range): Range {
  const rises = monotone[op];
  if (rises !== undefined) {
    const range = { low: rises(x.low), high: op === 'softplus' ? Math.max(x.high, rises(x.high)) : rises(x.high) };
    const stays = op === 'exp' || (op === 'sqrt' && isPositive(x)) || (op === 'sign' && x.nonzero === true);
    return stays ? { ...range, nonzero: true } : range;
  }
  switch (op) {
    case 'neg':
      return { low: -x.high, high: -x.low, ...(x.nonzero && { nonzero: true }) };
    case 'abs':
      return { low: x.low > 0 ? x.low : x.high < 0 ? -x.high : 0, high: Math.max(Math.abs(x.low), Math.abs(x.high)), ...(mayBeZero(x) ? {} : { nonzero: true as const }) }; // prettier-ignore
    case 'sin':
    case 'cos':
    case 'erf':
      return { low: -1, high: 1 };
    case 'acos':
      return { low: 0, high: Math.PI };
    case 'gelu':
    case 'quick_gelu':
      return { low: -0.2, high: Math.max(x.high, 0) };
    default:
      return anything;
  }
}

/** 0 times anything is 0 here: the bound of a product, not its value. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

function ofTwo(op: ElementwiseTwo, a: Range, b: Range, { args }: Typed): Range {
  const [left, right] = args;
  switch (op) {
    case 'add': {
      const strict = (isPositive(a) && b.low >= 0) || (isPositive(b) && a.low >= 0);
      return { low: a.low + b.low, high: a.high + b.high, ...(strict && { nonzero: true as const }) };
    }
    case 'sub':
      if (isSpread(left, right)) return { low: 0, high: a.high - b.low };
      return { low: a.low - b.high, high: a.high - b.low };
    case 'mul': {
      if (left !== undefined && same(left, right)) return square(a);
      const corners = [times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)];
      const strict = !mayBeZero(a) && !mayBeZero(b);
      return { low: Math.min(...corners), high: Math.max(...corners), ...(strict && { nonzero: true as const }) };
    }
    case 'div': {
      if (mayBeZero(b)) return a.low >= 0 && b.low >= 0 ? positive : anything;
      const corners = [a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high].map((each) => (Number.isNaN(each) ? 0 : each)); // prettier-ignore
      if (b.low < 0 && b.high > 0) return anything;
      return { low: Math.min(...corners), high: Math.max(...corners), ...(mayBeZero(a) ? {} : { nonzero: true as const }) }; // prettier-ignore
    }
    case 'max':
      return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high), ...((isPositive(a) || isPositive(b)) && { nonzero: true as const }) }; // prettier-ignore
    case 'min':
      return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high), ...(isPositive(a) && isPositive(b) && { nonzero: true as const }) }; // prettier-ignore
    case 'pow': {
      const exponent = right === undefined ? undefined : constantOf(right);
      if (exponent !== undefined && exponent > 0 && exponent % 2 === 0) return square(a);
      if (isPositive(a)) return { ...positive, nonzero: true };
      return a.low >= 0 ? positive : anything;
    }
    case 'atan2':
      return { low: -Math.PI, high: Math.PI };
    default:
      return share;
  }
}

const square = (x: Range): Range => {
  const high = Math.max(x.low * x.low, x.high * x.high);
  const low = x.low > 0 ? x.low * x.low : x.high < 0 ? x.high * x.high : 0;
  return { low, high, ...(mayBeZero(x) ? {} : { nonzero: true as const }) };
};

function ofReduction(reduction: ReductionKind, x: Range, masked: boolean): Range {
  switch (reduction) {
    case 'sum':
      // something is summed, unless a mask leaves nothing
      if (x.low >= 0) return { low: masked ? 0 : x.low, high: Number.POSITIVE_INFINITY, ...(!masked && isPositive(x) && { nonzero: true as const }) }; // prettier-ignore
      return x.high <= 0 ? { low: Number.NEGATIVE_INFINITY, high: 0 } : anything;
    case 'mean':
    case 'max':
    case 'min':
      return masked ? hull(x, exact(0)) : x;
    case 'prod':
      if (x.low >= 0 && x.high <= 1) return { low: 0, high: 1, ...(isPositive(x) && { nonzero: true as const }) };
      return x.low >= 0 ? { ...positive, ...(isPositive(x) && { nonzero: true as const }) } : anything;
    case 'var':
      return positive;
    case 'logsumexp':
      return { low: masked ? Number.NEGATIVE_INFINITY : x.low, high: Number.POSITIVE_INFINITY };
    case 'argmax':
    case 'argmin':
      return positive;
    default:
      return share;
  }
}

function ofDot(typed: Typed, a: Range, b: Range): Range {
  const [left, right] = typed.args;
  if (left?.op === 'normalize' && right?.op === 'normalize') return { low: -1, high: 1 };
  if (left !== undefined && same(left, right)) return positive;
  return a.low >= 0 && b.low >= 0 ? positive : anything;
}

/** The largest less the smallest of one value is never negative. */
function isSpread(left: Typed | undefined, right: Typed | undefined): boolean {
  const [most, least] = [left, right].map((each) => (each === undefined ? undefined : bare(each)));
  if (most?.op !== 'reduce' || least?.op !== 'reduce') return false;
  if (most.attributes.reduction !== 'max' || least.attributes.reduction !== 'min') return false;
  const [a, b] = [most.args[0], least.args[0]];
  return a !== undefined && same(a, b) && most.args[1] === least.args[1];
}

/** Two operands that are one value, however they were brought to a type. */
const same = (a: Typed, b: Typed | undefined): boolean => b !== undefined && (a === b || bare(a) === bare(b));
