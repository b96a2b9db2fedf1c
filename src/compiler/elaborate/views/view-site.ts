import type { Located } from '../located.ts';
import type { Elaborator } from '../elaborator.ts';
import type { Axis } from '../../types/axis.ts';
import type { NodeId } from '../../ir/graph.ts';

/** Where one operation of a view of a computed value is elaborated. */
export class ViewSite {
  readonly elaborator: Elaborator;
  /** One draw for each entry of these: the samples, where the value has any, and the axes of draws of the `augment`. */
  readonly draws: readonly Axis[];
  /** Axes of the result, in the order of the language. */
  readonly result: readonly Axis[];
  /** Whether numbers are moved that mean entries, as of a mask: never mixed. */
  readonly isDiscrete: boolean;
  /** Whether it is the mask of what is moved. */
  readonly isMask: boolean;
  /** Which entries of the value are real before this operation; absent where all are, or where no operation of the chain asks. */
  readonly real: Located | undefined;
  readonly #stream: string;

  constructor(
    elaborator: Elaborator,
    {
      draws,
      result,
      isDiscrete,
      isMask = false,
      real,
      stream,
    }: {
      readonly draws: readonly Axis[];
      readonly result: readonly Axis[];
      readonly isDiscrete: boolean;
      readonly isMask?: boolean;
      readonly real?: Located | undefined;
      readonly stream: string;
    },
  ) {
    this.elaborator = elaborator;
    this.draws = draws;
    this.result = result;
    this.isDiscrete = isDiscrete;
    this.isMask = isMask;
    this.real = real;
    this.#stream = stream;
  }

  /** How many draws there are. */
  get count(): number {
    return this.elaborator.aligner.extents(this.draws).reduce((total, size) => total * size, 1);
  }

  /**
   * Numbers in 0..1 that are drawn at every step, `[draws, …shape]`. Values that one statement moves together ask by the same name and
   * get the same numbers.
   */
  uniform(name: string, shape: readonly number[] = []): NodeId {
    const { aligner } = this.elaborator;
    const whole = [...aligner.extents(this.draws), ...shape];
    const stream = `${this.#stream}.${name}`;
    const source = { kind: 'random', stream, distribution: { kind: 'uniform', low: 0, high: 1 } } as const;
    return this.elaborator.input(`random ${stream} [${whole.join(', ')}]`, source, 'f32', whole);
  }

  /** A number between two, evenly: one a draw. */
  between(name: string, [low, high]: readonly [number, number]): NodeId {
    const m = this.elaborator.aligner.arithmetic;
    return low === high ? m.filled(low, this.elaborator.aligner.extents(this.draws)) : m.shift(m.scale(this.uniform(name), high - low), low); // prettier-ignore
  }

  /** Whether it happens: one a draw, as a bool. */
  happens(name: string, chance: number): NodeId {
    const m = this.elaborator.aligner.arithmetic;
    return m.binary('lt', this.uniform(name), m.number(chance));
  }

  /** `changed` where the condition, one a draw, holds; else `value`, both at all draws. */
  where(condition: NodeId, changed: Located, value: Located): Located {
    const { aligner, builder } = this.elaborator;
    const axes = this.withDraws(changed.axes);
    const operands = [
      aligner.aligned({ node: condition, axes: this.draws }, axes),
      aligner.aligned(changed, axes),
      aligner.aligned(value, axes),
    ];
    return { node: builder.add('select', operands, {}), axes };
  }

  /** Draws first, then what else there is, in the order of `axes`. */
  withDraws(axes: readonly Axis[]): readonly Axis[] {
    return [...this.draws, ...axes.filter((axis) => !this.draws.some((each) => each.id === axis.id))];
  }

  /** The site of a step inside of another one. */
  inside(name: string): ViewSite {
    const { elaborator, draws, result, isDiscrete, isMask, real } = this;
    return new ViewSite(elaborator, { draws, result, isDiscrete, isMask, real, stream: `${this.#stream}.${name}` });
  }
}
