/** What each layer of the catalogue is in the graph. Values come with named axes; a layer sees positions. */
import { numberOption, rowsOf, switchOption, type LayerSite, layerSite } from './layer-site.ts';
import type { CallAttributes, InstanceShape, Typed } from '../check/typed.ts';
import { scalarAxis } from '../check/parts/layer-shape.ts';
import { InternalError, invariant } from '../common/invariant.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Initialisation } from '../program/parameter.ts';
import type { Axis } from '../types/axis.ts';
import type { LayerName } from '../types/catalogue/layers.ts';
import type { Activation } from '../types/model-config.ts';
import type { Elaborator } from './elaborator.ts';
import { biasOf, blockOptions, looked, overPlaces, scoreMask } from './layer-attention.ts';
import { activate } from './layers/activate.ts';
import { attention, causalMask, crossAttention } from './layers/attention.ts';
import { attentionPool } from './layers/attention-pool.ts';
import { batchNorm } from './layers/batch-norm.ts';
import { conv, convTranspose } from './layers/conv.ts';
import { decoder } from './layers/decoder.ts';
import { dropout } from './layers/dropout.ts';
import { fpn } from './layers/fpn.ts';
import { groupNorm } from './layers/group-norm.ts';
import { normal } from './layers/initialisations.ts';
import { layerNorm } from './layers/layer-norm.ts';
import { linear } from './layers/linear.ts';
import { join } from './layers/path.ts';
import { filmPatches, patches } from './layers/patches.ts';
import { gru, lstm } from './layers/recurrent.ts';
import { temporalConv, temporalShift } from './layers/temporal.ts';
import { transformer } from './layers/transformer.ts';
import { without, type Located } from './located.ts';

type LayerShape = Extract<InstanceShape, { kind: 'layer' }>;

type Body = (site: LayerSite) => Located;

/** A layer of the catalogue applied to its operands. */
export function applyLayer(
  elaborator: Elaborator,
  typed: Typed,
  attributes: CallAttributes,
  shape: LayerShape,
  path: string,
): Located {
  const body = bodies[shape.layer];
  if (body === undefined) throw new InternalError(`the layer ${shape.layer} has no body`);
  return body(layerSite(elaborator, typed, attributes, shape, path));
}

const start = ({ shape }: LayerSite): Initialisation | undefined => {
  const init = shape.options['init'];
  return typeof init === 'object' && 'kind' in init ? init : undefined;
};

const pair = ({ shape }: LayerSite, name: string): readonly [number, number] => {
  const option = shape.options[name];
  const [first = 1, second = first] = Array.isArray(option) ? (option as readonly number[]) : [];
  return [first, second];
};

/** On the last dimension, every other axis as it is. */
const onFeature = (site: LayerSite, axis: Axis, build: (x: NodeId) => NodeId): Located => {
  const { aligner } = site.elaborator;
  const value = site.value(0);
  const axes = [...without(value.axes, axis), axis];
  return { node: build(aligner.ordered(value, axes).node), axes };
};

const projected: Body = (site) => {
  const [from, to] = [site.axis('from'), site.axis('to')];
  const { elaborator, context, path } = site;
  const init = start(site);
  const hidden = site.shape.options['hidden'];
  const widths = Array.isArray(hidden) ? (hidden as readonly number[]) : [];
  const build = (x: NodeId): NodeId => {
    const output = elaborator.aligner.extent(to);
    if (site.shape.layer === 'linear')
      return linear(context, path, x, { output, bias: switchOption(site, 'bias'), ...(init === undefined ? {} : { weightInit: init }) }); // prettier-ignore
    let value = x;
    for (const [index, width] of [...widths, output].entries()) {
      if (index > 0) {
        value = activate(context.builder, value, site.shape.options['activation'] as Activation);
        value = dropout(context, join(path, `layers.${index}`), value, numberOption(site, 'dropout', 0));
      }
      value = linear(context, join(path, `layers.${index}`), value, { output: width });
    }
    return value;
  };
  const given = onFeature(site, from, build);
  const rest = without(given.axes, from);
  if (to.id !== scalarAxis.id) return { node: given.node, axes: [...rest, to] };
  return { node: elaborator.aligner.reshaped(given.node, elaborator.aligner.extents(rest)), axes: rest };
};

/** Pictures as `[n, height, width, channels]`. */
const onPicture = (site: LayerSite, build: (x: NodeId) => NodeId, to?: Axis, value = site.value(0)): Located => {
  const [height, width] = [site.axis('height'), site.axis('width')];
  const own = value.axes.filter((axis) => axis.id === height.id || axis.id === width.id);
  const channel = site.axes['from'] ?? value.axes.find((axis) => axis.kind === 'feature' && !own.includes(axis));
  const channels = channel === undefined ? [] : [channel];
  const rows = rowsOf(site, value, [height, width, ...channels]);
  const { aligner, builder } = site.elaborator;
  const shaped = channel === undefined ? aligner.reshaped(rows.node, [...builder.shape(rows.node), 1]) : rows.node;
  const given = build(shaped);
  const [, tall = 1, wide = 1] = builder.shape(given);
  const grown = (axis: Axis, size: number): Axis =>
    site.typed.type.axes.find((each) => each.name === axis.name && each.kind === 'position' && aligner.extent(each) === size) ?? axis; // prettier-ignore
  const last = to === undefined ? channels : [to];
  return rows.back(given, [grown(height, tall), grown(width, wide), ...last]);
};

const recurrent = (layer: typeof lstm): Body => (site) => {
  const [from, to, over] = [site.axis('from'), site.axis('to'), site.axis('over')];
  const rows = rowsOf(site, site.value(0), [over, from]);
  const real = site.mask([...rows.rest, over]);
  const width = site.elaborator.aligner.extent(to);
  return rows.back(layer(site.context, site.path, rows.node, width, real), [over, to]);
}; // prettier-ignore

const bodies: Readonly<Partial<Record<LayerName, Body>>> = {
  linear: projected,
  mlp: projected,
  conv: (site) => {
    const to = site.axis('to');
    const init = start(site);
    const options = { output: site.elaborator.aligner.extent(to), kernel: pair(site, 'kernel'), stride: pair(site, 'stride'), dilation: numberOption(site, 'dilation', 1), groups: numberOption(site, 'groups', 1), bias: switchOption(site, 'bias'), ...(init === undefined ? {} : { init }) }; // prettier-ignore
    return onPicture(site, (x) => conv(site.context, site.path, x, options), to);
  },
  conv_transpose: (site) => {
    const to = site.axis('to');
    const init = start(site);
    const options = { output: site.elaborator.aligner.extent(to), kernel: pair(site, 'kernel'), stride: pair(site, 'stride'), bias: switchOption(site, 'bias'), ...(init === undefined ? {} : { init }) }; // prettier-ignore
    return onPicture(site, (x) => convTranspose(site.context, site.path, x, options), to);
  },
  batch_norm: (site) => {
    const along = site.axis('along');
    const { aligner } = site.elaborator;
    const lead = without(site.value(0).axes, along);
    const mask = site.mask(lead);
    const real = mask === undefined ? {} : { real: aligner.reshaped(mask, aligner.extents(lead)) };
    const options = {
      momentum: numberOption(site, 'momentum', 0.1),
      epsilon: numberOption(site, 'eps', 1e-5),
      ...real,
    };
    return onFeature(site, along, (x) => batchNorm(site.context, site.path, x, options));
  },
  layer_norm: (site) => onFeature(site, site.axis('along'), (x) => layerNorm(site.context, site.path, x, numberOption(site, 'eps', 1e-5))), // prettier-ignore
  group_norm: (site) => {
    const along = site.axis('along');
    const value = site.value(0);
    const places = value.axes.filter((axis) => axis.kind === 'position' && axis.name !== 'frame');
    const rows = rowsOf(site, value, [...places, along]);
    const { aligner, builder } = site.elaborator;
    const [n = 1] = builder.shape(rows.node);
    const numbers = aligner.extent(along);
    const count = aligner.extents(places).reduce((product, size) => product * size, 1);
    const mask = site.mask([...rows.rest, ...places]);
    const real = mask === undefined ? undefined : aligner.reshaped(mask, [n, count]);
    const options = { groups: numberOption(site, 'groups', 1), epsilon: numberOption(site, 'eps', 1e-5), ...(real === undefined ? {} : { real }) }; // prettier-ignore
    const normed = groupNorm(site.context, site.path, aligner.reshaped(rows.node, [n, count, numbers]), options);
    return rows.back(normed, [...places, along]);
  },
  embedding: (site) => {
    const [from, to] = [site.axis('from'), site.axis('to')];
    const { aligner, builder } = site.elaborator;
    const value = site.value(0);
    const table = site.context.parameter(join(site.path, 'table'), [aligner.extent(from), aligner.extent(to)], start(site) ?? normal(1)); // prettier-ignore
    return { node: builder.add('gather', [table, value.node], { axis: 0 }), axes: [...value.axes, to] };
  },
  positions: (site) =>
    overPlaces(site, (x, _keys, places) => {
      const { builder } = site.elaborator;
      const width = builder.shape(x)[2] ?? 1;
      const table = site.context.parameter(join(site.path, 'weight'), [numberOption(site, 'max', places), width], start(site) ?? normal(0.02)); // prettier-ignore
      const rows = builder.add('slice', [table], { starts: [0, 0], sizes: [places, width] });
      return builder.add('add', [x, rows], {});
    }),
  dropout: (site) => {
    const value = site.value(0);
    const along = site.axes['along'];
    const { builder } = site.elaborator;
    const shape = builder.shape(value.node);
    // whole channels go together: one draw for all places of a picture
    const drawn = along === undefined ? shape : shape.map((size, at) => (value.axes[at]?.id === along.id || value.axes[at]?.id === 'batch' ? size : 1)); // prettier-ignore
    return { node: dropout(site.context, site.path, value.node, numberOption(site, 'share', 0.1), drawn), axes: value.axes }; // prettier-ignore
  },
  attention: (site) =>
    overPlaces(site, (x, keys, places, sees) => {
      const mask = scoreMask(site, places, sees);
      const options = { heads: numberOption(site, 'heads', 8), bias: biasOf(site), dropout: numberOption(site, 'dropout', 0), ...mask, ...(keys === undefined ? {} : { keys }) }; // prettier-ignore
      return attention(site.context, site.path, x, options).value;
    }),
  cross_attention: (site) => {
    const { x, memory, looks, back } = looked(site);
    const options = { heads: numberOption(site, 'heads', 8), bias: biasOf(site), dropout: numberOption(site, 'dropout', 0), ...looks }; // prettier-ignore
    return back(crossAttention(site.context, site.path, x, memory, options).value);
  },
  transformer: (site) =>
    overPlaces(site, (x, keys, places, sees) => {
      const mask = scoreMask(site, places, sees);
      const options = { ...blockOptions(site), ...mask, ...(keys === undefined ? {} : { keys }) };
      return transformer(site.context, site.path, x, options, new Map());
    }),
  decoder: (site) => {
    const { x, memory, looks, own, queries, back } = looked(site);
    const mask = switchOption(site, 'causal') ? { mask: causalMask(site.context.builder, queries) } : {};
    const options = { ...blockOptions(site), ...mask, ...(own === undefined ? {} : { keys: own }), looks };
    return back(decoder(site.context, site.path, x, memory, options));
  },
  lstm: recurrent(lstm),
  gru: recurrent(gru),
  attention_pool: (site) => {
    const [from, to, over] = [site.axis('from'), site.axis('to'), site.axis('over')];
    const across = site.axes['across'];
    const places = across === undefined ? [over] : [over, across];
    const { aligner, builder } = site.elaborator;
    const rows = rowsOf(site, site.value(0), [...places, from]);
    const real = site.mask([...rows.rest, ...places]);
    const [n = 1] = builder.shape(rows.node);
    const [rowsHere = 1, columnsHere = 1] = aligner.extents(places);
    const count = rowsHere * columnsHere;
    const grid = [rowsHere, columnsHere] as const;
    const positions = switchOption(site, 'positions') ? { positions: { made: grid, here: grid } } : {};
    const x = aligner.reshaped(rows.node, [n, count, aligner.extent(from)]);
    const flat = real === undefined ? {} : { real: aligner.reshaped(real, [n, count]) };
    const { pooled } = attentionPool(site.context, site.path, x, { heads: numberOption(site, 'heads', 8), output: aligner.extent(to), ...positions, ...flat }); // prettier-ignore
    return rows.back(pooled, [to]);
  },
  fpn: (site) => {
    const level = Number(site.tap);
    const to = site.axis('to');
    const maps: NodeId[] = [];
    for (let position = 0; position < site.count; position++) {
      const value = site.value(position);
      const named = (name: string): Axis[] => value.axes.filter((axis) => axis.name === name && axis.kind === 'position'); // prettier-ignore
      const own = [...named('height'), ...named('width')];
      const channel = value.axes.find((axis) => axis.kind === 'feature');
      invariant(channel, 'a level with channels');
      maps.push(rowsOf(site, value, [...own, channel]).node);
    }
    const levels = fpn(site.context, site.path, maps, site.elaborator.aligner.extent(to), start(site));
    const node = levels[level];
    invariant(node !== undefined, `level ${level} of a pyramid`);
    return onPicture(site, () => node, to, site.value(level));
  },
  upsample: (site) =>
    onPicture(site, (x) => {
      const { builder } = site.elaborator;
      const [, height = 1, width = 1] = builder.shape(x);
      const by = numberOption(site, 'by', 2);
      const method = site.shape.options['method'] === 'nearest' ? 'nearest' : 'linear';
      return builder.add('resize', [x], { height: height * by, width: width * by, method });
    }),
  patchify: (site) => {
    const [from, to, over] = [site.axis('from'), site.axis('to'), site.axis('over')];
    const pixels = [site.axis('height'), site.axis('width'), from];
    const { aligner, builder } = site.elaborator;
    const output = aligner.extent(to);
    const options = { output, patch: numberOption(site, 'patch', 16), bias: switchOption(site, 'bias') };
    const frame = site.axes['frame'];
    if (frame === undefined) {
      const rows = rowsOf(site, site.value(0), pixels);
      const picture = patches(site.context, site.path, rows.node, options);
      const [n = 1] = builder.shape(picture);
      return rows.back(aligner.reshaped(picture, [n, aligner.extent(over), output]), [over, to]);
    }
    const rows = rowsOf(site, site.value(0), [frame, ...pixels]);
    const real = site.mask([...rows.rest, frame]);
    const films = filmPatches(
      site.context,
      site.path,
      rows.node,
      { ...options, time: numberOption(site, 'time', 1), inflate: site.shape.options['inflate'] === 'mean' ? 'mean' : 'centre' }, // prettier-ignore
      real,
    );
    const [n = 1, frames = 1] = builder.shape(films);
    return rows.back(aligner.reshaped(films, [n, frames, aligner.extent(over), output]), [frame, over, to]);
  },
  temporal_conv: (site) => {
    const [from, to, over] = [site.axis('from'), site.axis('to'), site.axis('over')];
    const rows = rowsOf(site, site.value(0), [over, from]);
    const init = start(site);
    const options = { output: site.elaborator.aligner.extent(to), kernel: numberOption(site, 'kernel', 3), dilation: numberOption(site, 'dilation', 1), groups: numberOption(site, 'groups', 1), bias: switchOption(site, 'bias'), ...(init === undefined ? {} : { init }) }; // prettier-ignore
    return rows.back(temporalConv(site.context, site.path, rows.node, options, site.mask([...rows.rest, over])), [over, to]); // prettier-ignore
  },
  temporal_shift: (site) => {
    const [over, along] = [site.axis('over'), site.axis('along')];
    const rows = rowsOf(site, site.value(0), [over, along]);
    return rows.back(temporalShift(site.context, rows.node, numberOption(site, 'part', 0.125), site.mask([...rows.rest, over])), [over, along]); // prettier-ignore
  },
};
