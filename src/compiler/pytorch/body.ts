import { printAxes } from '../types/value-type.ts';
import { extent, printSize, type Axis, type Size } from '../types/axis.ts';
import type { Typed } from '../check/typed.ts';
import { aligned, ordered, type LocatedCode } from './located-code.ts';
import {
  atom,
  binary,
  lineLength,
  listed,
  method,
  numeral,
  plain,
  remarked,
  widthOf,
  type Code,
} from './python-code.ts';
import type { Surroundings } from './body-surroundings.ts';
import { Names } from './python-names.ts';
import { ruleOf } from './rules.ts';
import { Unsupported } from './unsupported.ts';
import { variableOf } from './variable-words.ts';

/** A name, or a member of one. */
const isName = ({ text }: Code): boolean => /^[\p{ID_Continue}.]+$/u.test(text);

/** One of several values that a call gives; `name`: as the source calls it, where the value does not know. */
interface Unpacked {
  readonly typed: Typed;
  readonly axes: readonly Axis[];
  readonly name?: string;
}

/** An expression is given a name where it grows longer than this. */
const longest = 76;

/** No name is worth less. */
const shortest = 16;

/** Operands of one statement are together as long as this at most. */
const together = 92;

/**
 * Statements of a Python function, written as values are asked for: what the source names gets its name, and so does what is read twice.
 * Written twice, the first time to count who reads what.
 */
export class Body {
  readonly surroundings: Surroundings;
  readonly names: Names;
  readonly lines: string[] = [];
  /** Functions of `functions.py` that it calls. */
  readonly functions = new Set<string>();
  /** `torch`, `F` */
  readonly modules = new Set<string>();
  readonly #known = new Map<number, LocatedCode>();
  /** How often each value was asked for, by key. */
  readonly reads = new Map<number, number>();
  readonly #counted: ReadonlyMap<number, number> | undefined;
  /** Values that come of one statement together, by what they share. */
  readonly #companions = new Map<string, Map<number, Typed>>();
  readonly #drafted: Body | undefined;
  readonly #indent: string;
  /** Values at hand, by which sizes and devices are known. */
  readonly #hand: LocatedCode[] = [];
  /** Values from elsewhere that have a size, by the size: asked for where none is at hand. */
  readonly #bearers = new Map<string, Typed>();
  #seeksSize = false;

  constructor(surroundings: Surroundings, taken: Iterable<string> = [], draft?: Body, indent = '    ') {
    this.surroundings = surroundings;
    this.names = new Names(taken);
    this.#counted = draft?.reads;
    this.#drafted = draft;
    this.#indent = indent;
  }

  /** Writes a body for good, with what a first writing told. */
  static written(surroundings: Surroundings, taken: readonly string[], write: (body: Body) => void): Body {
    const draft = new Body(surroundings, taken);
    write(draft);
    // a variable called as a function would hide it
    const body = new Body(surroundings, [...taken, ...draft.functions], draft);
    write(body);
    return body;
  }

  /** The value as an expression; each is computed once. */
  value(typed: Typed): LocatedCode {
    const key = this.surroundings.keys.of(typed);
    this.reads.set(key, (this.reads.get(key) ?? 0) + 1);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = this.#made(typed);
    const located = this.#named(typed, key, made);
    this.#known.set(key, located);
    return located;
  }

  /** The value as an expression, without a name even where it is long: what a statement of its own is made of. */
  expression(typed: Typed): LocatedCode {
    const key = this.surroundings.keys.of(typed);
    return this.#known.get(key) ?? this.#made(typed);
  }

  #made(typed: Typed): LocatedCode {
    try {
      const given = this.surroundings.given(this, typed);
      if (given !== undefined) this.#bear(typed, given);
      const made = given ?? ruleOf(this, typed);
      // a method of a number makes it a tensor
      if (made.code.text.includes('torch.tensor(')) this.modules.add('torch');
      return made;
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.surroundings.refuse(error);
      for (const argument of typed.args) if (argument.type.element !== 'text') this.value(argument);
      return { code: atom('...'), axes: typed.type.axes };
    }
  }

  #word(typed: Typed): string {
    return this.surroundings.word?.(typed) ?? variableOf(typed);
  }

  argument(typed: Typed, at: number): LocatedCode {
    const argument = typed.args[at];
    if (argument === undefined) throw new Unsupported(typed, `${typed.op} without operand ${at}`);
    return this.value(argument);
  }

  /**
   * Operands that stand side by side in one expression: the longest get names until all fit on a line. `axes`: those that they are aligned
   * with.
   */
  operands(values: readonly Typed[], most = together, axes?: readonly Axis[]): readonly LocatedCode[] {
    const made = values.map((typed) => this.value(typed));
    const width = (value: LocatedCode): number => widthOf((axes === undefined ? value.code : aligned(value, axes)).text); // prettier-ignore
    const total = (): number => made.reduce((sum, value) => sum + width(value), 0);
    while (total() > most) {
      const widths = made.map((value) => (isName(value.code) ? 0 : width(value)));
      const at = widths.indexOf(Math.max(...widths));
      const [typed, value] = [values[at], made[at]];
      if (typed === undefined || value === undefined || (widths[at] ?? 0) <= shortest) break;
      const named = this.assign(this.names.fresh(this.#word(typed)), value);
      this.know(typed, named);
      made[at] = named;
    }
    return made;
  }

  /** A statement `name = …`, with the axes behind it. */
  assign(name: string, value: LocatedCode, remark = true): LocatedCode {
    const shapes = remark && value.axes.length > 0 ? printAxes(value.axes) : '';
    this.lines.push(...remarked(`${name} = ${value.code.text}`, shapes, this.#indent));
    const located = { code: value.code.plain === true ? plain(atom(name)) : atom(name), axes: value.axes };
    if (located.code.plain !== true) this.hold(located);
    return located;
  }

  /** A statement `a, b = function(items)`: the values that one call gives together. Undefined: one that nobody reads. */
  unpack(values: readonly (Unpacked | undefined)[], target: string, items: readonly string[]): void {
    const names = values.map((each) => (each === undefined ? '_' : this.names.fresh(each.name ?? each.typed.label ?? this.#word(each.typed))));
    const flat = `${names.join(', ')} = ${target}(`;
    const isWide = widthOf(`${this.#indent}${flat}`) > lineLength;
    if (isWide) this.lines.push(`${this.#indent}(`, ...names.map((name) => `${this.#indent}    ${name},`));
    this.lines.push(...listed(isWide ? `) = ${target}(` : flat, items, ')', this.#indent));
    for (const [at, each] of values.entries()) {
      if (each === undefined) continue;
      const located = { code: atom(names[at] ?? ''), axes: each.axes };
      this.hold(located);
      this.know(each.typed, located);
    }
  } // prettier-ignore

  /** Says that a value is at hand under a name. */
  hold(value: LocatedCode): void {
    this.#hand.unshift(value);
  }

  /** Says by which expression a value is known from here on. */
  know(typed: Typed, value: LocatedCode): void {
    this.#known.set(this.surroundings.keys.of(typed), value);
  }

  /** All that one statement gives together, this value among them: a first writing finds them out. */
  companions(shared: string, typed: Typed): readonly Typed[] {
    const own = this.#companions.get(shared) ?? new Map<number, Typed>();
    this.#companions.set(shared, own.set(this.surroundings.keys.of(typed), typed));
    const drafted = this.#drafted === undefined ? undefined : this.#drafted.#companions.get(shared);
    return [...(drafted ?? own).values()];
  }

  isKnown(typed: Typed): boolean {
    return this.#known.has(this.surroundings.keys.of(typed));
  }

  #named(typed: Typed, key: number, made: LocatedCode): LocatedCode {
    const { code } = made;
    if (code.number !== undefined || typed.type.element === 'text') return made;
    const isAtom = isName(code);
    const isHere = typed.label === undefined || this.surroundings.within !== undefined || !code.text.includes('.');
    if (isAtom && isHere) return made;
    const isRead = (this.#counted?.get(key) ?? 1) > 1 && !isAtom;
    const { label } = typed;
    if (label === undefined && !isRead && widthOf(code.text) <= longest) return made;
    const value = ordered(made, label === undefined ? made.axes : typed.type.axes);
    return this.assign(this.names.fresh(label ?? this.#word(typed)), value);
  }

  /** How many entries an axis has, as an expression. */
  extent(axis: Axis, typed: Typed): Code {
    return this.#size(axis.size, typed);
  }

  size(size: Size, typed: Typed): Code {
    return this.#size(size, typed);
  }

  #size(size: Size, typed: Typed): Code {
    if (size.kind === 'known') return numeral(size.value, true);
    const wanted = printSize(size);
    for (const { code, axes } of this.#hand) {
      const at = axes.findIndex((each) => printSize(each.size) === wanted);
      if (at >= 0) return plain(atom(`${code.text}.shape[${at}]`));
    }
    switch (size.kind) {
      case 'pairs': {
        const items = this.#size(size.of, typed);
        return binary('//', binary('*', items, plain(atom(`(${items.text} - 1)`))), numeral(2, true));
      }
      case 'quotient':
        return binary('//', this.#size(size.of, typed), numeral(size.by, true));
      case 'sum':
      case 'product': {
        const parts = size.parts.map((part) => this.#size(part, typed));
        return parts.reduce((left, right) => binary(size.kind === 'sum' ? '+' : '*', left, right));
      }
      case 'vocabulary':
      case 'samples':
        return numeral(extent(size, this.surroundings.sizes), true);
      default:
        // a draft finds out which values are at hand
        if (this.#counted === undefined) return numeral(0, true);
        if (this.#bringSize(wanted)) return this.#size(size, typed);
        throw new Unsupported(typed, 'the number of samples where no value has them');
    }
  }

  #bear(typed: Typed, { code, axes }: LocatedCode): void {
    if (code.plain === true) return;
    for (const { size } of axes) if (!this.#bearers.has(printSize(size))) this.#bearers.set(printSize(size), typed);
  }

  /** Has a value of this size at hand, one that comes from elsewhere; whether there is one. */
  #bringSize(wanted: string): boolean {
    const bearer = this.#drafted === undefined ? undefined : this.#drafted.#bearers.get(wanted);
    if (bearer === undefined || this.#seeksSize) return false;
    this.#seeksSize = true;
    const value = this.value(bearer);
    this.#seeksSize = false;
    const isShort = isName(value.code) || /^batch\["[^"]*"\]$/.test(value.code.text);
    const near = isShort ? value : this.assign(this.names.fresh(this.#word(bearer)), value);
    this.know(bearer, near);
    this.hold(near);
    return value.axes.some(({ size }) => printSize(size) === wanted);
  }

  /** `, device=x.device` of a value at hand, where there is one. */
  device(): string {
    const [near] = this.#hand;
    return near === undefined ? '' : `, device=${near.code.text}.device`;
  }

  /** With every axis at its full extent. */
  expanded(value: LocatedCode, axes: readonly Axis[], typed: Typed, flat: Code): Code {
    if (value.axes.length === axes.length) return flat;
    const extents = axes.map((axis) => this.extent(axis, typed).text);
    const code = method(this.tensor(flat, typed.type.element === 'i32'), 'expand', ...extents);
    if (widthOf(code.text) <= together || isName(flat)) return code;
    const known = this.assign(this.names.fresh(this.#word(typed)), { code: flat, axes: [] }, false);
    return method(known.code, 'expand', ...extents);
  }

  /** A number as a tensor; `whole`: of whole numbers. */
  tensor(code: Code, whole = false): Code {
    if (code.number === undefined && code.plain !== true) return code;
    this.modules.add('torch');
    return atom(
      `torch.tensor(${code.number === undefined ? code.text : numeral(code.number, whole).text}${this.device()})`,
    );
  }

  /** A function of `functions.py`. */
  library(name: string, ...parts: readonly string[]): Code {
    this.functions.add(name);
    return atom(`${name}(${parts.join(', ')})`);
  }

  /** A function of `torch` or of `torch.nn.functional`. */
  torch(name: string, ...parts: readonly string[]): Code {
    this.modules.add(name.startsWith('F.') ? 'F' : 'torch');
    return atom(`${name}(${parts.join(', ')})`);
  }
}
