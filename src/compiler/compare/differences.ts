import type { Typed } from '../check/typed.ts';
import { printSize, type Axis } from '../types/axis.ts';
import { canonical, modelLeaf, usedNames } from './digest.ts';
import type { NameSpace } from './sides.ts';

/** Two nodes that stand at the same place of two formulas and do not do the same, with the nodes around them, outermost first. */
export interface Site {
  readonly base: Typed;
  readonly head: Typed;
  readonly around: readonly { readonly base: Typed; readonly head: Typed }[];
}

/** Two names of one axis or random stream, where a formula has them at the same place. */
export interface Twin<Item> {
  readonly base: Item;
  readonly head: Item;
  readonly at: { readonly base: Typed; readonly head: Typed };
}

export interface Differences {
  readonly sites: readonly Site[];
  /** Axes of formulas (not of parts, inputs and vocabularies, which have rules of their own) whose sizes differ. */
  readonly axes: readonly Twin<Axis>[];
  readonly streams: readonly Twin<string>[];
}

interface Options {
  readonly names: Readonly<Record<NameSpace, ReadonlyMap<string, string>>>;
  /** True for axes that an encoder, input or vocabulary brings: their sizes are told elsewhere. */
  readonly owned: (axis: Axis) => boolean;
  readonly weights: { readonly base: ReadonlyMap<string, unknown>; readonly head: ReadonlyMap<string, unknown> };
  /** Calls of the model are leaves over the columns and words they read. */
  readonly modelIsLeaf?: boolean;
}

/**
 * Walks two formulas side by side. Names of lets, fns and axes do not count; which axis is which does: the first meeting of two
 * axes binds them to one another.
 */
export function differences(base: Typed, head: Typed, options: Options): Differences {
  const sites: Site[] = [];
  const axes: Twin<Axis>[] = [];
  const streams: Twin<string>[] = [];
  const forward = new Map<string, string>();
  const backward = new Map<string, string>();
  const seen = new Map<Typed, Set<Typed>>();

  function sameAxis(left: Axis, right: Axis, at: Site['around'][number]): boolean {
    if (left.kind !== right.kind) return false;
    const [bound, taken] = [forward.get(left.id), backward.get(right.id)];
    if (bound !== undefined || taken !== undefined) return bound === right.id && taken === left.id;
    if ((left.id === 'batch') !== (right.id === 'batch')) return false;
    forward.set(left.id, right.id);
    backward.set(right.id, left.id);
    const owned = options.owned(left) && options.owned(right);
    if (!owned && sizeOf(left, options) !== sizeOf(right, {})) axes.push({ base: left, head: right, at });
    return true;
  }

  function walk(left: Typed, right: Typed, around: Site['around']): void {
    const known = seen.get(left) ?? seen.set(left, new Set()).get(left);
    if (known?.has(right) === true) return;
    known?.add(right);
    const here = { base: left, head: right };
    const whole = [...around, here];
    const isLeaf = options.modelIsLeaf === true && modelLeaf(left) !== undefined && modelLeaf(right) !== undefined;
    if (isLeaf) {
      if (readBy(left, options.names) !== readBy(right) || !sameAxes(left.type.axes, right.type.axes, here))
        sites.push({ base: left, head: right, around: whole });
      return;
    }
    if (!sameOp(left, right, here)) {
      sites.push({ base: left, head: right, around: whole });
      return;
    }
    for (const [position, argument] of left.args.entries()) {
      const other = right.args[position];
      if (other !== undefined) walk(argument, other, whole);
    }
    if (left.mask !== undefined && right.mask !== undefined) walk(left.mask, right.mask, whole);
  }

  function sameAxes(left: readonly Axis[], right: readonly Axis[], at: Site['around'][number]): boolean {
    return left.length === right.length && left.every((axis, place) => right[place] !== undefined && sameAxis(axis, right[place], at)); // prettier-ignore
  }

  /** Whether two nodes do the same with their operands. */
  function sameOp(left: Typed, right: Typed, at: Site['around'][number]): boolean {
    if (left.op !== right.op || left.args.length !== right.args.length) return false;
    if ((left.mask === undefined) !== (right.mask === undefined)) return false;
    const brings = left.args.length === 0 || left.op === 'call';
    if (brings && !sameAxes(left.type.axes, right.type.axes, at)) return false;
    return sameAttributes(left, right, at);
  }

  function sameAttributes(left: Typed, right: Typed, at: Site['around'][number]): boolean {
    const { names } = options;
    if (left.op === 'call' && right.op === 'call') {
      return names.part.get(left.attributes.owner) === right.attributes.owner && left.attributes.tap === right.attributes.tap; // prettier-ignore
    }
    // start and decay of a param are told with the parts
    if (left.op === 'parameter' && right.op === 'parameter')
      return names.part.get(left.attributes.owner) === right.attributes.owner && left.attributes.path === right.attributes.path; // prettier-ignore
    if (left.op === 'column' && right.op === 'column') {
      return names.input.get(left.attributes.column) === right.attributes.column && left.attributes.part === right.attributes.part; // prettier-ignore
    }
    if (left.op === 'prompt' && right.op === 'prompt')
      return names.prompt.get(left.attributes.prompt) === right.attributes.prompt;
    if (left.op === 'weight' && right.op === 'weight') {
      const [before, after] = [options.weights.base.get(left.attributes.name), options.weights.head.get(right.attributes.name)]; // prettier-ignore
      return canonical(before ?? null) === canonical(after ?? null);
    }
    const [one, other] = [flattened(left.attributes), flattened(right.attributes)];
    if (one.text !== other.text || !sameAxes(one.axes, other.axes, at)) return false;
    if (one.stream !== other.stream && one.stream !== undefined && other.stream !== undefined)
      streams.push({ base: one.stream, head: other.stream, at });
    return true;
  }

  walk(base, head, []);
  return { sites, axes, streams };
}

/** Columns and prompts under a call, by the names they have after. */
function readBy(typed: Typed, names?: Options['names']): string {
  const { columns, prompts } = usedNames([typed]);
  const read = [
    ...[...columns].map((name) => names?.input.get(name) ?? name),
    ...[...prompts].map((name) => names?.prompt.get(name) ?? name),
  ];
  return read.sort().join(', ');
}

/** Attributes taken apart: axes in the order in which they stand, the random stream, and all else as text. */
function flattened(attributes: object): {
  readonly text: string;
  readonly axes: readonly Axis[];
  readonly stream?: string;
} {
  const axes: Axis[] = [];
  const { stream, ...rest } = attributes as { readonly stream?: string };
  const text = canonical(rest, undefined, (axis) => {
    axes.push(axis);
    return 'axis';
  });
  return { text, axes, ...(stream === undefined ? {} : { stream }) };
}

function sizeOf(axis: Axis, options: Partial<Options>): string {
  const size = printSize(axis.size);
  let renamed = size;
  for (const [before, after] of options.names?.vocabulary ?? [])
    renamed = renamed.replaceAll(`size(${before})`, `size(${after})`);
  return renamed;
}
