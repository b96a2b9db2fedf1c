/** Layers that read pictures, `[…, height, width, channel]`. */
import { known, structuralAxis, type Axis } from '../../types/axis.ts';
import { cast } from '../build.ts';
import type { Value } from '../value.ts';
import { maskAlong, swap, tensor, type LayerRule } from './layer-call.ts';

/** Pictures: `[…, height, width, channel]` to another size and depth. */
export const convolves: LayerRule = (site) => {
  const value = site.value();
  const picture = value === undefined ? undefined : site.picture(value);
  const from = value === undefined || picture === undefined ? undefined : site.feature(value, undefined);
  if (value === undefined || picture === undefined || from === undefined) return undefined;
  const to = site.shape.axes['to'] ?? from;
  const groups = site.option('groups') ?? 1;
  for (const axis of [from, to]) {
    if (axis.size.kind === 'known' && axis.size.value % groups !== 0)
      return site.fail('CX5006', `${groups} groups do not divide ${axis.size.value} channels`);
  }
  const pair = (name: string): readonly number[] => {
    const option = site.shape.options[name];
    return Array.isArray(option) ? (option as readonly number[]) : [1, 1];
  };
  const transposed = site.shape.layer === 'conv_transpose';
  const [kernel, stride] = [pair('kernel'), pair('stride')];
  const sizes = picture.map((axis, at) => {
    const pixels = axis.size.kind === 'known' ? axis.size.value : 1;
    const step = stride[at] ?? 1;
    return transposed ? (pixels - 1) * step + (kernel[at] ?? 1) : Math.ceil(pixels / step);
  });
  const moved = picture.map((axis, at) => resized(axis, sizes[at] ?? 1));
  const axes = value.type.axes.map((axis) => {
    const at = picture.findIndex((each) => each.id === axis.id);
    return at >= 0 ? (moved[at] ?? axis) : axis.id === from.id ? to : axis;
  });
  return tensor(site.result([value], axes, { from, to, height: picture[0], width: picture[1] }, { mask: value.mask }));
};

/** The same axis where the size stays, else a place axis of that size. */
const resized = (axis: Axis, size: number): Axis =>
  axis.size.kind === 'known' && axis.size.value === size ? axis : structuralAxis(axis.name, known(size));

export const fpn: LayerRule = (site) => {
  const values = site.args.tensors().map((value) => cast(value, 'f32'));
  if (site.args.failed) return undefined;
  const to = structuralAxis('channel', known(site.option('channels') ?? 256));
  const items: Value[] = [];
  for (const [level, value] of values.entries()) {
    const picture = site.picture(value);
    const features = value.type.axes.filter((axis) => axis.kind === 'feature');
    const [from, second] = features;
    if (picture === undefined) return undefined;
    if (from === undefined || second !== undefined)
      return site.fail('CX3004', `level ${level} of \`${site.part.name}\` has one feature axis`, undefined, value);
    const [height, width] = picture;
    items.push({ kind: 'tensor', typed: site.result(values, swap(value.type.axes, from, to), { to, height, width }, { tap: String(level), mask: value.mask }) }); // prettier-ignore
  }
  return { kind: 'tuple', items };
};

export const upsample: LayerRule = (site) => {
  const value = site.value();
  const picture = value === undefined ? undefined : site.picture(value);
  if (value === undefined || picture === undefined) return undefined;
  const by = site.option('by') ?? 2;
  const grown = picture.map((axis) => resized(axis, (axis.size.kind === 'known' ? axis.size.value : 1) * by));
  const axes = value.type.axes.map((axis) => grown[picture.findIndex((each) => each.id === axis.id)] ?? axis);
  return tensor(site.result([value], axes, { height: picture[0], width: picture[1] }, { mask: value.mask }));
};

export const patchify: LayerRule = (site) => {
  const value = site.value();
  const picture = value === undefined ? undefined : site.picture(value);
  const from = value === undefined || picture === undefined ? undefined : site.feature(value, undefined);
  if (value === undefined || picture === undefined || from === undefined) return undefined;
  const patch = site.option('patch') ?? 16;
  const pixels = picture.map((axis) => (axis.size.kind === 'known' ? axis.size.value : 1));
  if (pixels.some((size) => size % patch !== 0))
    return site.fail('CX5006', `patches of ${patch} px do not tile ${pixels.join(' x ')} px`);
  const frame = value.type.axes.find((axis) => axis.name === 'frame');
  if (site.shape.options['over'] === '3d' && frame === undefined)
    return site.fail('CX3003', `\`${site.part.name}\` reads frames of a film`, undefined, value);
  const places = pixels.reduce((product, size) => product * (size / patch), 1);
  const token = structuralAxis('token', known(places));
  const width: Axis = { id: `${site.part.name}.width`, name: 'width', kind: 'feature', size: known(site.option('width') ?? 768) }; // prettier-ignore
  const gone = [...picture, from];
  const axes = [...value.type.axes.filter((axis) => !gone.some((each) => each.id === axis.id)), token, width];
  const films = site.shape.options['over'] === '3d' ? frame : undefined;
  const skips = films === undefined ? undefined : maskAlong(value, films);
  return tensor(site.result([value], axes, { from, to: width, height: picture[0], width: picture[1], over: token, frame: films }, { mask: value.mask, skips })); // prettier-ignore
};
