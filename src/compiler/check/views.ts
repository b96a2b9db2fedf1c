/** `augment v = x |> …`: a second view of a column or a value, random in training and in its stated form in evaluation. */
import type { Column } from '../program/column.ts';
import type { View } from '../program/view.ts';
import type { AugmentStatement, PipeStatement } from '../syntax/ast.ts';
import { batchAxis, known, structuralAxis, type Axis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { bornAxis } from './born-axis.ts';
import { jointMask, node, orderAxes, unbuilt } from './build.ts';
import type { Checker } from './checker.ts';
import { soundRate } from './sound-rate.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';
import { linksOf, pipeLinks, readWholeChain } from './view-chain.ts';
import { outgrows } from './computed-steps.ts';
import type { Domain } from '../types/catalogue/transforms/transform.ts';
import { built, computedSteps, type CheckedStep } from './view-steps.ts';

/** The view that one name of the statement stands for. */
export function viewValue(checker: Checker, statement: AugmentStatement, position: number): Value | undefined {
  const { names } = statement.pattern;
  const { first, steps: links } = linksOf(statement.value);
  const written = first.kind === 'tuple' ? first.items : [first];
  if (written.length !== names.length) {
    return checker.report.error('CX3006', statement.pattern.span, `${names.length} ${names.length === 1 ? 'name' : 'names'} on the left, and ${written.length} on the right`, {
      expected: '`augment (a, y) = (x, label) |> …`',
    }); // prettier-ignore
  }
  if (links.length === 0) {
    return checker.report.error('CX3006', statement.value.span, 'a view says what is done to its value', {
      expected: '`augment v = x |> flip(50 %)`',
      help: 'to leave it as it is, write `|> identity`',
    });
  }
  const scope = checker.fileScope(checker.root);
  const values = written.map((each) => checker.tensor(each, scope));
  const sources = values.filter((value) => value !== undefined);
  if (sources.length < values.length) return undefined;
  const domains = sources.map(domainOf);
  const axes = sources.flatMap((source) => source.type.axes);
  if (!alike(checker, statement, sources)) return undefined;
  const chain = readWholeChain({ checker, domains: [...new Set(domains)], axes }, links, statement.value.span);
  const counted = viewAxis(checker, statement);
  const source = sources[position];
  const name = names[position]?.text;
  if (chain === undefined || counted === 'fault' || source === undefined || name === undefined) return undefined;
  const after = applied(checker, statement, source, chain);
  if (after === undefined || !windowed(checker, statement, chain)) return undefined;
  const view = { name, source, chain, after, axes: withDraws(after.at(-1) ?? source.type.axes, counted), counted, sources, stream: `augment:${names[0]?.text ?? ''}` }; // prettier-ignore
  const typed = allBuilt(checker, sources, chain, counted)
    ? columnView(checker, view, statement)
    : sources.every(({ type }) => type.element !== 'text') && computedSteps(chain) !== undefined
      ? computedView(view, statement)
      : unbuiltView(name, source, chain, view.axes, statement);
  return { kind: 'tensor', typed: { ...typed, label: name } };
}

/** The axis of draws stands behind the batch. */
function withDraws(axes: readonly Axis[], counted: Axis | undefined): readonly Axis[] {
  if (counted === undefined) return axes;
  const lead = axes[0]?.id === 'batch' ? 1 : 0;
  return [...axes.slice(0, lead), counted, ...axes.slice(lead)];
}

/** A pipe is read where it is declared too, so that a fault in one that nothing uses is told. */
export function pipeValue(checker: Checker, statement: PipeStatement): Value | undefined {
  const steps = readWholeChain({ checker, domains: [], axes: [] }, pipeLinks(statement.value), statement.value.span, [
    statement.name.text,
  ]);
  return steps === undefined ? undefined : { kind: 'pipe', name: statement.name.text };
}

/** What operations see in a value. */
function domainOf({ type }: Typed): Domain {
  const has = (name: string): boolean => type.axes.some((axis) => axis.name === name);
  if (type.element === 'text') return 'text';
  if (has('height') && has('width')) return has('channel') ? 'picture' : 'labels';
  if (has('point') && has('xyz')) return 'points';
  return has('time') ? 'sound' : 'other';
}

/** The law: what is transformed together lies on one another. */
function alike(checker: Checker, statement: AugmentStatement, sources: readonly Typed[]): boolean {
  const [first, ...rest] = sources;
  for (const other of rest) {
    for (const name of ['height', 'width', 'frame', 'time']) {
      const [a, b] = [first, other].map((value) => value?.type.axes.find((axis) => axis.name === name));
      if (a === undefined || b === undefined || a.id === b.id) continue;
      checker.report.error('CX3002', statement.pattern.span, `one draw moves both, and they have two sizes of \`${name}\``, {
        found: `${a.id.split(':')[1] ?? ''} and ${b.id.split(':')[1] ?? ''}`,
        related: [first, other].flatMap((value) => (value === undefined ? [] : [{ span: value.span, label: `has ${printAxes(value.type.axes)}` }])),
        help: 'give both inputs one size',
      }); // prettier-ignore
      return false;
    }
  }
  return true;
}

/** `[view: 4]`: an axis of draws. */
function viewAxis(checker: Checker, statement: AugmentStatement): Axis | 'fault' | undefined {
  const { axes = [] } = statement;
  const [first, second] = axes;
  if (first === undefined) return undefined;
  const odd = second ?? (first.label === undefined ? first : undefined);
  if (odd !== undefined || first.label === undefined) {
    checker.report.error('CX3006', (odd ?? first).span, 'a view has one axis of draws', {
      expected: '`augment [view: 4] v = x |> …`',
    });
    return 'fault';
  }
  const { value } = first;
  const count = value.kind === 'quantity' && value.unit === undefined ? value.value : Number.NaN;
  if (!Number.isInteger(count) || count < 1) {
    checker.report.error('CX5006', value.span, 'the number of draws is a whole number of at least 1');
    return 'fault';
  }
  const born = bornAxis(checker, first.label, { kind: 'item', size: known(count) }, checker.fileScope(checker.root));
  return born ?? 'fault';
}

/** The axes after each step. */
function applied(
  checker: Checker,
  statement: AugmentStatement,
  source: Typed,
  chain: readonly CheckedStep[],
): readonly (readonly Axis[])[] | undefined {
  let { axes } = source.type;
  const after: (readonly Axis[])[] = [];
  const replace = (name: string, by: Axis | undefined): void => {
    axes = axes.flatMap((axis) => (axis.name === name ? (by === undefined ? [] : [by]) : [axis]));
  };
  for (const { name, given, born } of chain) {
    const { size, over } = given;
    if (name === 'one_frame') {
      if (!axes.some((axis) => axis.name === 'frame'))
        return checker.report.error('CX3003', statement.value.span, '`one_frame` takes a frame of a film, and this has no axis `frame`', { found: printAxes(axes) }); // prettier-ignore
      replace('frame', undefined);
    }
    if (name === 'random_crop' && typeof size === 'object' && 'height' in size) {
      replace('height', structuralAxis('height', known(size.height)));
      replace('width', structuralAxis('width', known(size.width)));
    }
    if (name === 'random_crop' && typeof size === 'object' && 'seconds' in size) {
      const rate = soundRate(checker, source);
      if (rate === undefined) return checker.report.error('CX5003', statement.value.span, 'a time is cut of a sound, and this is none'); // prettier-ignore
      replace('time', structuralAxis('time', known(Math.round(rate * size.seconds))));
    }
    if (name === 'window' && typeof over === 'object' && 'id' in over && typeof size === 'number') {
      const [word] = born ?? [];
      const span = statement.value.span;
      const scope = checker.fileScope(checker.root);
      const axis = word === undefined ? { ...structuralAxis(over.name, known(size)), kind: over.kind } : bornAxis(checker, { kind: 'name', text: word, span }, { kind: over.kind, size: known(size) }, scope); // prettier-ignore
      if (axis === undefined) return undefined;
      axes = axes.map((each) => (each.id === over.id ? axis : each));
    }
    after.push(axes);
  }
  return after;
}

/** `random_scale` gives pictures of all sizes: a window of one size follows. */
function windowed(checker: Checker, statement: AugmentStatement, chain: readonly CheckedStep[]): boolean {
  const scaled = chain.findIndex(({ step }) => step?.kind === 'scale');
  if (scaled < 0 || chain.slice(scaled).some(({ name }) => name === 'random_crop')) return true;
  checker.report.error('CX3014', statement.value.span, 'after `random_scale` pictures have many sizes, and a value has one', {
    help: 'take a window of one size: `|> random_scale(0.5..2.0) |> random_crop(128)`',
  }); // prettier-ignore
  return false;
}

/** Whether all of it runs on the columns of a sample, before the graph. */
function allBuilt(
  checker: Checker,
  sources: readonly Typed[],
  chain: readonly CheckedStep[],
  counted: Axis | undefined,
): boolean {
  // prettier-ignore
  const kinds = ['image', 'frames', 'mask', 'map', 'text', 'points', 'audio'];
  const areColumns = sources.every((source) => {
    const column = source.op === 'column' ? checker.columns.get(source.attributes.column)?.column : undefined;
    return (
      column !== undefined &&
      kinds.includes(column.kind) &&
      (column.each === undefined || counted === undefined) &&
      !('template' in column)
    );
  });
  return areColumns && built(chain) !== undefined;
}

interface CheckedView {
  readonly name: string;
  readonly source: Typed;
  readonly chain: readonly CheckedStep[];
  /** Axes after each step, without those of draws. */
  readonly after: readonly (readonly Axis[])[];
  /** Axes of the view. */
  readonly axes: readonly Axis[];
  readonly counted: Axis | undefined;
  readonly stream: string;
  /** All that are moved together. */
  readonly sources: readonly Typed[];
}

/** A column of its own, made of the other before the graph sees it. */
function columnView(
  checker: Checker,
  { name, source, chain, axes, counted, stream, sources }: CheckedView,
  statement: AugmentStatement,
): Typed {
  // prettier-ignore
  const of = source.op === 'column' ? source.attributes.column : '';
  const base = checker.columns.get(of)?.column;
  const size = (axis: string): number | undefined => {
    const found = axes.find((each) => each.name === axis)?.size;
    return found?.kind === 'known' ? found.value : undefined;
  };
  const view: View = {
    of,
    stream,
    steps: built(chain) ?? [],
    ...(counted?.size.kind === 'known' ? { count: counted.size.value } : {}),
    ...(chain.some(({ given }) => given['one_class'] !== undefined) ? { along: sources.flatMap((each) => (each.op === 'column' ? [each.attributes.column] : [])) } : {}), // prettier-ignore
  };
  if (base !== undefined) {
    const column = reshaped({ ...base, name, view }, size);
    checker.columns.set(name, { column, span: statement.span });
  }
  const part = (
    which: 'value' | 'mask' | 'present' | 'ids',
    element: 'f32' | 'i32' | 'bool' | 'text',
    own: readonly Axis[],
  ): Typed =>
    // prettier-ignore
    node('column', [source], { column: name, part: which, view: true }, { element, axes: own }, statement.span);
  const masks = maskParts(source).flatMap((mask) => {
    const own = orderAxes(mask.type.axes.flatMap((axis) => axes.find((each) => each.id === axis.id || each.name === axis.name) ?? [])); // prettier-ignore
    // a mask of frames is none where one frame is taken
    if (own.length < mask.type.axes.length) return [];
    const made = part(mask.attributes.part === 'present' ? 'present' : 'mask', 'bool', counted === undefined || own.length === 1 ? own : [batchAxis, counted, ...own.slice(1)]); // prettier-ignore
    return [{ ...made, mask: made }];
  });
  const mask = jointMask(masks, statement.span);
  const { element, indexes } = source.type;
  const whole = part(element === 'text' ? 'ids' : 'value', element, axes);
  return { ...whole, type: { ...whole.type, ...(indexes && { indexes }) }, ...(mask === undefined ? {} : { mask }) };
}

/** What the graph does: its random numbers are inputs. A mask of what is moved is moved along. */
function computedView({ source, chain, after, counted, stream }: CheckedView, statement: AugmentStatement): Typed {
  const before = (at: number): readonly Axis[] => (at === 0 ? source.type.axes : (after[at - 1] ?? []));
  const place = (at: number, axis: Axis): number => before(at).findIndex((each) => each.id === axis.id);
  const computed = (computedSteps(chain) ?? []).map((step, at) =>
    step.kind === 'window' ? { ...step, as: after[at]?.[place(at, step.over)] ?? step.over } : step,
  );
  // axes of the source behind whose end an operation may look
  const beyond = computed.flatMap((step, at) => outgrows(step).flatMap((axis) => source.type.axes[place(at, axis)] ?? [])); // prettier-ignore
  const draws = counted === undefined ? [] : [counted];
  const made = (value: Typed, mask: Typed | undefined): Typed => {
    // an operation puts one axis in the place of another
    const own = (axes: readonly Axis[]): readonly Axis[] =>
      axes.filter((_, at) => value.type.axes.some((axis) => axis.id === source.type.axes[at]?.id));
    const steps = computed.map((step, at) => ({ step, axes: own(after[at] ?? []) }));
    const { element, indexes } = value.type;
    const axes = withDraws(steps.at(-1)?.axes ?? value.type.axes, counted);
    const attributes = { stream, draws, steps, ...(value === mask ? ({ isMask: true } as const) : {}) };
    const args = mask === undefined ? [value] : [value, mask];
    return node('view', args, attributes, { element, axes, ...(indexes && { indexes }) }, statement.span);
  };
  const { mask } = source;
  const moved = movedAxes(chain);
  const isMoved = beyond.length > 0 || mask?.type.axes.some((axis) => moved.includes(axis.name)) === true;
  if (!isMoved) return { ...made(source, undefined), ...(mask === undefined ? {} : { mask }) };
  // a sample has one draw, which moves its mask too
  const axes = source.type.axes.filter((axis) => axis.id === 'batch' || beyond.some((each) => each.id === axis.id) || (mask !== undefined && hasAxis(mask.type, axis.id))); // prettier-ignore
  const one = node('number', [], { value: 1 }, { element: 'bool', axes: [] }, statement.span);
  const real = node('expand', [mask ?? one], { like: axes }, { element: 'bool', axes }, statement.span);
  return { ...made(source, real), mask: made(real, real) };
}

/** Names of the axes along which the steps move what stands there. */
const movedAxes = (chain: readonly CheckedStep[]): readonly string[] =>
  chain.flatMap(({ given: { over } }) => {
    const axes = Array.isArray(over) ? (over as readonly Axis[]) : typeof over === 'object' && 'id' in over ? [over] : [];
    return axes.length > 0 ? axes.map(({ name }) => name) : ['height', 'width'];
  }); // prettier-ignore

/** The column as it is after its steps: another size, or one frame. */
function reshaped(column: Column, size: (axis: string) => number | undefined): Column {
  switch (column.kind) {
    case 'image':
    case 'map':
    case 'mask':
      return { ...column, height: size('height') ?? column.height, width: size('width') ?? column.width };
    case 'frames': {
      const { frames, pick: _pick, kind: _kind, ...rest } = column;
      const sides = { height: size('height') ?? column.height, width: size('width') ?? column.width };
      return size('frame') === undefined ? { ...rest, ...sides, kind: 'image' } : { ...column, ...sides, frames };
    }
    case 'audio':
      return { ...column, samples: size('time') ?? column.samples };
    default:
      return column;
  }
}

/** Columns that a mask is joined of. */
function maskParts({ mask }: Typed): Extract<Typed, { readonly op: 'column' }>[] {
  if (mask === undefined) return [];
  const parts = (typed: Typed): Extract<Typed, { readonly op: 'column' }>[] =>
    typed.op === 'column' ? [typed] : typed.op === 'two' ? typed.args.flatMap(parts) : [];
  return parts(mask);
}

/** What has no body: of the right type, under the name of the first operation that lacks one. */
function unbuiltView(
  name: string,
  source: Typed,
  chain: readonly CheckedStep[],
  axes: readonly Axis[],
  statement: AugmentStatement,
): Typed {
  // prettier-ignore
  const first = chain.find(({ step }) => step === undefined) ?? chain[0];
  const what = `\`${first?.name ?? ''}\` of ${source.op === 'column' ? 'a column of this type' : 'a computed value'}`;
  const options = { draw: `augment:${name}`, steps: chain.map(({ name, given }) => ({ name, given: plainly(given) })) };
  const { element, indexes } = source.type;
  const mask = source.mask !== undefined && source.mask.type.axes.every((axis) => hasAxis({ element, axes }, axis.id)) ? source.mask : undefined; // prettier-ignore
  return unbuilt(what, [source], options, { element, axes, ...(indexes && { indexes }) }, statement.span, mask);
}

/** Values without what only the checker needs. */
const plainly = (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  JSON.parse(JSON.stringify(given, (key, value: unknown) => (key === 'signature' ? undefined : value))) as Record<string, unknown>; // prettier-ignore
