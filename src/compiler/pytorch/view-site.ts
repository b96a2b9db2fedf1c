/** What the operations of a view have in common: where one stands, what is drawn for it, and the statements that call functions of views. */
import type { ComputedStep } from '../check/computed-steps.ts';
import type { Typed } from '../check/typed.ts';
import type { Bounds } from '../program/view.ts';
import { extent, known, structuralAxis, type Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import type { Body } from './body.ts';
import { viewFileOf } from './import-lines.ts';
import type { LocatedCode } from './located-code.ts';
import { atom, lineLength, listed, numeral, widthOf } from './python-code.ts';

type Kind = ComputedStep['kind'];
export type StepOf<K extends Kind> = Extract<ComputedStep, { readonly kind: K }>;

const written = new WeakMap<Body, Map<string, LocatedCode>>();

/** What a body has made under a key. */
export function once(body: Body, key: string, make: () => LocatedCode): LocatedCode {
  const known = written.get(body) ?? new Map<string, LocatedCode>();
  written.set(body, known);
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}

export interface Site {
  readonly body: Body;
  readonly typed: Typed;
  readonly draws: readonly Axis[];
  readonly stream: string;
  /** What the result is called. */
  readonly name: string;
  /** Which entries are real before the operation. */
  readonly real: LocatedCode | undefined;
  readonly isMask: boolean;
  readonly isDiscrete: boolean;
}

export const inside = (site: Site, part: string, name: string): Site => ({
  ...site,
  stream: `${site.stream}.${part}`,
  name,
});

export type Part = string | undefined;

/** A statement that calls a function of views. */
export function made(site: Site, name: string, fn: string, parts: readonly Part[], axes: readonly Axis[]): LocatedCode {
  const { body } = site;
  const file = viewFileOf(fn);
  body.modules.add(file);
  return laid(body, body.names.fresh(name), `${file}.${fn}(`, parts, axes);
}

function laid(body: Body, name: string, head: string, parts: readonly Part[], axes: readonly Axis[]): LocatedCode {
  const given = parts.filter((part) => part !== undefined);
  const flat = `${name} = ${head}${given.join(', ')})`;
  if (widthOf(flat) + 4 <= lineLength) return body.assign(name, { code: atom(`${head}${given.join(', ')})`), axes });
  const shape = printAxes(axes);
  body.lines.push(`    # ${shape}`, ...listed(`${name} = ${head}`, given, ')', '    '));
  const located = { code: atom(name), axes };
  body.hold(located);
  return located;
}

/** What is drawn under a name, one number a draw or as many as the shape says. */
export function uniform({ body, typed, draws, stream }: Site, name: string, shape: readonly number[] = []): string {
  const axes = shape.map((size, at): Axis => structuralAxis(`number${at}`, known(size)));
  return body.surroundings.draw(body, typed, `${stream}.${name}`, [...draws, ...axes]).text;
}

export const short = (value: number): string => numeral(value).text.replace(/\.0$/, '');

/** One number a draw between two, the same wherever it is read; of no interval that number. */
export function between(site: Site, name: string, [low, high]: Bounds): string {
  if (low === high) return short(low);
  return number(site, name, 'between', [uniform(site, name), short(low), short(high)]);
}

/** Numbers of the draws that are worked out once. */
export function number(site: Site, name: string, fn: string, parts: readonly string[]): string {
  return once(site.body, `${site.stream}.${name}`, () => made(site, name.replace(/ .*/s, ''), fn, parts, [])).code.text;
}

export const sizeOf = ({ body }: Site, axis: Axis): number => extent(axis.size, body.surroundings.sizes);

export const flag = (name: string, holds: boolean): string | undefined => (holds ? `${name}=True` : undefined);

export const axisNamed = (value: LocatedCode, name: string): Axis | undefined =>
  value.axes.find((each) => each.name === name);
