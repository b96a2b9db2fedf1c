import type { Module } from '../resolve/modules.ts';
import type { Axis } from '../types/axis.ts';
import type { Value } from './value.ts';

/** Names seen from one place: the arguments and lets of a fn, or the statements of a block; then the file's own. */
export class Scope {
  /** Prefix of the identity of axes born here: empty at the top, `info_nce#3.` inside an inlined fn. */
  readonly prefix: string;
  readonly module: Module;
  readonly parent: Scope | undefined;
  readonly #values = new Map<string, Value>();
  readonly #axes: Map<string, Axis>;
  readonly #axisLists = new Map<string, readonly Axis[]>();
  readonly #given = new Map<string, Axis | 'several'>();

  constructor(module: Module, prefix: string, parent?: Scope, axes = new Map<string, Axis>()) {
    this.#axes = axes;
    this.module = module;
    this.prefix = prefix;
    this.parent = parent;
  }

  /** Axes of the arguments of a fn: what it makes of one of these names by another fn is the same axis. */
  give(axis: Axis): void {
    const known = this.#given.get(axis.name);
    this.#given.set(
      axis.name,
      known === undefined || known === 'several' || known.id === axis.id ? (known ?? axis) : 'several',
    );
  }

  given(name: string): Axis | undefined {
    const known = this.#given.get(name);
    return known === 'several' ? undefined : known;
  }

  bind(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  bindAxis(name: string, axis: Axis): void {
    this.births.#axes.set(name, axis);
  }

  /** An axis parameter that was given several axes: `f1(hit, yes, over: [batch, class])`. */
  bindAxes(name: string, axes: readonly Axis[]): void {
    this.#axisLists.set(name, axes);
  }

  axisList(name: string): readonly Axis[] | undefined {
    return this.#axisLists.get(name) ?? this.parent?.axisList(name);
  }

  value(name: string): Value | undefined {
    return this.#values.get(name) ?? this.parent?.value(name);
  }

  /** Whether the name was given in this scope itself. */
  own(name: string): boolean {
    return this.#values.has(name) || this.#axes.has(name);
  }

  /** The value that was given this name in this scope itself. */
  ownValue(name: string): Value | undefined {
    return this.#values.get(name);
  }

  ownNames(): string[] {
    return [...this.#values.keys(), ...this.#axes.keys()];
  }

  ownAxis(name: string): Axis | undefined {
    return this.#axes.get(name);
  }

  /** An axis parameter, or an axis that was born in this scope or one around it. */
  axis(name: string): Axis | undefined {
    return this.#axes.get(name) ?? this.parent?.axis(name);
  }

  /** The scope in which axes born here live: a fn's own, else the file's. */
  get births(): Scope {
    return this.parent?.prefix === this.prefix ? this.parent.births : this;
  }

  names(): string[] {
    return [...this.#values.keys(), ...(this.parent?.names() ?? [])];
  }

  axisNames(): string[] {
    return [...this.#axes.keys(), ...(this.parent?.axisNames() ?? [])];
  }
}
