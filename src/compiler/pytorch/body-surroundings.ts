/** What a body of statements stands in: a function, or the `forward` of a class. */
import type { Typed } from '../check/typed.ts';
import type { Axis, SizeEnvironment } from '../types/axis.ts';
import type { Body } from './body.ts';
import type { LeftOut } from './leaving-out.ts';
import type { LocatedCode } from './located-code.ts';
import type { OwnModule } from './own-modules.ts';
import type { Code } from './python-code.ts';
import type { Unsupported } from './unsupported.ts';
import type { ValueKeys } from './value-keys.ts';

/** The class whose `forward` a body is. */
export interface Within {
  /** The part that it is, or stands in, and where there. */
  readonly owner: string;
  readonly path: string;
  /** Told what a step leaves out of a part of this name; gives its place in the class. */
  readonly leavesOut: (name: string, draws: readonly LeftOut[]) => string;
  /** Modules of one's own that it calls. */
  readonly calls: Set<OwnModule>;
  /** Whether some call leaves something out of a part of this name, or below it: then all take what is left out. */
  readonly drops: (name: string) => boolean;
}

/** What a body of statements stands in. */
export interface Surroundings {
  readonly keys: ValueKeys;
  readonly sizes: SizeEnvironment;
  /** Words of each vocabulary, as far as they are known. */
  readonly words: ReadonlyMap<string, { readonly entries: readonly string[]; readonly columns?: Readonly<Record<string, readonly (number | string)[]>> }>;
  /** A value that comes from elsewhere: an argument, an entry of the batch, the result of a module. */
  readonly given: (body: Body, typed: Typed) => LocatedCode | undefined;
  /** Told what is not written of a value: the others are tried all the same, so that all is told at once. */
  readonly refuse: (refused: Unsupported) => void;
  /** A draw of random numbers, of these axes. */
  readonly draw: (body: Body, typed: Typed, stream: string, axes: readonly Axis[]) => Code;
  /** Absent for functions. */
  readonly within?: Within;
  /** What a value is called that no statement names, where that is not as its formula says. */
  readonly word?: (typed: Typed) => string;
} // prettier-ignore
