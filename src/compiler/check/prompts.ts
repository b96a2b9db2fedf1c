import { nearestName } from '../common/suggest.ts';
import { parsePromptText } from '../parse/prompt-text.ts';
import type { TextExpression, TextTemplate } from '../program/text-template.ts';
import type { Span } from '../source/span.ts';
import type { Expression, Member, PromptStatement, StringLiteral } from '../syntax/ast.ts';
import { batchAxis, known, type Axis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { asTensor } from './as-tensor.ts';
import { node, orderAxes, sized } from './build.ts';
import type { Checker } from './checker.ts';
import { axisByName } from './named-axis.ts';
import { printFormula } from './print-formula.ts';
import { Scope } from './scope.ts';
import { textExpression } from './text-expressions.ts';
import type { Typed } from './typed.ts';
import type { PromptPart, PromptTable, PromptVectors, Value } from './value.ts';

/** A vocabulary that a prompt is over, by the name that its slots use. */
interface Slot {
  readonly slot: string;
  readonly axis: Axis;
}

/** A table of texts, or a function of a vocabulary that gives one. */
export function promptValue(checker: Checker, statement: PromptStatement, scope: Scope): Value | undefined {
  const name = statement.name.text;
  if (statement.params !== undefined) {
    const { params } = statement;
    return {
      kind: 'prompt-fn',
      parameters: params,
      build: (axes, span) => {
        const over = params.flatMap((parameter, at) => {
          const axis = axes[at];
          return axis === undefined ? [] : [{ slot: parameter.name.text, axis }];
        });
        const called = `${name}(${axes.map((axis) => axis.name).join(', ')})`;
        return new PromptBuilder(checker, statement, scope, over).build(called, span);
      },
    };
  }
  const over = statement.over.map((vocabularyName) => ({
    slot: vocabularyName.text,
    axis: axisByName(checker, vocabularyName, scope),
  }));
  const resolved = over.flatMap(({ slot, axis }) => (axis === undefined ? [] : [{ slot, axis }]));
  if (resolved.length !== over.length) return undefined;
  const table = new PromptBuilder(checker, statement, scope, resolved).build(name, statement.span);
  return table === undefined ? undefined : { kind: 'prompt', prompt: table };
}

/** The words of a prompt as a text tower takes them: with an entry for each axis of its texts and of the vectors spliced into them. */
export function promptNode(checker: Checker, prompt: PromptTable, span: Span): Typed {
  const items = prompt.vectors.flatMap(({ items: axes }) => axes);
  const axes = [...prompt.axes];
  for (const axis of items) if (!axes.some((each) => each.id === axis.id)) axes.push(axis);
  const column = prompt.column === undefined ? [] : [columnNode(checker, prompt, prompt.column)];
  const vectors = prompt.vectors.map(({ typed }) => typed);
  return node('prompt', [...column, ...vectors], { prompt: prompt.name }, { element: 'text', axes: orderAxes(axes) }, span); // prettier-ignore
}

/** `distance.metres : [distance]`: a further column of a vocabulary. */
export function entryColumn(checker: Checker, axis: Axis, { member, span }: Member): Value | undefined {
  const vocabulary = checker.vocabularies.get(axis.id);
  const { columns = {}, from } = vocabulary ?? {};
  const legal = [...Object.keys(columns), ...(from?.kind === 'csv' ? Object.keys(from.columns) : [])];
  if (!legal.includes(member.text)) {
    const suggestion = nearestName(member.text, legal);
    return checker.report.error('CX2010', member.span, `the vocabulary \`${axis.name}\` has no column \`${member.text}\``, {
      expected: legal.length === 0 ? 'no columns' : legal.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    }); // prettier-ignore
  }
  // what a table holds is not read while checking: it is words
  const element = columns[member.text]?.every((value) => typeof value === 'number') === true ? 'f32' : 'text';
  const typed = node('entry_column', [], { vocabulary: axis.id, column: member.text }, { element, axes: [axis] }, span);
  return { kind: 'tensor', typed };
}

/** Whether vectors that are spliced in are as wide as the tokens of the tower, and leave room for the words. `width` is the tower's. */
export function promptFits(
  checker: Checker,
  prompt: PromptTable,
  tower: { readonly name: string; readonly width: Axis | undefined; readonly context: number },
  span: Span,
): boolean {
  let fits = true;
  for (const { width, formula, span: at } of prompt.vectors) {
    if (tower.width === undefined || width.id === tower.width.id) continue;
    fits = false;
    checker.report.error('CX3003', span, `\`${formula}\` has vectors of \`${width.id}\`, and \`${tower.name}\` reads \`${tower.width.id}\``, {
      related: [{ span: at, label: `spliced in here, ${sized(width)}` }],
      expected: sized(tower.width),
      help: `declare them with \`${tower.width.id}\`, or project them: \`linear(${width.id} -> ${tower.width.id})\``,
    }); // prettier-ignore
  }
  // start and end take a place each
  for (const parts of prompt.templates) {
    const taken = parts.reduce((sum, part) => sum + (part.kind === 'vectors' ? (prompt.vectors[part.slot]?.length ?? 0) : 0), 2); // prettier-ignore
    if (taken <= tower.context) continue;
    fits = false;
    checker.report.error('CX5006', prompt.span, `the prompt needs ${taken} places for its vectors, start and end, and \`${tower.name}\` has ${tower.context}`, {
      related: [{ span, label: 'read here' }],
      help: 'take fewer vectors',
    }); // prettier-ignore
  }
  return fits;
}

/** The texts of samples are a column, put together of the columns that its slots read. */
function columnNode(checker: Checker, prompt: PromptTable, column: string): Typed {
  const type = { element: 'text', axes: prompt.axes } as const;
  return { ...node('column', prompt.reads, { column, part: 'ids' }, type, checker.columns.get(column)?.span ?? prompt.span), label: prompt.name }; // prettier-ignore
}

class PromptBuilder {
  readonly #checker: Checker;
  readonly #statement: PromptStatement;
  readonly #scope: Scope;
  readonly #over: readonly Slot[];
  readonly #vectors: PromptVectors[] = [];
  /** Values that slots write out and that depend on the sample. */
  readonly #reads: Typed[] = [];

  constructor(checker: Checker, statement: PromptStatement, scope: Scope, over: readonly Slot[]) {
    this.#checker = checker;
    this.#statement = statement;
    this.#over = over;
    this.#scope = new Scope(scope.module, scope.prefix, scope);
    for (const { slot, axis } of over) this.#scope.bind(slot, { kind: 'axis', axis });
  }

  build(name: string, span: Span): PromptTable | undefined {
    const { value } = this.#statement;
    const isList = value.kind === 'list';
    const literals = isList ? value.items.map((item) => item.value) : [value];
    const templates = literals.map((literal) =>
      literal.kind === 'string'
        ? this.#template(literal)
        : this.#checker.report.error('CX5002', literal.span, 'a template is a string'),
    );
    if (templates.some((template) => template === undefined)) return undefined;
    const parts = templates.filter((template) => template !== undefined);
    const template: Axis = { id: `${this.#statement.name.text}.template`, name: 'template', kind: 'item', size: known(templates.length) }; // prettier-ignore
    const over = this.#over.map(({ axis }) => axis);
    const isBatch = this.#reads.some((typed) => hasAxis(typed.type, 'batch'));
    const table: PromptTable = {
      name,
      axes: [...(isBatch ? [batchAxis] : []), ...(isList ? [template] : []), ...over],
      templates: parts,
      over,
      vectors: this.#vectors,
      reads: isBatch ? this.#reads : [],
      span,
      ...(isBatch ? { column: name } : {}),
    };
    if (isBatch) {
      const column = { kind: 'text', name, tokenizer: '', template: textTemplate(table) } as const;
      this.#checker.columns.set(name, { column, span });
    }
    this.#checker.prompts.set(name, table);
    return table;
  }

  #template(literal: StringLiteral): readonly PromptPart[] | undefined {
    const { parts, diagnostics } = parsePromptText(literal);
    this.#checker.report.diagnostics.push(...diagnostics);
    if (diagnostics.length > 0) return undefined;
    const result: PromptPart[] = [];
    const used = new Set<string>();
    for (const part of parts) {
      const read = part.kind === 'text' ? part : this.#slot(part.expression, used);
      if (read === undefined) return undefined;
      result.push(read);
    }
    const unused = this.#over.find(({ slot }) => !used.has(slot));
    if (unused !== undefined) {
      return this.#checker.report.error('CX5002', literal.span, `the template has no slot for \`${unused.slot}\``, {
        expected: `{${unused.slot}}`,
        help: 'without it every entry gives the same text',
      });
    }
    return result;
  }

  #slot(slot: Expression, used: Set<string>): PromptPart | undefined {
    const named = slot.kind === 'reference' ? this.#over.find((entry) => entry.slot === slot.name) : undefined;
    if (named !== undefined && !this.#checker.vocabularies.has(named.axis.id)) {
      return this.#checker.report.error('CX5002', slot.span, `\`${named.axis.name}\` has no words to stand in a text`, {
        expected: 'a `vocabulary`, or a value with this axis whose vectors are spliced in',
      });
    }
    if (named !== undefined) {
      used.add(named.slot);
      return { kind: 'entry', axis: named.axis };
    }
    if (slot.kind === 'reference' && !this.#isKnown(slot.name, slot.span)) return undefined;
    const value = this.#checker.expression(slot, this.#scope);
    if (value === undefined) return undefined;
    if (value.kind === 'text') return { kind: 'text', text: value.value };
    if (value.kind === 'axis') return this.#notOver(value.axis, slot.span);
    const typed = asTensor(this.#checker, value, slot.span);
    if (typed === undefined) return undefined;
    for (const { slot: name, axis } of this.#over) if (hasAxis(typed.type, axis.id)) used.add(name);
    const formula = printFormula(slot);
    if (typed.type.element === 'f32' && typed.type.axes.some((axis) => axis.kind === 'feature'))
      return this.#vectorSlot(typed, formula, slot.span);
    const over = this.#over.map(({ axis }) => axis);
    const expression = textExpression(this.#checker, typed, over, slot.span);
    if (expression === undefined) return undefined;
    this.#reads.push(typed);
    return { kind: 'expression', expression, formula };
  }

  /** Told here in the words of prompts; what is declared is looked at by what it is. */
  #isKnown(name: string, span: Span): boolean {
    const { module } = this.#scope;
    const vocabulary = module.declarations.find(name, 'axis');
    if (vocabulary !== undefined) {
      this.#checker.report.error(
        'CX5002',
        span,
        `the prompt is not over \`${vocabulary.name.text}\``,
        this.#wayOut(name),
      );
      return false;
    }
    const isValue = module.declarations.find(name, 'value') !== undefined || module.imports.has(name);
    if (isValue || this.#scope.value(name) !== undefined) return true;
    if (module.broken.has(name)) return false;
    const slots = this.#over.map((entry) => entry.slot);
    const suggestion = nearestName(name, [...slots, ...module.declarations.names('axis', 'value')]);
    this.#checker.report.error('CX2001', span, `there is nothing called \`${name}\` for this slot`, {
      expected: slots.map((entry) => `{${entry}}`).join(', ') || 'a vocabulary: `prompt p over v = "… {v} …"`',
      ...(suggestion === undefined ? {} : { suggestion }),
    });
    return false;
  }

  #wayOut(name: string): { readonly help: string } {
    const over = [...this.#over.map((entry) => entry.slot), name].join(', ');
    return { help: `write \`prompt ${this.#statement.name.text} over ${over} = …\`` };
  }

  #notOver(axis: Axis, span: Span): undefined {
    return this.#checker.report.error(
      'CX5002',
      span,
      `the prompt is not over \`${axis.name}\``,
      this.#wayOut(axis.name),
    );
  }

  /** `{ctx}`: vectors in the place of tokens. One feature axis, at most one position axis; the others are those of the prompt. */
  #vectorSlot(typed: Typed, formula: string, span: Span): PromptPart | undefined {
    const features = typed.type.axes.filter((axis) => axis.kind === 'feature');
    const positions = typed.type.axes.filter((axis) => axis.kind === 'position');
    const [width, second] = features;
    const [position, third] = positions;
    if (width === undefined || second !== undefined || third !== undefined) {
      return this.#checker.report.error('CX3004', span, 'vectors in a prompt have one feature axis, the text width, and at most one position axis', {
        found: printAxes(typed.type.axes),
        ...(second === undefined ? {} : { help: 'declare the axis along the prompt as a position: `axis context: position = 16`' }),
      }); // prettier-ignore
    }
    if (position !== undefined && position.size.kind !== 'known') {
      return this.#checker.report.error('CX5006', span, `how many positions \`${position.name}\` takes is not known while compiling`); // prettier-ignore
    }
    const length = position?.size.kind === 'known' ? position.size.value : 1;
    const items = typed.type.axes.filter((axis) => axis.kind === 'item');
    // the same vectors in two places are two slots
    this.#vectors.push({ typed, formula, width, length, items, span, ...(position === undefined ? {} : { position }) });
    return { kind: 'vectors', slot: this.#vectors.length - 1 };
  }
}

/** The template as the runtime takes it. */
export function textTemplate(table: PromptTable): TextTemplate {
  const valueOf = (part: PromptPart): TextExpression | undefined => {
    if (part.kind === 'expression') return part.expression;
    if (part.kind !== 'entry') return undefined;
    const axis = table.over.findIndex(({ id }) => id === part.axis.id);
    return { kind: 'words', vocabulary: part.axis.id, at: { kind: 'entry', axis } };
  };
  return {
    templates: table.templates.map((parts) =>
      parts.map((part) => {
        const value = valueOf(part);
        if (value !== undefined) return { kind: 'value', value } as const;
        return part.kind === 'vectors' ? part : { kind: 'text', text: part.kind === 'text' ? part.text : '' };
      }),
    ),
    over: table.over.map(({ id }) => id),
    listed: table.axes.some(({ id }) => id.endsWith('.template')),
    vectors: table.vectors.map(({ length }) => length),
  };
}
