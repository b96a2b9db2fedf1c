import { invariant } from '../../common/invariant.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { Axis } from '../../types/axis.ts';
import { without, type Located } from '../located.ts';
import type { ViewSite } from './view-site.ts';

/** A value as pictures: those that a draw of its own moves, their rows and columns, and all other numbers of a pixel side by side. */
export interface PicturePlane {
  readonly height: Axis;
  readonly width: Axis;
  readonly tall: number;
  readonly wide: number;
  /** Axes of draws that the value has already. */
  readonly lead: readonly Axis[];
  readonly rest: readonly Axis[];
  /** Numbers of one pixel. */
  readonly depth: number;
  /** The value in the order `lead, height, width, rest`. */
  readonly ordered: Located;
}

export function picturePlane(site: ViewSite, value: Located): PicturePlane {
  const { aligner } = site.elaborator;
  const height = value.axes.find(({ name }) => name === 'height');
  const width = value.axes.find(({ name }) => name === 'width');
  invariant(height && width, 'a picture without height or width');
  const lead = site.draws.filter((axis) => value.axes.some((each) => each.id === axis.id));
  const rest = without(value.axes, ...lead, height, width);
  return {
    height,
    width,
    tall: aligner.extent(height),
    wide: aligner.extent(width),
    lead,
    rest,
    depth: aligner.extents(rest).reduce((total, size) => total * size, 1),
    ordered: aligner.ordered(value, [...lead, height, width, ...rest]),
  };
}

/** `[draws, height · width, depth]` back to axes. */
export function fromPlane(site: ViewSite, { height, width, rest }: PicturePlane, node: NodeId): Located {
  const axes = [...site.draws, height, width, ...rest];
  const { aligner } = site.elaborator;
  return { node: aligner.reshaped(node, aligner.extents(axes)), axes };
}
