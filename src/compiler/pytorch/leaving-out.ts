/** What training leaves out of the parts that a step calls: which draws there are, and how a call is given them. */
import type { Typed } from '../check/typed.ts';
import { depthPart } from '../elaborate/layers/transformer.ts';
import type { Body } from './body.ts';
import { atom, listed, numeral, text, type Code } from './python-code.ts';
import type { StageSource } from './stage-source.ts';
import { stepTrace, type Draw } from './step-trace.ts';
import { Unsupported } from './unsupported.ts';

/** One draw of a call. */
export interface LeftOut {
  /** In the part that is called, `blocks.0.attention`; empty where the part itself leaves out. */
  readonly place: string;
  /** How often the part was called before. */
  readonly call: number;
  /** Of what is left out. */
  readonly share: number;
}

/** The name of a `Dropout(batch, "cross", 0.1)`: what a call in a step leaves out of the part of this name. Undefined where it leaves out nothing. */
export function dropoutOf(body: Body, typed: Typed, source: StageSource, name: string): Code | undefined {
  const draws = leftOut(stepTrace(source).drawsOf(typed), typed, name);
  return draws.length === 0 && body.surroundings.within?.drops(name) !== true
    ? undefined
    : leavesOut(body, name, draws, typed);
}

/** Whether a step draws for a call: then the call is laid out as its draws are. */
export const isDrawn = (typed: Typed, source: StageSource): boolean => stepTrace(source).drawsOf(typed).length > 0;

/** The same by its draws, of which there are some. In a class it is a part of what the class leaves out. */
export function leavesOut(body: Body, name: string, draws: readonly LeftOut[], typed: Typed): Code {
  const { within } = body.surroundings;
  if (within !== undefined) return atom(`dropout.below(${text(within.leavesOut(name, draws))})`);
  const call = draws[0]?.call ?? 0;
  if (draws.some((each) => each.call !== call)) throw new Unsupported(typed, '`dropout` of a part that is called with parts of it besides'); // prettier-ignore
  // branches that are left out whole go by the depth of their block, which the part knows
  const numbers = draws.filter(({ place }) => !place.endsWith(`.${depthPart}`));
  const parts = ['batch', text(name)];
  if (numbers.length > 0) parts.push(sharesOf(numbers));
  if (call > 0) parts.push(`call=${call}`);
  const own = body.names.fresh(`${name.replaceAll(/\W/gu, '_')}_dropout`);
  body.functions.add('Dropout');
  body.lines.push(...listed(`${own} = Dropout(`, parts, ')', '    '));
  return atom(own);
}

/** `0.1`, or `{"": 0.1, "blocks.0": 0.2}` where some places have another share than most. */
function sharesOf(draws: readonly LeftOut[]): string {
  const count = (share: number): number => draws.filter((each) => each.share === share).length;
  const all = [...new Set(draws.map(({ share }) => share))].sort((a, b) => count(b) - count(a));
  const [most = 0] = all;
  if (all.length < 2) return numeral(most).text;
  const others = new Map<string, number>();
  for (const { place, share } of draws) {
    if (share === most) continue;
    const words = place.split('.');
    const places = words.map((_, at) => words.slice(0, at + 1).join('.'));
    const isOne = (around: string): boolean =>
      draws.every((each) => each.share === share || !`${each.place}.`.startsWith(`${around}.`));
    others.set(places.find(isOne) ?? place, share);
  }
  const entries = [...others].map(([place, share]) => `${text(place)}: ${numeral(share).text}`);
  return `{${[`"": ${numeral(most).text}`, ...entries].join(', ')}}`;
}

export function leftOut(draws: readonly Draw[], typed: Typed, name: string): LeftOut[] {
  const start = `dropout:${name}`;
  return draws.map(({ stream, keep }) => {
    const rest = stream.slice(start.length);
    const [, place = '', call] = /^(?:\.(layers\.\d+|\D.*?))?(?:\.(\d+))?$/.exec(rest) ?? [];
    if (!stream.startsWith(start) || keep === undefined) throw new Unsupported(typed, `the draw \`${stream}\``);
    return { place, call: Number(call ?? 0), share: Number((1 - keep).toPrecision(12)) };
  });
}
