/** `draws: 5 of view`: an evaluation of several draws of a view, which stand along the item axis `draw`. */
import type { Span } from '../source/span.ts';
import { known, type Axis } from '../types/axis.ts';
import type { Checker } from './checker.ts';
import { dependsOn } from './substitution.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';

/**
 * What `work` finds where the view has the axis `draw` of as many draws, and so has all that reads it. What is drawn together (`augment
 * (a, y) = …`) stays together.
 */
export function overDraws<Result>(
  checker: Checker,
  { count, of }: { readonly count: number; readonly of: string },
  span: Span,
  work: () => Result,
): Result {
  const statement = checker.root.declarations.find(of, 'value')?.statement;
  const names = statement?.kind === 'augment' ? statement.pattern.names.map(({ text }) => text) : [];
  const axis: Axis = { id: 'draw', name: 'draw', kind: 'item', size: known(count) };
  const step = (at: number): Result => {
    const name = names[at];
    if (name === undefined) return work();
    const found = checker.declarationOf(name, checker.root, 'value');
    const view = found === undefined ? undefined : checker.declared(found.declaration, found.module, span);
    if (found === undefined || view?.kind !== 'tensor') return step(at + 1);
    const { typed } = view;
    const several = drawn(checker, typed, axis, count, span);
    const given: Value = { kind: 'tensor', typed: { ...several, label: name } };
    return checker.substituting(
      found.declaration,
      given,
      (other) => dependsOn(other, typed),
      () => step(at + 1),
    );
  };
  return step(0);
}

/** The view with its draws: a column of its own, or drawn in the graph. */
function drawn(checker: Checker, typed: Typed, axis: Axis, count: number, span: Span): Typed {
  const { mask } = typed;
  const [type, several] = [{ ...typed.type, axes: behindBatch(typed.type.axes, axis) }, mask === undefined ? {} : { mask: mask === typed ? undefined : drawn(checker, mask, axis, count, span) }]; // prettier-ignore
  const own = several.mask === undefined ? {} : { mask: several.mask };
  if (typed.op === 'view') {
    const attributes = { ...typed.attributes, draws: [...typed.attributes.draws, axis], drawn: true as const };
    return { ...typed, type, attributes, ...own };
  }
  if (typed.op === 'column') {
    const { column: name, part } = typed.attributes;
    // whether a sample has it at all is not drawn
    if (part === 'present') return typed;
    const drawnName = `${name} in ${count} draws`;
    const entry = checker.columns.get(name);
    const readers = [...checker.columns.values()].filter(({ column }) => column.view?.of === name && column.view.draws === undefined); // prettier-ignore
    if (readers.length > 0) checker.unbuilt(span, '`draws:` of a view that other views are made of');
    if (entry?.column.view !== undefined)
      checker.columns.set(drawnName, { ...entry, column: { ...entry.column, name: drawnName, view: { ...entry.column.view, draws: count } } }); // prettier-ignore
    const made: Typed = { ...typed, type, attributes: { ...typed.attributes, column: drawnName }, ...own };
    // a mask is its own mask
    return mask === undefined && part === 'mask' ? { ...made, mask: made } : made;
  }
  if (typed.op === 'two') return { ...typed, type, args: typed.args.map((each) => drawn(checker, each, axis, count, span)), ...own }; // prettier-ignore
  // a mask of what is not moved is that of every draw
  return typed;
}

/** The axis of draws stands behind the batch. */
function behindBatch(axes: readonly Axis[], axis: Axis): readonly Axis[] {
  const lead = axes[0]?.id === 'batch' ? 1 : 0;
  return [...axes.slice(0, lead), axis, ...axes.slice(lead)];
}
