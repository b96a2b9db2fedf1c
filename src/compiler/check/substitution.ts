/** `e with x = v` and `e on d`: the same equation of something else. */
import type { DatasetSpec } from '../program/dataset.ts';
import type { DataStatement, OnData, With } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { node, orderAxes } from './build.ts';
import type { Checker } from './checker.ts';
import type { Narrowing } from './checked.ts';
import { unknownName } from './named-value.ts';
import { unknownData } from './unknown-data.ts';
import { reachable } from './reachability.ts';
import type { Scope } from './scope.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';

/** `e with x = v`: every equation of the file behind e is checked again with v for x. Draws stay those of their `let`. */
export function substituted(checker: Checker, expression: With, scope: Scope): Value | undefined {
  const { path } = expression;
  const name = path.head.text;
  if (path.steps.length > 0)
    return checker.report.error('CX2009', path.span, '`with` takes the place of a value, and this is a part of one', {
      expected: 'the name of a `let`, an `input` or an `augment`',
    });
  const local = scope.value(name);
  if (local !== undefined) {
    return checker.report.error('CX2009', path.span, `\`${name}\` is a name of this formula, not of the file`, {
      help: `what was worked out before this line does not change: make it a fn and call it with the other value`,
    });
  }
  const found = checker.declarationOf(name, scope.module, 'value');
  if (found === undefined) return unknownName(checker, name, path.span, scope);
  const original = checker.declared(found.declaration, found.module, path.span);
  const replacement = checker.expression(expression.replacement, scope);
  if (original === undefined || replacement === undefined) return undefined;
  if (original.kind !== 'tensor' || replacement.kind !== 'tensor')
    return checker.report.error('CX2009', path.span, `\`${name}\` is no value that another could stand for`, {
      expected: 'the name of a `let`, an `input` or an `augment`',
    });
  const given: Value = { kind: 'tensor', typed: { ...replacement.typed, label: name } };
  const value = checker.substituting(found.declaration, given, (known) => dependsOn(known, original.typed), () =>
    checker.expression(expression.value, scope),
  ); // prettier-ignore
  if (value?.kind === 'tensor' && !reachable([value.typed]).has(given.typed) && given.typed !== value.typed) {
    checker.report.error('CX4006', path.span, `the value before \`with\` does not read \`${name}\``, {
      severity: 'warning',
      help: 'it is the same with any other value: remove the `with`, or substitute what it reads',
    });
  }
  return value;
}

/**
 * What `work` finds where the columns of a data set stand for others: `data reversed = twins with video = reverse(video, over: frame)`.
 * Sets that it is made of hand theirs on; the own one is the outermost.
 */
export function withColumnsOf<Result>(
  checker: Checker,
  data: string,
  specs: ReadonlyMap<string, DatasetSpec>,
  work: () => Result,
): Result {
  const replacements = replacementsOf(checker, data, specs);
  const step = (at: number): Result => {
    const next = replacements[at];
    if (next === undefined) return work();
    const { path, replacement } = next;
    const found = checker.declarationOf(path.head.text, checker.root, 'value');
    // other words: `wordsWith`
    if (found === undefined) return step(at + 1);
    const original = checker.declared(found.declaration, found.module, path.span);
    const value = checker.expression(replacement, checker.fileScope(checker.root));
    if (original?.kind !== 'tensor' || value?.kind !== 'tensor') return step(at + 1);
    const given: Value = { kind: 'tensor', typed: { ...value.typed, label: path.head.text } };
    return checker.substituting(found.declaration, given, (known) => dependsOn(known, original.typed), () => step(at + 1)); // prettier-ignore
  };
  return step(0);
}

/** `data unseen = … with action = new_action`: the words that stand in the place of a vocabulary's, where this set is read. */
export function wordsWith(
  checker: Checker,
  data: string,
  specs: ReadonlyMap<string, DatasetSpec>,
): Narrowing | undefined {
  const found = replacementsOf(checker, data, specs).flatMap(({ path, replacement }) => {
    const name = path.head.text;
    if (path.steps.length > 0 || vocabularyOf(checker, name) === undefined) return [];
    const words = replacement.kind === 'reference' ? vocabularyOf(checker, replacement.name) : undefined;
    const lacking = words === undefined ? undefined : Object.keys(checker.vocabularies.get(name)?.columns ?? {}).find((column) => checker.vocabularies.get(words)?.columns?.[column] === undefined); // prettier-ignore
    if (words !== undefined && lacking === undefined) return [{ vocabulary: name, words, span: path.span }];
    checker.report.error('CX2009', replacement.span, lacking === undefined ? `\`${name}\` is a vocabulary, and the words of another stand in its place` : `\`${words ?? ''}\` has no column \`${lacking}\`, which \`${name}\` has`, {
      expected: checker.root.declarations.all.filter((each) => each.kind === 'vocabulary' && each.name.text !== name).map((each) => each.name.text).join(', ') || 'a vocabulary',
    });
    return [];
  }); // prettier-ignore
  const [, second] = found;
  // the outermost counts where one vocabulary is replaced twice
  const last = found.at(-1);
  if (second !== undefined && found.some(({ vocabulary }) => vocabulary !== last?.vocabulary))
    checker.unbuilt(second.span, '`with` of several vocabularies on a data set');
  return last === undefined ? undefined : { vocabulary: last.vocabulary, words: last.words };
}

/** The name of a vocabulary of the file, where it is one. */
function vocabularyOf(checker: Checker, name: string): string | undefined {
  const declaration = checker.root.declarations.find(name, 'axis') ?? checker.root.imports.get(name)?.declaration;
  return declaration?.kind === 'vocabulary' ? name : undefined;
}

function replacementsOf(
  checker: Checker,
  data: string,
  specs: ReadonlyMap<string, DatasetSpec>,
): DataStatement['withs'] {
  const source = specs.get(data)?.source;
  const inherited = source?.kind === 'same' || source?.kind === 'split' ? replacementsOf(checker, source.data, specs) : []; // prettier-ignore
  const statement = checker.root.declarations.find(data, 'data')?.statement;
  return [...inherited, ...(statement?.kind === 'data' ? statement.withs : [])];
}

/** Whether a declared value was worked out from this one. */
export function dependsOn(value: Value, original: Typed): boolean {
  switch (value.kind) {
    case 'tensor':
      return reads(value.typed, original);
    case 'tuple':
      return value.items.some((item) => dependsOn(item, original));
    case 'prompt':
      return typedInside(value.prompt).some((typed) => reads(typed, original));
    default:
      return false;
  }
}

/** Whether a value is made of the other: `let z = g` is `g` under another label, with what it was made of in common. */
function reads(typed: Typed, original: Typed): boolean {
  const { args, attributes } = original;
  return [...reachable([typed])].some((each) => each === original || (each.args === args && each.attributes === attributes)); // prettier-ignore
}

/** Typed values that plain data holds somewhere. */
function typedInside(found: unknown): Typed[] {
  if (typeof found !== 'object' || found === null) return [];
  if ('op' in found && 'args' in found && 'attributes' in found) return [found as Typed];
  return Object.values(found).flatMap(typedInside);
}

/** `e on d`: the value over a whole data set; `batch` becomes an item axis of its name. */
export function onData(checker: Checker, expression: OnData, scope: Scope): Typed | undefined {
  const name = expression.data.text;
  if (checker.declarationOf(name, checker.root, 'data') === undefined)
    return unknownData(checker, name, expression.data.span);
  const value = checker.tensor(expression.value, scope);
  if (value === undefined) return undefined;
  const { element, indexes } = value.type;
  if (element === 'text')
    return checker.report.error('CX3007', expression.span, 'texts have no value over a data set', {
      help: 'take what a text tower makes of them: `clip.text(caption) on d`',
    });
  const axis: Axis = { id: `on ${name}`, name, kind: 'item', size: { kind: 'samples', data: name } };
  const renamed = (axes: readonly Axis[]): readonly Axis[] =>
    orderAxes(axes.map((each) => (each.id === 'batch' ? axis : each.renames === 'batch' ? { ...each, size: axis.size, renames: axis.id } : each))); // prettier-ignore
  const over = (whole: Typed): Typed => {
    const type = { element: whole.type.element, axes: renamed(whole.type.axes) };
    return node('on_data', [whole], { data: name }, type, expression.span);
  };
  const mask = value.mask === undefined || !hasAxis(value.mask.type, 'batch') ? value.mask : over(value.mask);
  const type = { element, axes: renamed(value.type.axes), ...(indexes && { indexes }) };
  return node('on_data', [value], { data: name }, type, expression.span, mask);
}
