/** Views of computed values: each operation is a function of the files `view_….py`, its draws among what the batch has. */
import type { ComputedStep } from '../check/computed-steps.ts';
import type { Typed, TypedAttributes } from '../check/typed.ts';
import { isDrawn, type Bounds, type Fill } from '../program/view.ts';
import { batchAxis, extent, known, structuralAxis, type Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import type { Body } from './body.ts';
import { viewFileOf } from './import-lines.ts';
import { aligned, dimension, hasAxis, ordered, position, without, type LocatedCode } from './located-code.ts';
import { atom, lineLength, listed, method, numeral, text, widthOf } from './python-code.ts';
import { Unsupported } from './unsupported.ts';

type Kind = ComputedStep['kind'];
type StepOf<K extends Kind> = Extract<ComputedStep, { readonly kind: K }>;

/** `isRandom`: whether numbers are drawn here, as in a step; else each operation is in its one form. */
export function viewCall(body: Body, typed: Typed, { stream, draws, steps, isMask: ofMask }: TypedAttributes['view'], isRandom: boolean): LocatedCode {
  const [operand, mask] = typed.args;
  if (operand === undefined) throw new Unsupported(typed, 'a view of nothing');
  const all = [...(hasAxis(operand.type.axes, batchAxis) ? [batchAxis] : []), ...draws];
  const base = stream.replace(/^.*:/, '');
  const isDiscrete = typed.type.element !== 'f32';
  const moved = (value: LocatedCode, real: LocatedCode | undefined, at: number, isMask: boolean): LocatedCode => {
    const { step } = steps[at] ?? {};
    if (step === undefined) return value;
    const name = at === steps.length - 1 ? (isMask ? `${base}_mask` : (typed.label ?? base)) : isMask ? `${step.kind}_mask` : step.kind;
    const site = { body, typed, draws: all, stream: `${stream}.${at}`, real, name, isMask, isDiscrete: isMask || isDiscrete };
    return (isRandom ? drawnStep : stillStep)(site, value, step);
  };
  // the mask moves along with all that one statement moves: once
  const realAfter = (at: number): LocatedCode | undefined => {
    const first = ofMask === true ? operand : mask;
    if (first === undefined) return undefined;
    return once(body, `${stream}.${at} of ${body.surroundings.keys.of(first)}`, () => {
      const before = at < 0 ? undefined : realAfter(at - 1);
      return before === undefined ? atAllDraws(body, first, all) : moved(before, before, at, true);
    });
  };
  const last = steps.length - 1;
  if (ofMask === true) return realAfter(last) ?? atAllDraws(body, operand, all);
  return steps.reduce((value, _, at) => moved(value, readsReal(steps[at]?.step) ? realAfter(at - 1) : undefined, at, false), atAllDraws(body, operand, all));
} // prettier-ignore

/** Whether an operation asks which entries are real. */
function readsReal(step: ComputedStep | undefined): boolean {
  switch (step?.kind) {
    case 'window':
    case 'reverse':
    case 'shuffle':
      return true;
    case 'maybe':
      return step.of.some(readsReal);
    case 'choose':
      return step.of.flat().some(readsReal);
    default:
      return false;
  }
}

const written = new WeakMap<Body, Map<string, LocatedCode>>();

/** What a body has made under a key. */
function once(body: Body, key: string, make: () => LocatedCode): LocatedCode {
  const known = written.get(body) ?? new Map<string, LocatedCode>();
  written.set(body, known);
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}

/** A value with the axes of all draws first. */
function atAllDraws(body: Body, value: Typed, draws: readonly Axis[]): LocatedCode {
  const located = body.value(value);
  const axes = [...draws, ...without(located.axes, ...draws)];
  const code = body.expanded(located, axes, value, aligned(located, axes));
  return { code: body.tensor(code), axes };
}

interface Site {
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

const inside = (site: Site, part: string, name: string): Site => ({ ...site, stream: `${site.stream}.${part}`, name });

type Part = string | undefined;

/** A statement that calls a function of views. */
function made(site: Site, name: string, fn: string, parts: readonly Part[], axes: readonly Axis[]): LocatedCode {
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
function uniform({ body, typed, draws, stream }: Site, name: string, shape: readonly number[] = []): string {
  const axes = shape.map((size, at): Axis => structuralAxis(`number${at}`, known(size)));
  return body.surroundings.draw(body, typed, `${stream}.${name}`, [...draws, ...axes]).text;
}

const short = (value: number): string => numeral(value).text.replace(/\.0$/, '');

/** One number a draw between two, the same wherever it is read; of no interval that number. */
function between(site: Site, name: string, [low, high]: Bounds): string {
  if (low === high) return short(low);
  return number(site, name, 'between', [uniform(site, name), short(low), short(high)]);
}

/** Numbers of the draws that are worked out once. */
function number(site: Site, name: string, fn: string, parts: readonly string[]): string {
  return once(site.body, `${site.stream}.${name}`, () => made(site, name.replace(/ .*/s, ''), fn, parts, [])).code.text;
}

const sizeOf = ({ body }: Site, axis: Axis): number => extent(axis.size, body.surroundings.sizes);

const flag = (name: string, holds: boolean): string | undefined => (holds ? `${name}=True` : undefined);

const axisNamed = (value: LocatedCode, name: string): Axis | undefined => value.axes.find((each) => each.name === name);

/** What is changed where it happens; `change` is given what the changed is called. */
function sometimes(site: Site, chance: number, value: LocatedCode, change: (site: Site) => LocatedCode, word: string): LocatedCode {
  if (chance === 1) return change(site);
  const changed = change({ ...site, name: word });
  return made(site, site.name, 'sometimes', [uniform(site, word), short(chance), changed.code.text, ordered(value, changed.axes).code.text], changed.axes);
} // prettier-ignore

/** With a name where it is read again. */
const named = (site: Site, value: LocatedCode, name: string): LocatedCode =>
  /^[\p{ID_Continue}]+$/u.test(value.code.text) ? value : site.body.assign(site.body.names.fresh(name), value);

function drawnStep(site: Site, given: LocatedCode, step: ComputedStep): LocatedCode {
  const value = named(site, given, 'value');
  const lead = String(site.draws.length);
  switch (step.kind) {
    case 'speed': {
      const { factors } = step;
      const factor =
        'between' in factors
          ? between(site, 'factor', factors.between)
          : number(site, 'factor', 'one_of', [uniform(site, 'factor'), `[${factors.map(short).join(', ')}]`]);
      return line(site, value, step.over, step.over, 'speed', () => [factor]);
    }
    case 'window':
      return line(site, value, step.over, step.as, 'window', (length) => [uniform(site, 'start'), String(step.size), length]); // prettier-ignore
    case 'reverse':
      return sometimes(site, step.chance, value, (own) => line(own, value, step.over, step.over, 'reverse', (length) => [length]), 'reverse'); // prettier-ignore
    case 'shuffle':
      return line(site, value, step.over, step.over, 'shuffle', () => [uniform(site, 'order', [sizeOf(site, step.over)]), realAlong(site, step.over) ?? 'None']); // prettier-ignore
    case 'mask_spans':
      return masked(site, value, step);
    case 'choose':
      return chosen(site, value, step);
    case 'maybe': {
      if (step.of.length === 0 || step.chance === 0) return value;
      const chain = (own: Site): LocatedCode => step.of.reduce((so, each, at) => drawnStep(inside(site, String(at), at === step.of.length - 1 ? own.name : each.kind), so, each), value);
      return sometimes(site, step.chance, value, chain, 'maybe');
    }
    case 'flip':
      return sometimes(site, step.chance, value, (own) => flipped(own, value, step.along), 'flip');
    case 'crop': {
      const own = step.aspect[0] === 1 && step.aspect[1] === 1;
      const parts = [between(site, 'area', step.area), logBetween(site, step.aspect), uniform(site, 'left'), uniform(site, 'top'), `own=${own ? 'True' : 'False'}`]; // prettier-ignore
      return picture(site, value, 'crop', () => [...parts, flag('is_discrete', site.isDiscrete)]);
    }
    case 'multi_scale_crop':
      return picture(site, value, 'multi_scale_crop', () => [uniform(site, 'scales'), uniform(site, 'place'), `[${step.scales.map(short).join(', ')}]`, flag('is_discrete', site.isDiscrete)]); // prettier-ignore
    case 'perspective':
      return sometimes(site, step.chance, value, (own) => picture(own, value, 'perspective', () => [uniform(site, 'corners', [8]), short(step.distortion), ...filled(site, step.fill)]), 'perspective'); // prettier-ignore
    case 'rotate':
      return sometimes(site, step.chance, value, (own) => picture(own, value, 'rotate', () => [between(site, 'angle', step.angle), lead, ...filled(site, step.fill)]), 'rotate'); // prettier-ignore
    case 'erase': {
      const region = [between(site, 'area', step.area), logBetween(site, step.aspect), uniform(site, 'left'), uniform(site, 'top')]; // prettier-ignore
      return picture(site, value, 'erase', (depth) => [...region, ...painted(site, value, step, depth)]);
    }
    case 'cutout': {
      const [height, width] = [axisNamed(value, 'height'), axisNamed(value, 'width')];
      if (height === undefined || width === undefined) throw new Unsupported(site.typed, '`cutout` of what is no picture');
      const side = Math.round(step.side * Math.min(sizeOf(site, height), sizeOf(site, width)));
      return picture(site, value, 'cutout', (depth) => [uniform(site, 'left'), uniform(site, 'top'), String(side), ...painted(site, value, step, depth)]); // prettier-ignore
    }
    case 'gray':
      if (!isColoured(site, value)) return value;
      return sometimes(site, step.chance, value, (own) => coloured(own, value, 'gray', []), 'gray');
    case 'jitter':
      if (!isColoured(site, value)) return value;
      return sometimes(site, step.chance, value, (own) => coloured(own, value, 'jitter', [lead, ...factorsOf(site, step)]), 'jitter'); // prettier-ignore
    case 'blur':
      if (site.isDiscrete || step.sigma[1] === 0) return value;
      return sometimes(site, step.chance, value, (own) => picture(own, value, 'blur', () => [between(site, 'sigma', step.sigma), short(step.sigma[1]), lead]), 'blur'); // prettier-ignore
  }
} // prettier-ignore

/** The one form of an operation in an evaluation: what is not drawn stays, a window is the middle one. */
function stillStep(site: Site, value: LocatedCode, step: ComputedStep): LocatedCode {
  switch (step.kind) {
    case 'window':
      return line(site, value, step.over, step.as, 'middle_window', (length) => [String(step.size), length]);
    case 'reverse':
    case 'flip':
      return step.chance === 1 ? drawnStep(site, value, step) : value;
    case 'jitter':
    case 'gray':
    case 'blur':
    case 'rotate':
      return isDrawn(step) ? value : drawnStep(site, value, step);
    default:
      return value;
  }
}

// ── along one axis ───────────────────────────────────────────────────

/** A function of `[draws ..., entries, rest ...]`; `parts` are given how many entries are real. */
function line(site: Site, value: LocatedCode, over: Axis, as: Axis, fn: string, parts: (length: string) => readonly Part[]): LocatedCode {
  const rest = without(value.axes, ...site.draws, over);
  const x = ordered(value, [...site.draws, over, ...rest]).code.text;
  const lead = String(site.draws.length);
  const length = (): string => {
    const real = realAlong(site, over);
    return real === undefined ? String(sizeOf(site, over)) : number(site, `length of ${over.id} of ${real}`, 'real_length', [real, lead]);
  };
  const needsLength = fn === 'window' || fn === 'middle_window' || fn === 'reverse';
  return made(site, site.name, fn, [x, ...parts(needsLength ? length() : ''), lead, flag('is_mask', site.isMask)], [...site.draws, as, ...rest]);
} // prettier-ignore

/** What is real, its entries along the axis first; nothing where all are. */
function realAlong({ real, draws }: Site, over: Axis): string | undefined {
  if (real === undefined || !hasAxis(real.axes, over)) return undefined;
  return ordered(real, [...draws, over, ...without(real.axes, ...draws, over)]).code.text;
}

/** What is zero is real. */
function masked(site: Site, value: LocatedCode, { over, starts, span }: StepOf<'mask_spans'>): LocatedCode {
  if (site.isMask) return value;
  return over.reduce((so: LocatedCode, axis, at): LocatedCode => {
    const drawn = uniform(site, `starts${at}`, [sizeOf(site, axis)]);
    const parts = [so.code.text, drawn, short(starts), String(span), `dim=${dimension(so, axis)}`];
    return made(site, at === over.length - 1 ? site.name : 'mask_spans', 'mask_spans', parts, so.axes);
  }, value);
}

/** So many chains of a list, one after the other. */
function chosen(site: Site, value: LocatedCode, { count, replace, of }: StepOf<'choose'>): LocatedCode {
  const rounds = replace ? count : Math.min(count, of.length);
  const order = replace ? undefined : number(site, 'order', 'ranked', [uniform(site, 'order', [of.length])]);
  let result = value;
  for (let round = 0; round < rounds; round++) {
    const which =
      order === undefined
        ? number(site, `choice${round}`, 'one_of', [uniform(site, `choice${round}`), `[${of.map((_, at) => String(at)).join(', ')}]`])
        : `${order}[..., ${round}]`;
    const options = of.map((steps, at) => {
      const own = inside(site, `${round}.${at}`, '');
      return steps.reduce((so, step, place) => drawnStep(inside(own, String(place), step.kind), so, step), result);
    });
    const { axes } = result;
    const all = options.map((option) => ordered(option, axes).code.text).join(', ');
    result = made(site, round === rounds - 1 ? site.name : 'chosen', 'chosen', [which, `[${all}]`], axes);
  }
  return result;
} // prettier-ignore

// ── of pictures ──────────────────────────────────────────────────────

/** A function of `[draws ..., height, width, rest ...]`. */
function picture(site: Site, value: LocatedCode, fn: string, parts: (depth: number) => readonly Part[]): LocatedCode {
  const [height, width] = [axisNamed(value, 'height'), axisNamed(value, 'width')];
  if (height === undefined || width === undefined) throw new Unsupported(site.typed, 'this view of what is no picture');
  const rest = without(value.axes, ...site.draws, height, width);
  const axes = [...site.draws, height, width, ...rest];
  const depth = rest.reduce((product, axis) => product * sizeOf(site, axis), 1);
  return made(site, site.name, fn, [ordered(value, axes).code.text, ...parts(depth)], axes);
}

function logBetween(site: Site, [low, high]: Bounds): string {
  if (low === high) return short(Math.exp(Math.log(low)));
  return `${between(site, 'aspect', [Math.log(low), Math.log(high)])}.exp()`;
}

/** What lies beyond the edge. */
function filled(site: Site, fill: Fill): Part[] {
  const shade = fill === 'random' && !site.isDiscrete ? `shade=${uniform(site, 'fill')}` : undefined;
  return [text(fill), shade, flag('is_discrete', site.isDiscrete)];
}

/** What stands in a region, and whether anything does. */
function painted(site: Site, value: LocatedCode, step: StepOf<'erase' | 'cutout'>, depth: number): Part[] {
  const pixels = ['height', 'width'].reduce((product, name) => {
    const axis = axisNamed(value, name);
    return product * (axis === undefined ? 1 : sizeOf(site, axis));
  }, 1);
  const noise = step.fill === 'random' && !site.isDiscrete ? `noise=${uniform(site, 'noise', [pixels, depth])}` : undefined;
  const happens = step.chance === 1 ? undefined : `happens=${uniform(site, step.kind)} < ${short(step.chance)}`;
  return [text(step.fill), noise, happens, flag('is_discrete', site.isDiscrete)];
} // prettier-ignore

function flipped(site: Site, value: LocatedCode, name: string): LocatedCode {
  const axis = axisNamed(value, name);
  if (axis === undefined) return value;
  const code = method(value.code, 'flip', String(position(value, axis)));
  return site.body.assign(site.body.names.fresh(site.name), { code, axes: value.axes });
}

// ── of colours ───────────────────────────────────────────────────────

function isColoured(site: Site, value: LocatedCode): boolean {
  const channel = axisNamed(value, 'channel');
  return !site.isDiscrete && channel !== undefined && sizeOf(site, channel) === 3;
}

/** A function of `[draws ..., height, width, rest ..., 3]`. */
function coloured(site: Site, value: LocatedCode, fn: string, parts: readonly Part[]): LocatedCode {
  const own = ['height', 'width', 'channel'].flatMap((name) => axisNamed(value, name) ?? []);
  const [height, width, channel] = own;
  if (height === undefined || width === undefined || channel === undefined) throw new Unsupported(site.typed, 'this view of what is no picture'); // prettier-ignore
  const rest = without(value.axes, ...site.draws, ...own);
  const axes = [...site.draws, height, width, ...rest, channel];
  return made(site, site.name, fn, [ordered(value, axes).code.text, ...parts], axes);
}

const factorsOf = (site: Site, step: StepOf<'jitter'>): Part[] =>
  (['brightness', 'contrast', 'saturation', 'hue'] as const).map((name) => {
    const still = name === 'hue' ? 0 : 1;
    const [low, high] = step[name];
    return low === still && high === still ? undefined : `${name}=${between(site, name, step[name])}`;
  });
