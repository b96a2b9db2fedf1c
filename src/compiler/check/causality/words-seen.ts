import type { Axis } from '../../types/axis.ts';
import type { Typed } from '../typed.ts';
import { movedRead, replaced, sizeOfAxis, within, type Places, type Read } from './moves.ts';
import { readsOf, type InstanceOf } from './reads.ts';

/** How a value reads the words of a text: each place its own, each place those up to it, or every place all. */
export type WordsRead =
  { readonly how: 'own' | 'before'; readonly token: Axis } | { readonly how: 'all' } | { readonly how: 'none' };

/** Which words of one text the entries of a value depend on: a bit a word, followed through every operation. */
export class WordsSeen {
  readonly #instanceOf: InstanceOf;
  /** Undefined for what reads the text through others alone. */
  readonly #wordsOf: (typed: Typed) => WordsRead | undefined;
  readonly #all: bigint;
  readonly #seen = new Map<Typed, Map<string, bigint>>();
  readonly #reading = new Map<Typed, boolean>();

  constructor(instanceOf: InstanceOf, wordsOf: (typed: Typed) => WordsRead | undefined, count: number) {
    this.#instanceOf = instanceOf;
    this.#wordsOf = wordsOf;
    this.#all = (1n << BigInt(count)) - 1n;
  }

  /** Whether anything of the text is below the value. */
  reads(typed: Typed): boolean {
    const known = this.#reading.get(typed);
    if (known !== undefined) return known;
    this.#reading.set(typed, false);
    const words = this.#wordsOf(typed);
    const found = words === undefined ? typed.args.some((argument) => this.reads(argument)) : words.how !== 'none';
    this.#reading.set(typed, found);
    return found;
  }

  /** Bit j: an entry at these places depends on word j. */
  at(typed: Typed, places: Places): bigint {
    if (!this.reads(typed)) return 0n;
    const own = within(typed, places);
    const key = [...own].map(([axis, place]) => `${axis}=${place}`).sort().join(); // prettier-ignore
    const known = this.#seen.get(typed) ?? new Map<string, bigint>();
    this.#seen.set(typed, known);
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const found = this.#found(typed, own);
    known.set(key, found);
    return found;
  }

  #found(typed: Typed, places: Places): bigint {
    const words = this.#wordsOf(typed);
    if (words !== undefined) return this.#ofWords(words, places);
    let found = 0n;
    for (const read of this.#reads(typed, places)) {
      found |= this.at(read.from, read.at);
      if (found === this.#all) break;
    }
    return found;
  }

  #ofWords(words: WordsRead, places: Places): bigint {
    if (words.how === 'none') return 0n;
    const place = words.how === 'all' ? undefined : places.get(words.token.id);
    if (words.how === 'all' || place === undefined) return this.#all;
    return words.how === 'own' ? 1n << BigInt(place) : (1n << BigInt(place + 1)) - 1n;
  }

  /** What an entry reads; where a place along an axis is not said, what each of them reads. */
  #reads(typed: Typed, places: Places): readonly Read[] {
    if (movedRead(typed, places) === 'several') {
      const axis = typed.type.axes.find((each) => !places.has(each.id) && each.kind !== 'feature' && each.id !== 'batch' && sizeOfAxis(each) !== undefined); // prettier-ignore
      if (axis !== undefined)
        return Array.from({ length: sizeOfAxis(axis) ?? 0 }, (_, place) => ({ from: typed, at: replaced(places, [], [[axis, place]]) })); // prettier-ignore
    }
    return readsOf(typed, places, this.#instanceOf);
  }

  /** The operation that brings a word to these places: where it is read at other places than its own. */
  culprit(typed: Typed, places: Places, word: number): Typed {
    const bit = 1n << BigInt(word);
    const has = ({ from, at }: Read): boolean => (this.at(from, at) & bit) !== 0n;
    const own = within(typed, places);
    if (this.#wordsOf(typed) !== undefined) return typed;
    const reads = this.#reads(typed, own);
    const found = reads.filter(has);
    const [first] = found;
    if (first === undefined) return typed;
    const isMove = movedRead(typed, own) !== undefined;
    if (isMove) return this.#below(typed, this.culprit(first.from, first.at, word));
    const asIs = found.find(({ from, at }) => alike(at, within(from, own)));
    if (asIs !== undefined) return this.#below(typed, this.culprit(asIs.from, asIs.at, word));
    // every entry that is taken together has it: it came in before
    const whole = found.find(({ from }) => {
      const others = reads.filter((other) => other.from === from);
      return others.length > 1 && others.every(has);
    });
    return whole === undefined ? typed : this.culprit(whole.from, whole.at, word);
  }

  /** Words that are read where they stand were moved by what is above. */
  #below(typed: Typed, found: Typed): Typed {
    return this.#wordsOf(found)?.how === 'own' ? typed : found;
  }
}

const alike = (a: Places, b: Places): boolean => a.size === b.size && [...a].every(([axis, place]) => b.get(axis) === place); // prettier-ignore
