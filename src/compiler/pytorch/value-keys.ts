import type { Typed } from '../check/typed.ts';

/** Two typed values that are the same formula of the same values have one key, wherever they were written. */
export class ValueKeys {
  readonly #keys = new WeakMap<Typed, number>();
  readonly #known = new Map<string, number>();

  of(typed: Typed): number {
    const found = this.#keys.get(typed);
    if (found !== undefined) return found;
    const args = typed.args.map((argument) => this.of(argument));
    const axes = typed.type.axes.map(({ id }) => id);
    // `1` is a number, and a truth
    const content = JSON.stringify([typed.op, args, typed.type.element, axes, typed.attributes], shortAxis);
    const key = this.#known.get(content) ?? this.#known.size;
    this.#known.set(content, key);
    this.#keys.set(typed, key);
    return key;
  }
}

/** An axis is its identity. */
function shortAxis(_: string, value: unknown): unknown {
  const isAxis = typeof value === 'object' && value !== null && 'id' in value && 'kind' in value && 'size' in value;
  return isAxis ? value.id : value;
}
