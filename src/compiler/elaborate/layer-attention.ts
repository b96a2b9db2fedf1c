/** What layers that attend have in common: rows of places, who sees whom, options of blocks. */
import { orderAxes } from '../check/build.ts';
import { invariant } from '../common/invariant.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Axis } from '../types/axis.ts';
import type { Activation } from '../types/model-config.ts';
import { maskRows, numberOption, rowsOf, switchOption, type LayerSite } from './layer-site.ts';
import { causalMask } from './layers/attention.ts';
import { keyMask } from './layers/key-mask.ts';
import { without, type Located } from './located.ts';

export const biasOf = ({ shape }: LayerSite): 'on' | 'off' | 'out' =>
  shape.options['bias'] === 'off' || shape.options['bias'] === 'out' ? shape.options['bias'] : 'on';

/** Blocks and attention over `[n, places, width]`. `sees`: what is added to their scores where a second value says who sees whom. */
export const overPlaces = (site: LayerSite, build: (x: NodeId, keys: NodeId | undefined, places: number, sees: NodeId | undefined) => NodeId): Located => {
  const [over, along] = [site.axis('over'), site.axis('along')];
  const rows = rowsOf(site, site.value(0), [over, along]);
  const real = site.mask([...rows.rest, over]);
  const keys = real === undefined ? undefined : keyMask(site.context.builder, real);
  const given = site.more('sees');
  const sees = given === undefined ? undefined : seenScores(site, given, rows.rest, over);
  return rows.back(build(rows.node, keys, site.elaborator.aligner.extent(over), sees), [over, along]);
}; // prettier-ignore

/** 0 where a place sees another, hugely negative where not, `[n, 1, place, key]`. */
function seenScores(site: LayerSite, value: Located, rest: readonly Axis[], over: Axis): NodeId {
  const { aligner } = site.elaborator;
  const key = without(value.axes, ...rest, over)[0];
  invariant(key, 'who sees whom, over two axes of places');
  const own = rest.filter((axis) => value.axes.some((each) => each.id === axis.id));
  const all = own.length === 0 ? [] : rest;
  const m = aligner.arithmetic;
  const node = aligner.expanded(value, [...all, over, key]);
  const added = m.op('select', [node, m.number(0), m.number(-1e9)], {});
  const n = aligner.extents(all).reduce((product, size) => product * size, 1);
  return aligner.reshaped(added, [n, 1, aligner.extent(over), aligner.extent(key)]);
}

/** The causal mask and who sees whom, as one. */
export function scoreMask(site: LayerSite, places: number, sees: NodeId | undefined): { readonly mask?: NodeId } {
  const causal = switchOption(site, 'causal') ? causalMask(site.context.builder, places) : undefined;
  if (causal === undefined) return sees === undefined ? {} : { mask: sees };
  return { mask: sees === undefined ? causal : site.elaborator.aligner.arithmetic.add(sees, causal) };
}

export const blockOptions = (site: LayerSite) => {
  const { options } = site.shape;
  const hidden = options['hidden'];
  return {
    layers: numberOption(site, 'layers', 1),
    first: numberOption(site, 'first', 0),
    heads: numberOption(site, 'heads', 8),
    activation: options['activation'] as Activation, // from the closed list of the option
    norm: options['norm'] === 'post' ? ('post' as const) : ('pre' as const),
    dropout: numberOption(site, 'dropout', 0),
    epsilon: numberOption(site, 'eps', 1e-5),
    ...(typeof hidden === 'number' ? { hidden } : {}),
    ...(typeof options['depth'] === 'number'
      ? { depth: { share: options['depth'], blocks: numberOption(site, 'blocks', 1) } }
      : {}),
  };
};

export const looked = (site: LayerSite) => {
  const { aligner } = site.elaborator;
  const [along, key, width] = [site.axis('along'), site.axis('key'), site.axis('width')];
  const [value, memory] = [site.value(0), site.value(1)];
  const over = site.axes['over'];
  const places = over === undefined ? [] : [over];
  // what one has and the other lacks is repeated along it
  const mine = without(value.axes, ...places, along);
  const theirs = without(memory.axes, key, width);
  // samples first: then rows of one sample stay together, and what needs no other is computed by sample
  const rest = orderAxes([...mine, ...without(theirs, ...mine)]);
  const n = aligner.extents(rest).reduce((product, size) => product * size, 1);
  const queries = over === undefined ? 1 : aligner.extent(over);
  const x = aligner.reshaped(aligner.expanded(value, [...rest, ...places, along]), [n, queries, aligner.extent(along)]);
  const m = aligner.reshaped(aligner.expanded(memory, [...rest, key, width]), [n, aligner.extent(key), aligner.extent(width)]); // prettier-ignore
  const real = site.mask([...rest, key]);
  const keys = real === undefined ? undefined : keyMask(site.context.builder, real);
  const seenBy = site.more('sees');
  const mask = seenBy === undefined || over === undefined ? undefined : seenScores(site, seenBy, rest, over);
  const ownMask = site.more('own');
  const own = ownMask === undefined || over === undefined ? undefined : keyMask(site.context.builder, maskRows(site.elaborator, ownMask, [...rest, over])); // prettier-ignore
  const back = (node: NodeId): Located => {
    const axes = [...rest, ...places, along];
    return { node: aligner.reshaped(node, aligner.extents(axes)), axes };
  };
  const looks = { ...(mask === undefined ? {} : { mask }), ...(keys === undefined ? {} : { keys }) };
  return { x, memory: m, looks, own, queries, back };
};
