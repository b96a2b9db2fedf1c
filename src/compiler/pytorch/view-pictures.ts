/** Operations of views on pictures and their colours. */
import type { Bounds, Fill } from '../program/view.ts';
import { method, text } from './python-code.ts';
import { ordered, position, without, type LocatedCode } from './located-code.ts';
import { Unsupported } from './unsupported.ts';
import {
  axisNamed,
  between,
  flag,
  made,
  short,
  sizeOf,
  uniform,
  type Part,
  type Site,
  type StepOf,
} from './view-site.ts';

/** A function of `[draws ..., height, width, rest ...]`. */
export function picture(
  site: Site,
  value: LocatedCode,
  fn: string,
  parts: (depth: number) => readonly Part[],
): LocatedCode {
  const [height, width] = [axisNamed(value, 'height'), axisNamed(value, 'width')];
  if (height === undefined || width === undefined) throw new Unsupported(site.typed, 'this view of what is no picture');
  const rest = without(value.axes, ...site.draws, height, width);
  const axes = [...site.draws, height, width, ...rest];
  const depth = rest.reduce((product, axis) => product * sizeOf(site, axis), 1);
  return made(site, site.name, fn, [ordered(value, axes).code.text, ...parts(depth)], axes);
}

export function logBetween(site: Site, [low, high]: Bounds): string {
  if (low === high) return short(Math.exp(Math.log(low)));
  return `${between(site, 'aspect', [Math.log(low), Math.log(high)])}.exp()`;
}

/** What lies beyond the edge. */
export function filled(site: Site, fill: Fill): Part[] {
  const shade = fill === 'random' && !site.isDiscrete ? `shade=${uniform(site, 'fill')}` : undefined;
  return [text(fill), shade, flag('is_discrete', site.isDiscrete)];
}

/** What stands in a region, and whether anything does. */
export function painted(site: Site, value: LocatedCode, step: StepOf<'erase' | 'cutout'>, depth: number): Part[] {
  const pixels = ['height', 'width'].reduce((product, name) => {
    const axis = axisNamed(value, name);
    return product * (axis === undefined ? 1 : sizeOf(site, axis));
  }, 1);
  const noise = step.fill === 'random' && !site.isDiscrete ? `noise=${uniform(site, 'noise', [pixels, depth])}` : undefined;
  const happens = step.chance === 1 ? undefined : `happens=${uniform(site, step.kind)} < ${short(step.chance)}`;
  return [text(step.fill), noise, happens, flag('is_discrete', site.isDiscrete)];
} // prettier-ignore

export function flipped(site: Site, value: LocatedCode, name: string): LocatedCode {
  const axis = axisNamed(value, name);
  if (axis === undefined) return value;
  const code = method(value.code, 'flip', String(position(value, axis)));
  return site.body.assign(site.body.names.fresh(site.name), { code, axes: value.axes });
}

export function isColoured(site: Site, value: LocatedCode): boolean {
  const channel = axisNamed(value, 'channel');
  return !site.isDiscrete && channel !== undefined && sizeOf(site, channel) === 3;
}

/** A function of `[draws ..., height, width, rest ..., 3]`. */
export function coloured(site: Site, value: LocatedCode, fn: string, parts: readonly Part[]): LocatedCode {
  const own = ['height', 'width', 'channel'].flatMap((name) => axisNamed(value, name) ?? []);
  const [height, width, channel] = own;
  if (height === undefined || width === undefined || channel === undefined) throw new Unsupported(site.typed, 'this view of what is no picture'); // prettier-ignore
  const rest = without(value.axes, ...site.draws, ...own);
  const axes = [...site.draws, height, width, ...rest, channel];
  return made(site, site.name, fn, [ordered(value, axes).code.text, ...parts], axes);
}

export const factorsOf = (site: Site, step: StepOf<'jitter'>): Part[] =>
  (['brightness', 'contrast', 'saturation', 'hue'] as const).map((name) => {
    const still = name === 'hue' ? 0 : 1;
    const [low, high] = step[name];
    return low === still && high === still ? undefined : `${name}=${between(site, name, step[name])}`;
  });
