import type { Typed } from '../check/typed.ts';

/** Which values are of each sample by itself, and which look across the batch. */
export class BatchUse {
  readonly #local = new WeakMap<Typed, boolean>();

  /** Whether an entry of it reads only the sample that it stands for; values without samples are no such values. */
  isLocal(typed: Typed): boolean {
    const known = this.#local.get(typed);
    if (known !== undefined) return known;
    const local = hasBatch(typed) && !mixes(typed) && typed.args.every((argument) => this.#fits(argument));
    this.#local.set(typed, local);
    return local;
  }

  /** An operand of a value of each sample: such a value itself, or one that no sample is in. */
  #fits(typed: Typed): boolean {
    if (hasBatch(typed)) return this.isLocal(typed);
    // a tensor starts from what it starts from; it does not read it
    if (typed.op === 'parameter') return true;
    return !mixes(typed) && typed.args.every((argument) => this.#fits(argument));
  }
}

/** Operands that the samples at hand feed: not what a tensor starts from, and nothing of samples of another set. */
export const readHere = ({ op, args }: Typed): readonly Typed[] => (op === 'parameter' || op === 'on_data' ? [] : args);

export const hasBatch = ({ type }: Typed): boolean => type.axes.some(({ id }) => id === 'batch');

/** Whether the op itself moves along the batch: reduces, renames, numbers or counts it. */
function mixes(typed: Typed): boolean {
  switch (typed.op) {
    case 'call':
    case 'column':
    case 'prompt':
      return false;
    case 'expand': {
      // repeated along other axes alone
      const [operand] = typed.args;
      return named(typed.attributes) && (operand === undefined || !hasBatch(operand));
    }
    case 'view':
      return typed.attributes.steps.some(({ step }) => named(step));
    default:
      return named(typed.attributes);
  }
}

/** Whether the batch, or a size that it decides, is among the attributes. */
function named(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(named);
  const record = value as Readonly<Record<string, unknown>>;
  if (record['id'] === 'batch' || record['kind'] === 'batch') return true;
  return Object.values(record).some(named);
}
