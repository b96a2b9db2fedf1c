import { nearestName } from '../common/suggest.ts';
import { parsePromptText } from '../parse/prompt-text.ts';
import type { Span } from '../source/span.ts';
import type { PromptStatement, StringLiteral } from '../syntax/ast.ts';
import { known, type Axis } from '../types/axis.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';
import type { PromptPart, PromptTable, Value } from './value.ts';

/** A table of texts, or a function of a vocabulary that gives one. */
export function promptValue(checker: Checker, statement: PromptStatement, scope: Scope): Value | undefined {
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
