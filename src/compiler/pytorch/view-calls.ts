/** Views of computed values: each operation is a function of the files `view_….py`, its draws among what the batch has. */
import type { ComputedStep } from '../check/computed-steps.ts';
import type { Typed, TypedAttributes } from '../check/typed.ts';
import { isDrawn } from '../program/view.ts';
import { batchAxis, type Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { aligned, dimension, hasAxis, ordered, without, type LocatedCode } from './located-code.ts';
import { Unsupported } from './unsupported.ts';
import { coloured, factorsOf, filled, flipped, isColoured, logBetween, painted, picture } from './view-pictures.ts';
import {
  axisNamed,
  between,
  flag,
  inside,
  made,
  number,
  once,
  short,
  sizeOf,
  uniform,
  type Part,
  type Site,
  type StepOf,
} from './view-site.ts';

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

/** A value with the axes of all draws first. */
function atAllDraws(body: Body, value: Typed, draws: readonly Axis[]): LocatedCode {
  const located = body.value(value);
  const axes = [...draws, ...without(located.axes, ...draws)];
  const code = body.expanded(located, axes, value, aligned(located, axes));
  return { code: body.tensor(code), axes };
}

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
