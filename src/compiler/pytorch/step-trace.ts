/** A step as the reference builds it: which numbers it draws for which call, and in which order it makes its calls. */
import type { Typed } from '../check/typed.ts';
import { Elaborator } from '../elaborate/elaborator.ts';
import type { Located } from '../elaborate/located.ts';
import type { NodeId } from '../ir/graph.ts';
import type { InputSource } from '../program/program-function.ts';
import type { Axis } from '../types/axis.ts';
import type { DType, Shape } from '../types/dtype.ts';
import type { StageSource } from './stage-source.ts';
import { Unsupported } from './unsupported.ts';

/** Numbers that are drawn for a step. */
export interface Draw {
  /** `dropout:head.2`; of a part that is applied again `dropout:head.2.1`. */
  readonly stream: string;
  readonly shape: Shape;
  /** The share that is kept, where it is one of these. */
  readonly keep: number | undefined;
}

/** Builds the step once more, for what it tells on the way. */
export class StepTrace extends Elaborator {
  /** Calls in the order in which they are made, each after what it reads. */
  readonly calls: Typed[] = [];
  readonly #draws = new Map<Typed, Draw[]>();
  readonly #within: Typed[] = [];
  readonly #seen = new Set<Typed>();

  readonly #keys: StageSource['keys'];

  constructor({ stage, checked, sizes, keys }: StageSource) {
    super(stage.name, checked, sizes, true);
    this.#keys = keys;
    for (const { typed } of checked.training.terms) this.value(typed);
  }

  override value(typed: Typed): Located {
    const isFirst = !this.#seen.has(typed);
    this.#seen.add(typed);
    this.#within.push(typed);
    const located = super.value(typed);
    this.#within.pop();
    if (isFirst && typed.op === 'call') this.calls.push(typed);
    return located;
  }

  override input(name: string, source: InputSource, dtype: DType, shape: Shape): NodeId {
    const typed = this.#within.at(-1);
    if (source.kind === 'random' && typed !== undefined) {
      const { distribution, stream } = source;
      const draw = { stream, shape, keep: distribution.kind === 'bernoulli' ? distribution.keep : undefined };
      this.#draws.set(typed, [...(this.#draws.get(typed) ?? []), draw]);
    }
    return super.input(name, source, dtype, shape);
  }

  /** Values for which something is drawn. */
  get drawing(): readonly Typed[] {
    return [...this.#draws.keys()];
  }

  /** What is drawn for a value itself, not for what it reads, in its order. */
  drawsOf(typed: Typed): readonly Draw[] {
    const key = this.#keys.of(typed);
    // two places that say the same are one value in Python, but here each has draws of its own
    const twins = [...this.#draws.keys()].filter((each) => this.#keys.of(each) === key);
    if (twins.length > 1) throw new Unsupported(typed, 'a value that is drawn in two places');
    return this.#draws.get(twins[0] ?? typed) ?? [];
  }

  /** The axes of a value as the reference lays it out: draws have this order. */
  axesOf(typed: Typed): readonly Axis[] {
    return this.value(typed).axes;
  }
}

const traces = new WeakMap<StageSource, StepTrace>();

export function stepTrace(source: StageSource): StepTrace {
  const known = traces.get(source) ?? new StepTrace(source);
  traces.set(source, known);
  return known;
}
