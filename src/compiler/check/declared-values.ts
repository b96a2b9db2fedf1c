import { nearestName } from '../common/suggest.ts';
import type { Declaration } from '../resolve/declarations.ts';
import type { Module } from '../resolve/modules.ts';
import type { Span } from '../source/span.ts';
import type {
  AxisStatement, Expression, InputStatement, LetStatement, PromptStatement, StringLiteral, VocabularyStatement, WeightStatement,
} from '../syntax/ast.ts'; // prettier-ignore
import { batchAxis, extent, known, type Axis, type AxisKind } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import { parsePromptText } from '../parse/prompt-text.ts';
import { constantOf, node } from './build.ts';
import type { Checker } from './checker.ts';
import { hasWrittenType } from './bind-pattern.ts';
import { encoderInstance, moduleInstance } from './instances.ts';
import { parameterValue } from './parameter-value.ts';
import type { Scope } from './scope.ts';
import type { PromptPart, PromptTable, Value } from './value.ts';

/** The value that a declaration introduces. */
export function declaredValue(checker: Checker, declaration: Declaration, module: Module): Value | undefined {
  const { statement } = declaration;
  const scope = checker.fileScope(module);
  switch (statement.kind) {
    case 'const': {
      const override = checker.overrides.get(statement.name.text);
      const typed = checker.tensor(override ?? statement.value, scope);
      if (typed === undefined) return undefined;
      if (constantOf(typed) === undefined) {
        return checker.report.error(
          'CX3011',
          statement.value.span,
          `\`${statement.name.text}\` is a \`const\`, a number known while compiling`,
        );
      }
      return { kind: 'tensor', typed };
    }
    case 'input':
      return inputValue(checker, statement);
    case 'prompt':
      return promptValue(checker, statement, scope);
    case 'encoder':
      return encoderInstance(checker, statement, scope);
    case 'module':
      return moduleInstance(checker, statement, scope);
    case 'param':
      return parameterValue(checker, statement, scope);
    case 'fn':
      return { kind: 'fn', fn: statement, module };
    case 'let':
      return letValue(checker, statement, scope, declaration.position);
    case 'loss': {
      const typed = checker.tensor(statement.value, scope);
      if (typed === undefined) return undefined;
      if (typed.type.axes.length > 0) {
        return checker.report.error(
          'CX3010',
          statement.value.span,
          `the loss \`${statement.name.text}\` is no single number`,
          {
            expected: 'a scalar, as `mean(…)` gives',
            found: printAxes(typed.type.axes),
            help: `write \`mean(…)\` around it, or \`mean(…, over: ${typed.type.axes.at(-1)?.name ?? ''})\` where one axis is left`,
          },
        );
      }
      return { kind: 'tensor', typed: { ...typed, label: statement.name.text } };
    }
    case 'weight':
      return weightValue(checker, statement, scope);
    case 'augment':
      return checker.notImplemented(statement.span, '`augment`');
    case 'pipe':
      return checker.notImplemented(statement.span, '`pipe`');
    case 'module-definition':
      return checker.notImplemented(statement.name.span, 'a module of one’s own (`module name(…) { … }`)');
    default:
      return checker.report.error('CX2009', declaration.name.span, `\`${declaration.name.text}\` is no value`);
  }
}

function letValue(checker: Checker, statement: LetStatement, scope: Scope, position: number): Value | undefined {
  const value = checker.expression(statement.value, scope);
  if (value === undefined) return undefined;
  if (statement.pattern.names.length > 1) {
    if (statement.type !== undefined) checker.notImplemented(statement.type.span, 'a type of several values');
    if (value.kind === 'tuple' && value.items.length === statement.pattern.names.length) return value.items[position];
    const count = value.kind === 'tuple' ? value.items.length : 'one value';
    return checker.report.error(
      'CX3006',
      statement.pattern.span,
      `${statement.pattern.names.length} names on the left, and ${count} on the right`,
    );
  }
  const label = statement.pattern.names[0]?.text;
  if (value.kind !== 'tensor' || label === undefined) return value;
  if (!hasWrittenType(checker, statement, value.typed, scope)) return undefined;
  return { kind: 'tensor', typed: { ...value.typed, label } };
}

// ── inputs ───────────────────────────────────────────────────────────

const inputTypes = [
  'image',
  'frames',
  'audio',
  'points',
  'text',
  'vector',
  'scalar',
  'map',
  'class',
  'labels',
  'mask',
  'id',
];

function inputValue(checker: Checker, statement: InputStatement): Value | undefined {
  const name = statement.name.text;
  const scope = checker.fileScope(checker.root);
  if (statement.optional) return checker.notImplemented(statement.span, '`optional` inputs');
  if (statement.each !== undefined) return checker.notImplemented(statement.each.name.span, '`each` inputs');
  const span = statement.span;
  if (statement.unit !== undefined && statement.type.text !== 'scalar')
    checker.report.error('CX5003', statement.unit.span, `a \`${statement.type.text}\` column has no unit`, {
      help: 'only a `scalar` column is in a unit',
    });
  closedArguments(checker, statement);
  const column = (
    kind: 'value' | 'ids',
    element: 'f32' | 'i32' | 'text',
    axes: readonly Axis[],
    indexes?: Axis,
  ): Value => ({
    kind: 'tensor',
    typed: {
      ...node(
        'column',
        [],
        { column: name, part: kind },
        { element, axes: [batchAxis, ...axes], ...(indexes === undefined ? {} : { indexes }) },
        span,
      ),
      label: name,
    },
  });
  switch (statement.type.text) {
    case 'image': {
      const [first, second] = statement.args.filter((argument) => argument.label === undefined);
      const height = sizeArgument(
        checker,
        first?.value,
        scope,
        statement.type.span,
        'an image needs its size: `image(64)`',
      );
      const width = second === undefined ? height : sizeArgument(checker, second.value, scope, span, '');
      if (height === undefined || width === undefined) return undefined;
      const fitArgument = statement.args.find((argument) => argument.label?.text === 'fit')?.value;
      const fit = fitArgument?.kind === 'reference' ? fitArgument.name : 'cover';
      if (fit !== 'cover' && fit !== 'contain' && fit !== 'stretch') {
        return checker.report.error('CX2010', fitArgument?.span ?? span, `\`${fit}\` is no way to fit an image`, {
          expected: 'cover, contain or stretch',
          ...(nearestName(fit, ['cover', 'contain', 'stretch']) === undefined
            ? {}
            : { suggestion: nearestName(fit, ['cover', 'contain', 'stretch']) ?? '' }),
        });
      }
      checker.columns.set(name, { column: { kind: 'image', name, height, width, fit }, span });
      return column('value', 'f32', [
        { id: `${name}.height`, name: 'height', kind: 'position', size: known(height) },
        { id: `${name}.width`, name: 'width', kind: 'position', size: known(width) },
        { id: 'channel', name: 'channel', kind: 'feature', size: known(3) },
      ]);
    }
    case 'text':
      checker.columns.set(name, { column: { kind: 'text', name, tokenizer: '' }, span });
      return column('ids', 'text', []);
    case 'id':
      checker.columns.set(name, { column: { kind: 'id', name }, span });
      return column('value', 'i32', []);
    case 'scalar': {
      const unit = statement.unit?.text;
      if (unit !== undefined && !['deg', 'rad', 'm', 's', '%'].includes(unit)) {
        return checker.report.error('CX5003', statement.unit?.span ?? span, `a column cannot be in \`${unit}\``, {
          expected: 'deg, rad, m, s or %',
        });
      }
      checker.columns.set(name, {
        column: { kind: 'scalar', name, scale: unit === 'deg' ? Math.PI / 180 : unit === '%' ? 0.01 : 1 },
        span,
      });
      return column('value', 'f32', []);
    }
    case 'vector':
    case 'class':
    case 'labels': {
      const argument = statement.args[0];
      if (argument === undefined)
        return checker.report.error(
          'CX3006',
          statement.type.span,
          `\`${statement.type.text}\` needs an axis: \`${statement.type.text}(name)\``,
        );
      if (statement.args.length > 1 && statement.type.text === 'class')
        return checker.notImplemented(statement.args[1]?.span ?? span, 'open classes');
      const axis = checker.axisOf(argument.value, scope);
      if (axis === undefined) return undefined;
      if (statement.type.text === 'vector') {
        if (axis.size.kind !== 'known')
          return checker.report.error('CX5006', argument.span, `\`${axis.name}\` is no axis of one sample`, {
            expected: 'an axis whose size the file states: `axis xyz = 3`',
          });
        checker.columns.set(name, {
          column: { kind: 'vector', name, size: extent(axis.size, { batch: 1, vocabularies: new Map() }) },
          span,
        });
        return column('value', 'f32', [axis]);
      }
      if (!checker.vocabularies.has(axis.name))
        return checker.report.error(
          'CX3007',
          argument.span,
          `\`${axis.name}\` has no words: a \`${statement.type.text}\` column needs a \`vocabulary\``,
        );
      if (statement.type.text === 'class') {
        checker.columns.set(name, { column: { kind: 'class', name, vocabulary: axis.name }, span });
        return column('value', 'i32', [], axis);
      }
      checker.columns.set(name, { column: { kind: 'labels', name, vocabulary: axis.name }, span });
      const mask = node(
        'column',
        [],
        { column: name, part: 'mask' },
        { element: 'bool', axes: [batchAxis, axis] },
        span,
      );
      const value = column('value', 'f32', [axis]);
      return value.kind === 'tensor' ? { kind: 'tensor', typed: { ...value.typed, mask } } : value;
    }
    default: {
      if (inputTypes.includes(statement.type.text))
        return checker.notImplemented(statement.type.span, `input of type \`${statement.type.text}\``);
      const suggestion = nearestName(statement.type.text, inputTypes);
      return checker.report.error('CX2012', statement.type.span, `there is no input type \`${statement.type.text}\``, {
        expected: inputTypes.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}

/** Arguments of an input type: how many without a name, and which options. */
const inputArguments: Readonly<Record<string, { readonly most: number; readonly options: readonly string[] }>> = {
  image: { most: 2, options: ['fit'] }, text: { most: 0, options: [] }, id: { most: 0, options: [] }, scalar: { most: 0, options: [] },
  vector: { most: 1, options: [] }, class: { most: 2, options: [] }, labels: { most: 1, options: [] },
}; // prettier-ignore

/** Nothing that is written is ignored. */
function closedArguments(checker: Checker, statement: InputStatement): void {
  const legal = inputArguments[statement.type.text];
  if (legal === undefined) return;
  const what = `\`${statement.type.text}\``;
  let unnamed = 0;
  for (const argument of statement.args) {
    const { label } = argument;
    if (label === undefined) {
      unnamed += 1;
      if (unnamed > legal.most)
        checker.report.error('CX3006', argument.span, `${what} takes ${legal.most === 0 ? 'no value' : legal.most === 1 ? '1 value' : `at most ${legal.most} values`}, and this is one more`); // prettier-ignore
    } else if (!legal.options.includes(label.text)) {
      const suggestion = nearestName(label.text, legal.options);
      checker.report.error('CX2010', label.span, `${what} has no option \`${label.text}\``, {
        expected: legal.options.length === 0 ? 'no options' : legal.options.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}

function sizeArgument(
  checker: Checker,
  expression: Expression | undefined,
  scope: Scope,
  span: Span,
  help: string,
): number | undefined {
  if (expression === undefined) return checker.report.error('CX3006', span, help);
  const typed = checker.tensor(expression, scope);
  const value = typed === undefined ? undefined : constantOf(typed);
  if (typed === undefined) return undefined;
  if (value === undefined || !Number.isInteger(value) || value < 1 || value > 4096) {
    return checker.report.error(
      'CX5006',
      expression.span,
      'a size in pixels is a whole number from 1 to 4096',
      value === undefined ? {} : { found: String(value) },
    );
  }
  return value;
}

// ── axes and vocabularies ────────────────────────────────────────────

export function vocabularyAxis(checker: Checker, declaration: Declaration, module: Module): Axis | undefined {
  const { statement } = declaration;
  if (statement.kind === 'vocabulary') return vocabulary(checker, statement);
  if (statement.kind === 'axis') return axis(checker, statement, module);
  return undefined;
}

function axis(checker: Checker, statement: AxisStatement, module: Module): Axis | undefined {
  const kind = statement.axisKind?.text ?? 'feature';
  if (kind !== 'item' && kind !== 'position' && kind !== 'feature') {
    return checker.report.error(
      'CX2012',
      statement.axisKind?.span ?? statement.span,
      `\`${kind}\` is no kind of axis`,
      { expected: 'item, position or feature' },
    );
  }
  if (statement.value === undefined) return checker.notImplemented(statement.span, 'an axis without a size');
  if (statement.value.kind === 'list')
    return checker.notImplemented(statement.value.span, 'an axis with named entries');
  const typed = checker.tensor(
    checker.overrides.get(statement.name.text) ?? statement.value,
    checker.fileScope(module),
  );
  const size = typed === undefined ? undefined : constantOf(typed);
  if (typed === undefined) return undefined;
  if (size === undefined || !Number.isInteger(size) || size < 1) {
    return checker.report.error('CX5006', statement.value.span, 'the size of an axis is a whole number of at least 1');
  }
  const axisKind: AxisKind = kind;
  return { id: statement.name.text, name: statement.name.text, kind: axisKind, size: known(size) };
}

function vocabulary(checker: Checker, statement: VocabularyStatement): Axis | undefined {
  const name = statement.name.text;
  const entries: string[] = [];
  const groups: Record<string, number[]> = {};
  const add = (list: Expression, group: string | undefined): boolean => {
    if (list.kind !== 'list') {
      checker.notImplemented(list.span, 'this way to give the words of a vocabulary');
      return false;
    }
    for (const item of list.items) {
      if (item.value.kind !== 'string') {
        checker.report.error('CX5002', item.span, 'the entries of a vocabulary are strings');
        return false;
      }
      const word = item.value.value;
      if (entries.includes(word)) {
        checker.report.error('CX5008', item.span, `"${word}" is in the vocabulary twice`);
        return false;
      }
      if (group !== undefined) (groups[group] ??= []).push(entries.length);
      entries.push(word);
    }
    return true;
  };
  if (statement.form === 'from') {
    const source = statement.value;
    if (source?.kind !== 'member' || source.object.kind !== 'reference')
      return checker.notImplemented(statement.span, 'this source of a vocabulary');
    checker.vocabularies.set(name, {
      name,
      entries: [],
      groups: {},
      from: { data: source.object.name, column: source.member.text },
    });
    return { id: name, name, kind: 'item', size: { kind: 'vocabulary', name } };
  }
  if (statement.form === 'equals' && statement.value !== undefined && !add(statement.value, undefined))
    return undefined;
  for (const field of statement.map?.fields ?? []) {
    const group = field.key.kind === 'dotted-key' ? field.key.parts.map((part) => part.text).join('.') : undefined;
    if (group === undefined || !add(field.value, group)) return undefined;
  }
  if (entries.length === 0)
    return checker.report.error('CX5002', statement.span, `the vocabulary \`${name}\` has no entries`);
  checker.vocabularies.set(name, { name, entries, groups });
  return { id: name, name, kind: 'item', size: known(entries.length) };
}

// ── prompts ──────────────────────────────────────────────────────────

function promptValue(checker: Checker, statement: PromptStatement, scope: Scope): Value | undefined {
  const name = statement.name.text;
  const build = (
    over: readonly { readonly slot: string; readonly axis: Axis }[],
    as: string,
    span: Span,
  ): PromptTable | undefined => {
    const literals =
      statement.value.kind === 'list' ? statement.value.items.map((item) => item.value) : [statement.value];
    const templates = literals.map((literal) =>
      literal.kind === 'string'
        ? promptParts(checker, literal, over, statement)
        : checker.report.error('CX5002', literal.span, 'a template is a string'),
    );
    if (templates.some((template) => template === undefined)) return undefined;
    const template: Axis = { id: `${name}.template`, name: 'template', kind: 'item', size: known(templates.length) };
    const axes = [...(statement.value.kind === 'list' ? [template] : []), ...over.map((entry) => entry.axis)];
    return {
      name: as,
      axes,
      templates: templates.filter((parts) => parts !== undefined),
      over: over.map((entry) => entry.axis),
      span,
    };
  };
  if (statement.params !== undefined) {
    const [parameter, second] = statement.params;
    if (parameter === undefined || second !== undefined)
      return checker.notImplemented(statement.span, 'a prompt with other than one parameter');
    return {
      kind: 'prompt-fn',
      parameters: statement.params,
      build: (axis, span) => build([{ slot: parameter.name.text, axis }], `${name}(${axis.name})`, span),
    };
  }
  const over = statement.over.map((vocabularyName) => ({
    slot: vocabularyName.text,
    axis: checker.axisByName(vocabularyName, scope),
  }));
  const resolved = over.flatMap(({ slot, axis: each }) => (each === undefined ? [] : [{ slot, axis: each }]));
  if (resolved.length !== over.length) return undefined;
  const table = build(resolved, name, statement.span);
  if (table === undefined) return undefined;
  checker.prompts.set(table.name, table);
  return { kind: 'prompt', prompt: table };
}

function promptParts(
  checker: Checker,
  literal: StringLiteral,
  over: readonly { readonly slot: string; readonly axis: Axis }[],
  statement: PromptStatement,
): readonly PromptPart[] | undefined {
  const { parts, diagnostics } = parsePromptText(literal);
  checker.report.diagnostics.push(...diagnostics);
  if (diagnostics.length > 0) return undefined;
  const result: PromptPart[] = [];
  const used = new Set<string>();
  for (const part of parts) {
    if (part.kind === 'text') {
      result.push({ kind: 'text', text: part.text });
      continue;
    }
    const slot = part.expression;
    const named = slot.kind === 'reference' ? over.find((entry) => entry.slot === slot.name) : undefined;
    if (named === undefined) {
      const vocabulary = slot.kind === 'reference' ? checker.root.declarations.find(slot.name, 'axis') : undefined;
      if (vocabulary !== undefined) {
        return checker.report.error('CX5002', slot.span, `the prompt is not over \`${vocabulary.name.text}\``, {
          help: `write \`prompt ${statement.name.text} over ${[...over.map((entry) => entry.slot), vocabulary.name.text].join(', ')} = …\``,
        });
      }
      if (slot.kind === 'reference') {
        const { root } = checker;
        const isValue = root.declarations.find(slot.name, 'value') !== undefined || root.imports.has(slot.name);
        if (!isValue && !root.broken.has(slot.name)) {
          const suggestion = nearestName(slot.name, [...over.map((entry) => entry.slot), ...root.declarations.names('axis', 'value')]); // prettier-ignore
          return checker.report.error('CX2001', slot.span, `there is nothing called \`${slot.name}\` for this slot`, {
            expected:
              over.map((entry) => `{${entry.slot}}`).join(', ') || 'a vocabulary: `prompt p over v = "… {v} …"`',
            ...(suggestion === undefined ? {} : { suggestion }),
          });
        }
      }
      return checker.notImplemented(slot.span, 'a slot that is computed from a value');
    }
    used.add(named.slot);
    result.push({ kind: 'entry', axis: named.axis });
  }
  const unused = over.find((entry) => !used.has(entry.slot));
  if (unused !== undefined) {
    return checker.report.error('CX5002', literal.span, `the template has no slot for \`${unused.slot}\``, {
      expected: `{${unused.slot}}`,
      help: 'without it every entry gives the same text',
    });
  }
  return result;
}

// ── weights ──────────────────────────────────────────────────────────

function weightValue(checker: Checker, statement: WeightStatement, scope: Scope): Value | undefined {
  const name = statement.name.text;
  const expression = checker.overrides.get(name) ?? statement.value;
  if (expression.kind === 'call' && expression.callee.kind === 'reference' && expression.callee.name === 'ramp') {
    const [range] = expression.args;
    const odd = expression.args.find((argument, position) => position > 0 && argument.label?.text !== 'over');
    if (odd !== undefined)
      return checker.report.error('CX2010', odd.label?.span ?? odd.span, 'a ramp has no such option', {
        expected: 'over',
        help: '`ramp(0 -> 1, over: 5 epochs)`',
      });
    const over = expression.args.find((argument) => argument.label?.text === 'over')?.value;
    const bounds = [range?.value, range?.arrows[0]].map((bound) => {
      const typed = bound === undefined ? undefined : checker.tensor(bound, scope);
      return typed === undefined ? undefined : constantOf(typed);
    });
    const unit = over?.kind === 'quantity' ? over.unit?.text.replace(/s$/, '') : undefined;
    if (
      bounds[0] === undefined ||
      bounds[1] === undefined ||
      over?.kind !== 'quantity' ||
      (unit !== 'epoch' && unit !== 'step')
    ) {
      return checker.report.error(
        'CX5006',
        expression.span,
        'a ramp goes from one number to another over a number of epochs or steps',
        { help: '`ramp(0 -> 1, over: 5 epochs)`' },
      );
    }
    checker.weights.set(name, {
      name,
      span: statement.span,
      ramp: { from: bounds[0], to: bounds[1], value: over.value, unit },
    });
  } else {
    const typed = checker.tensor(expression, scope);
    const constant = typed === undefined ? undefined : constantOf(typed);
    if (typed === undefined) return undefined;
    if (constant === undefined)
      return checker.report.error(
        'CX3011',
        expression.span,
        `the weight \`${name}\` is a number known while compiling, or a \`ramp(…)\``,
      );
    checker.weights.set(name, { name, span: statement.span, constant });
  }
  const { constant } = checker.weights.get(name) ?? {};
  // in a formula a constant weight is its number; only a scheduled one is fed at every step
  const type = { element: 'f32', axes: [] } as const;
  const typed =
    constant === undefined
      ? node('weight', [], { name }, type, statement.span)
      : node('number', [], { value: constant }, type, statement.span);
  return { kind: 'tensor', typed: { ...typed, label: name } };
}
