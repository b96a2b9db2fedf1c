/** Calls of layers of several maps, or of maps of several sizes: feature pyramids and larger maps. */
import type { Typed } from '../check/typed.ts';
import { extent, type Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { ordered, without, type LocatedCode } from './located-code.ts';
import { pictures, resize } from './picture-functions.ts';
import { text } from './python-code.ts';
import type { StageSource } from './stage-source.ts';
import { Unsupported } from './unsupported.ts';

/** One level of a pyramid: all of them are results of one call. */
export function pyramid(body: Body, typed: Typed, target: string, { lets }: Pick<StageSource, 'lets'>): LocatedCode {
  const { keys } = body.surroundings;
  const levels = body.companions(`${target} of ${typed.args.map((each) => keys.of(each)).join()}`, typed);
  const maps = body.operands(typed.args, 90).map((value, level) => ofMap(value, typed.args[level] ?? typed));
  const results = typed.args.map((_, level) => {
    const found = levels.find((each) => each.op === 'call' && each.attributes.tap === String(level));
    const map = maps[level];
    const to = found?.op === 'call' ? found.attributes.axes?.['to'] : undefined;
    if (found === undefined || map === undefined || to === undefined) return undefined;
    const name = lets.get(keys.of(found))?.name ?? found.label;
    return { typed: found, axes: [...map.rest, ...map.picture, to], ...(name === undefined ? {} : { name }) };
  });
  body.unpack(results, target, maps.map(({ code }) => code));
  return body.value(typed);
} // prettier-ignore

interface FlatMap {
  readonly code: string;
  readonly rest: readonly Axis[];
  readonly picture: readonly Axis[];
}

/** `[..., height, width, channels]` */
function ofMap(value: LocatedCode, typed: Typed): FlatMap {
  const named = (name: string): readonly Axis[] => value.axes.filter((axis) => axis.name === name && axis.kind === 'position');
  const picture = [...named('height'), ...named('width')];
  const channels = value.axes.filter(({ kind }) => kind === 'feature').slice(0, 1);
  if (picture.length !== 2 || channels.length !== 1) throw new Unsupported(typed, 'a level of a pyramid without height, width and channels');
  const rest = without(value.axes, ...picture, ...channels);
  return { code: ordered(value, [...rest, ...picture, ...channels]).code.text, rest, picture };
} // prettier-ignore

/** A map so many times as high and wide. */
export function upsampled(body: Body, typed: Typed, method: unknown, { sizes }: Pick<StageSource, 'sizes'>): LocatedCode {
  const axes = typed.op === 'call' ? typed.attributes.axes : undefined;
  const [height, width] = [axes?.['height'], axes?.['width']];
  const [operand] = typed.args;
  const fresh = operand === undefined ? [] : without(typed.type.axes, ...operand.type.axes);
  const [tall, wide] = ['height', 'width'].map((name) => fresh.find((axis) => axis.name === name));
  if (height === undefined || width === undefined || tall === undefined || wide === undefined) throw new Unsupported(typed, 'the layer `upsample`'); // prettier-ignore
  const [times = 0, across = 0] = [[tall, height], [wide, width]].map(([to, from]) => (to === undefined || from === undefined ? 0 : extent(to.size, sizes) / extent(from.size, sizes)));
  const how = method === 'nearest' ? 'nearest' : 'linear';
  if (times !== across || !Number.isInteger(times)) return resize(body, typed, { height, width, as: [tall, wide], method: how });
  const { picture, rest } = pictures(body, typed, height, width);
  return { code: body.library('upsample', picture, String(times), ...(how === 'linear' ? [] : [text(how)])), axes: [...rest, tall, wide] };
} // prettier-ignore
