/** How a picture of a file becomes pixels is said by the encoders that read it. */
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Column } from '../program/column.ts';
import type { Preprocessing } from '../types/model-config.ts';
import { reachable } from './reachability.ts';
import type { Instance, Typed } from './typed.ts';

/** By column: the way that an encoder asks for, and the call that does. */
export type PictureReaders = ReadonlyMap<
  string,
  readonly { readonly way: Preprocessing; readonly owner: string; readonly call: Typed }[]
>;

/** Those of one stage. What is computed from a column by formulas, or by views, is asked for as the column itself. */
export function pictureReaders(roots: readonly Typed[], instances: readonly Instance[]): PictureReaders {
  const readers = new Map<string, { way: Preprocessing; owner: string; call: Typed }[]>();
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
      if (!known.some((each) => each.way === way)) readers.set(column, [...known, { way, owner, call }]);
    }
  }
  return readers;
}

/** The law: one column is prepared in one way. Columns as their readers, in all stages, want them; those of views go by what they are of. */
export function withPreprocessing(
  columns: readonly Column[],
  stages: readonly PictureReaders[],
  report: Reporter,
): Column[] {
  const baseOf = (name: string): string => {
    const of = columns.find((column) => column.name === name)?.view?.of;
    return of === undefined ? name : baseOf(of);
  };
  return columns.map((column) => {
    if (column.kind !== 'image' || column.view !== undefined) return column;
    const asked = stages.flatMap((stage) => [...stage].flatMap(([name, readers]) => (baseOf(name) === column.name ? readers : []))); // prettier-ignore
    asked.sort((a, b) => a.call.span.start - b.call.span.start);
    const [first] = asked;
    const other = asked.find(({ way }) => way !== first?.way);
    if (first !== undefined && other !== undefined) {
      report.error('CX3021', other.call.span, `\`${other.owner}\` reads \`${column.name}\` prepared as \`${other.way}\`, \`${first.owner}\` as \`${first.way}\``, {
        related: [{ span: first.call.span, label: `read as \`${first.way}\` here` }],
        help: `declare another input for \`${other.owner}\` and map both to the same file, or write \`preprocess: ${first.way}\` in \`${other.owner}\``,
      }); // prettier-ignore
    }
    return first === undefined || first.way === 'white' ? column : { ...column, preprocess: first.way };
  });
}

function preprocessingOf(instance: Instance | undefined): Preprocessing | undefined {
  if (instance?.shape.kind !== 'encoder') return undefined;
  const { config } = instance.shape;
  const tower = config.kind === 'clip' ? config.image : config;
  return 'preprocess' in tower ? tower.preprocess : undefined;
}

const isPicture = ({ type }: Typed): boolean => ['height', 'width', 'channel'].every((name) => type.axes.some((axis) => axis.name === name)); // prettier-ignore
