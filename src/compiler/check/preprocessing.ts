/** How a picture of a file becomes pixels is said by the encoders that read it. */
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Column } from '../program/column.ts';
import type { ImageTowerConfig, Interpolation, Preprocessing } from '../types/model-config.ts';
import type { Statement } from '../syntax/ast.ts';
import { reachable } from './reachability.ts';
import type { Instance, Typed } from './typed.ts';

/** All that an encoder asks of the pictures that it reads. */
interface Way {
  readonly preprocess: Preprocessing;
  readonly crop: number;
  readonly interpolation: Interpolation;
  readonly fit?: 'stretch';
}

interface PictureReader {
  readonly way: Way;
  readonly owner: string;
  readonly call: Typed;
}

/** By column: the way that an encoder asks for, and the call that does. */
export type PictureReaders = ReadonlyMap<string, readonly PictureReader[]>;

/** Those of one stage. What is computed from a column by formulas, or by views, is asked for as the column itself. */
export function pictureReaders(roots: readonly Typed[], instances: readonly Instance[]): PictureReaders {
  const readers = new Map<string, PictureReader[]>();
  for (const call of reachable(roots)) {
    if (call.op !== 'call') continue;
    const { owner } = call.attributes;
    const way = preprocessingOf(instances.find(({ name }) => name === owner));
    const [picture] = call.args;
    if (way === undefined || picture === undefined || !isPicture(picture)) continue;
    for (const typed of reachable([picture])) {
      if (typed.op !== 'column') continue;
      const { column } = typed.attributes;
      const known = readers.get(column) ?? [];
      if (!known.some((each) => isSame(each.way, way))) readers.set(column, [...known, { way, owner, call }]);
    }
  }
  return readers;
}

/**
 * The law: one column is prepared in one way. Columns as their readers, in all stages, want them; those of views go by what they are of. What
 * an input says of its `fit:` stands over what its readers would have.
 */
export function withPreprocessing(
  columns: readonly Column[],
  stages: readonly PictureReaders[],
  statements: readonly Statement[],
  report: Reporter,
): Column[] {
  const fitted = new Set(statements.flatMap((each) => (each.kind === 'input' && each.args.some(({ label }) => label?.text === 'fit') ? [each.name.text] : []))); // prettier-ignore
  const baseOf = (name: string): string => {
    const of = columns.find((column) => column.name === name)?.view?.of;
    return of === undefined ? name : baseOf(of);
  };
  return columns.map((column) => {
    if (column.kind !== 'image' || column.view !== undefined) return column;
    const asked = stages.flatMap((stage) => [...stage].flatMap(([name, readers]) => (baseOf(name) === column.name ? readers : []))); // prettier-ignore
    asked.sort((a, b) => a.call.span.start - b.call.span.start);
    const [first] = asked;
    const other = asked.find(({ way }) => first !== undefined && !isSame(way, first.way));
    if (first !== undefined && other !== undefined) {
      const [one, two] = [wordsOf(first.way), wordsOf(other.way)];
      report.error('CX3021', other.call.span, `\`${other.owner}\` reads \`${column.name}\` prepared as \`${two}\`, \`${first.owner}\` as \`${one}\``, {
        related: [{ span: first.call.span, label: `read as \`${one}\` here` }],
        help: `declare another input for \`${other.owner}\` and map both to the same file, or write \`preprocess: ${saidOf(first.way)}\` in \`${other.owner}\``,
      }); // prettier-ignore
    }
    return first === undefined ? column : prepared(column, first.way, fitted.has(column.name));
  });
}

function prepared(column: ImageColumn, { preprocess, crop, interpolation, fit }: Way, isFitted: boolean): ImageColumn {
  return {
    ...column,
    ...(preprocess === 'white' ? {} : { preprocess }),
    ...(crop === 1 ? {} : { crop }),
    ...(interpolation === 'bicubic' ? {} : { interpolation }),
    ...(fit === undefined || isFitted ? {} : { fit }),
  };
}

const isSame = (a: Way, b: Way): boolean =>
  a.preprocess === b.preprocess && a.crop === b.crop && a.interpolation === b.interpolation && a.fit === b.fit;

/** What is said in a call, of these all that is not so anyhow: `torchvision, crop: 90 %, interpolation: bicubic`. */
function saidOf({ preprocess, crop, interpolation }: Way): string {
  const usual = usualOf(preprocess);
  const parts = [
    ...(crop === usual.crop ? [] : [`crop: ${Number((100 * crop).toFixed(4))} %`]),
    ...(interpolation === usual.interpolation ? [] : [`interpolation: ${interpolation}`]),
  ];
  return [preprocess, ...parts].join(', ');
}

const wordsOf = (way: Way): string => saidOf(way) + (way.fit === undefined ? '' : ', squeezed to a square');

function preprocessingOf(instance: Instance | undefined): Way | undefined {
  if (instance?.shape.kind !== 'encoder') return undefined;
  const { config } = instance.shape;
  const tower = config.kind === 'clip' ? config.image : config;
  return 'statistics' in tower ? wayOf(tower) : undefined;
}

/** Undefined where a tower asks nothing. */
function wayOf({ preprocess, crop, interpolation, fit }: ImageTowerConfig): Way | undefined {
  if (preprocess === undefined && crop === undefined && interpolation === undefined && fit === undefined)
    return undefined;
  const usual = usualOf(preprocess);
  return {
    preprocess: preprocess ?? 'white',
    crop: crop ?? usual.crop,
    interpolation: interpolation ?? usual.interpolation,
    ...(fit === undefined ? {} : { fit }),
  };
}

/** torchvision's presets for ImageNet: 256 pixels, of which the middle 224 are kept. */
const usualOf = (preprocess: Preprocessing | undefined): Pick<Way, 'crop' | 'interpolation'> =>
  preprocess === 'torchvision' ? { crop: 0.875, interpolation: 'bilinear' } : { crop: 1, interpolation: 'bicubic' };

type ImageColumn = Extract<Column, { readonly kind: 'image' }>;

const isPicture = ({ type }: Typed): boolean => ['height', 'width', 'channel'].every((name) => type.axes.some((axis) => axis.name === name)); // prettier-ignore
