/**
 * The formatter. It has no options: two-space indent, one statement a line, `:` and `=` aligned within a run of like
 * statements, empty lines kept to one, comments and the user's order kept, 120 columns. Formatting twice changes nothing.
 */
import { unreachable } from '../common/invariant.ts';
import { displayWidth } from '../diagnostics/display-width.ts';
import type { Span } from '../source/span.ts';
import type * as ast from './ast.ts';
import { type Item, itemLines, Layout } from './print-comments.ts';
import {
  commentMark, type Document, fill, flatText, group, ifBroken, indent, join, line, lineWidth, render,
} from './print-document.ts'; // prettier-ignore
import { bestText, continues, ExpressionPrinter } from './print-expression.ts';

/** The text of a tree, with a final line break; empty for an empty file. */
export function print(file: ast.File): string {
  const layout = new Layout(file);
  const lines = new StatementPrinter(layout).file(file);
  if (lines.length === 0) return '';
  return `${alignComments(withoutTails(render(lines)))}\n`;
}

/** Without the spaces that lines end with. By a regular expression each run of spaces inside a line costs the square of its length. */
const withoutTails = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

type Line = ast.Statement | ast.ModuleItem | ast.EvaluateItem | ast.Assignment;

const alignedKinds = [
  'assignment', 'augment', 'axis', 'const', 'data', 'encoder', 'figure', 'input', 'layer', 'let', 'loss', 'metric', 'module', 'param',
  'pipe', 'prompt', 'tokenizer', 'weight',
] as const; // prettier-ignore
/** Lines with a sign that is aligned with those of their neighbours. */
type AlignedLine = Extract<Line, { readonly kind: (typeof alignedKinds)[number] }>;
type PlainLine = Exclude<Line, AlignedLine>;

function isAligned(node: Line): node is AlignedLine {
  return (alignedKinds as readonly string[]).includes(node.kind);
}

/** The start of a line in the columns that like lines align, and what follows them. */
interface Head {
  /** Lines of one family that follow each other are aligned. */
  readonly family: string;
  readonly columns: readonly string[];
  /** Stands after the last column: ` =`, or nothing where the last column holds its own sign. */
  readonly sign: string;
  readonly rest: () => Document;
}

class StatementPrinter extends ExpressionPrinter {
  file(file: ast.File): Document[] {
    const end = Math.max(file.span.end, file.span.start) + 1;
    return itemLines(this.#aligned(file.statements), file.span.start, end, this.layout);
  }

  /** Statements or items of a block in braces, one a line. */
  #block(lines: readonly Line[], from: number, to: number): Document {
    return this.braces(this.#aligned(lines), from, to);
  }

  #aligned(lines: readonly Line[]): Item[] {
    const heads = lines.map((node) => (isAligned(node) ? this.#head(node) : undefined));
    const items: Item[] = [];
    for (let start = 0; start < lines.length;) {
      let end = start + 1;
      while (end < lines.length && this.#continuesRun(lines, heads, end)) end += 1;
      const run = heads.slice(start, end);
      for (const [offset, node] of lines.slice(start, end).entries()) {
        const head = run[offset];
        const next = lines[start + offset + 1];
        items.push({
          span: node.span,
          document: () => [isAligned(node) ? layHead(head, run) : this.#plain(node), commaBefore(node, next)],
        });
      }
      start = end;
    }
    return items;
  }

  /** Whether line number `index` is aligned with the one before: same family, nothing but a line break between. */
  #continuesRun(lines: readonly Line[], heads: readonly (Head | undefined)[], index: number): boolean {
    const [before, node] = [lines[index - 1], lines[index]];
    const [headBefore, head] = [heads[index - 1], heads[index]];
    if (before === undefined || node === undefined || head === undefined || headBefore === undefined) return false;
    if (head.family !== headBefore.family) return false;
    const { layout } = this;
    if (layout.hasBlankLine(before.span.end, node.span.start)) return false;
    // A comment on a line of its own ends the run; without one, at most one line lies between.
    const ownLines = (layout.lineAt(node.span.start) ?? 0) - (layout.lineAt(before.span.end) ?? 0);
    return ownLines <= 1;
  }

  // ── aligned lines ──────────────────────────────────────────────────

  #head(node: AlignedLine): Head {
    switch (node.kind) {
      case 'const':
      case 'pipe':
      case 'tokenizer':
      case 'loss':
      case 'weight':
      case 'metric':
      case 'figure':
        return this.#value(node.kind, [`${node.kind} ${node.name.text}`], node.value);
      case 'let':
        return this.#value(
          node.type === undefined ? 'let' : 'typed let',
          [`let ${this.#pattern(node.pattern)}${node.type === undefined ? '' : ':'}`, ...this.#typeColumn(node.type)],
          node.value,
        );
      case 'augment': {
        const axes = node.axes === undefined ? '' : `${flatText(this.items(node.axes, node.span.start, node.pattern.span.start))} `; // prettier-ignore
        return this.#value('augment', [`augment ${axes}${this.#pattern(node.pattern)}`], node.value);
      }
      case 'prompt': {
        const params = node.params === undefined ? '' : flatText(this.parameters(node.params, node.name.span.end, node.name.span.end)); // prettier-ignore
        const over = node.over.map((name) => name.text).join(', ');
        return this.#value('prompt', [`prompt ${node.name.text}${params}`, ...(over === '' ? [] : [`over ${over}`])], node.value); // prettier-ignore
      }
      case 'axis': {
        const { name, axisKind, value } = node;
        const columns = axisKind === undefined ? [`axis ${name.text}`] : [`axis ${name.text}:`, axisKind.text];
        if (value !== undefined) return this.#value('axis', columns, value);
        return { family: 'axis', columns, sign: '', rest: () => '' };
      }
      case 'input':
        return {
          family: 'input',
          columns: [`input ${node.name.text}`],
          sign: ':',
          rest: () => [' ', this.#inputType(node)],
        };
      case 'data':
        return {
          family: 'data',
          columns: [`data ${node.names.map((name) => name.text).join(', ')}`],
          sign: ' =',
          rest: () => [' ', this.#data(node)],
        };
      case 'encoder':
      case 'module':
      case 'param': {
        const type = node.kind === 'param' ? node.type : undefined;
        const name = `${node.name.text}${type === undefined ? '' : ':'}`;
        return {
          family: `${node.flag === undefined ? node.kind : 'state'}${type === undefined ? '' : ' typed'}`,
          columns: [...(node.flag === undefined ? [] : [node.flag]), node.kind, name, ...this.#typeColumn(type)],
          sign: ' =',
          rest: () => [' ', this.#initialiser(node.init)],
        };
      }
      case 'layer':
        return {
          family: 'layer',
          columns: [`layer ${node.name.text}`],
          sign: ' =',
          rest: () => [' ', this.#initialiser(node.init)],
        };
      case 'assignment':
        return this.#value('assignment', [flatText(this.path(node.path))], node.value);
      default:
        return unreachable(node);
    }
  }

  #value(family: string, columns: readonly string[], value: ast.Expression): Head {
    return { family, columns, sign: ' =', rest: () => [' ', this.closed(value)] };
  }

  #typeColumn(type: ast.TypeExpression | undefined): readonly string[] {
    return type === undefined ? [] : [flatText(this.type(type))];
  }

  #pattern({ names, parenthesised }: ast.Pattern): string {
    const text = names.map((name) => name.text).join(', ');
    return parenthesised ? `(${text})` : text;
  }

  #inputType({ optional, type, args, unit, each, span }: ast.InputStatement): Document {
    const list = (items: readonly ast.Argument[], from: number, to: number): Document =>
      items.length === 0 ? '' : this.args(items, from, to);
    return [
      optional ? 'optional ' : '',
      type.text,
      list(args, type.span.end, each?.name.span.start ?? span.end),
      unit === undefined ? '' : ` in ${unit.text}`,
      each === undefined ? '' : [` each ${each.name.text}`, list(each.args, each.name.span.end, span.end)],
    ];
  }

  #data({ source, shape, steps, withs }: ast.DataStatement): Document {
    return group([
      this.postfix(source),
      shape.map((part) => [' ', part.kind === 'like' ? `like ${part.name.text}` : this.map(part)]),
      indent(steps.map((step) => [line, '|> ', this.postfix(step)])),
      withs.map(({ path, replacement }) => this.withTail(path, replacement)),
    ]);
  }

  #initialiser({ value, from, settings }: ast.Initialiser): Document {
    return [
      this.closed(value),
      from === undefined ? '' : [' from ', this.postfix(from)],
      settings === undefined ? '' : [' ', this.#settings(settings)],
    ];
  }

  // ── lines of their own ─────────────────────────────────────────────

  #plain(node: PlainLine): Document {
    switch (node.kind) {
      case 'edition':
        return ['clipx ', this.expression(node.version)];
      case 'experiment':
        return [`experiment ${node.name.text}`, node.title === undefined ? '' : ` ${node.title.raw}`];
      case 'use': {
        const items = node.items.map(({ name, alias }) => (alias === undefined ? name.text : `${name.text} as ${alias.text}`)); // prettier-ignore
        if (items.length === 0) return `use ${node.path.raw} {}`;
        const parts = items.flatMap((item, index) => (index === items.length - 1 ? [item] : [`${item},`, line]));
        return [`use ${node.path.raw} `, group(['{', indent([line, fill(parts)]), line, '}'])];
      }
      case 'extends':
        return `extends ${node.path.raw}`;
      case 'remove':
        return ['remove ', this.paths(node.paths)];
      case 'set':
        return ['set ', this.#assignment(node.assignment)];
      case 'vocabulary': {
        const sign = node.form === 'map' ? '' : node.form === 'equals' ? ' =' : ' from';
        const value = node.value === undefined ? '' : [' ', this.closed(node.value)];
        return [`vocabulary ${node.name.text}`, sign, value, node.map === undefined ? '' : [' ', this.map(node.map, node.form === 'map')]]; // prettier-ignore
      }
      case 'state':
        return [`${node.flag} `, this.paths(node.paths), node.settings === undefined ? '' : [' ', this.map(node.settings)]]; // prettier-ignore
      case 'module-definition':
        return [
          `module ${node.name.text}`,
          this.parameters(node.params, node.name.span.end, headEnd(node.name, node.params)),
          ' ',
          this.#block(node.items, headEnd(node.name, node.params), node.span.end),
        ];
      case 'equation':
        return [node.name.text, this.#callable(node.params, node.body, node.name.span.end)];
      case 'fn':
        return [`fn ${node.name.text}`, this.#callable(node.params, node.body, node.name.span.end)];
      case 'wrap':
        return ['wrap ', this.path(node.path), this.#callable(node.params, node.body, node.path.span.end)];
      case 'minimize':
      case 'maximize':
      case 'seeds':
        return [`${node.kind} `, this.closed(node.value)];
      case 'expect':
        return ['expect ', this.#claim(node.value), node.within === undefined ? '' : [' within ', this.closed(node.within)]]; // prettier-ignore
      case 'train':
        return ['train ', this.#targets(node), this.map(node.fields)];
      case 'stage': {
        const after = node.after.map((name) => name.text).join(', ');
        const end = (node.after.at(-1) ?? node.name).span.end;
        return [
          `stage ${node.name.text}${after === '' ? '' : ` after ${after}`} `,
          this.#block(node.statements, end, node.span.end),
        ];
      }
      case 'evaluate': {
        const head = [node.name === undefined ? 'evaluate ' : `evaluate ${node.name.text} `, this.#targets(node)];
        const end = (node.targets.at(-1) ?? node.name)?.span.end ?? node.span.start + 'evaluate'.length;
        return [head, this.#inlineOrBlock(node.items, end, node.span)];
      }
      case 'sweep':
        return [
          node.name === undefined ? 'sweep ' : `sweep ${node.name.text} `,
          this.map(node.fields),
          node.keep === undefined ? '' : ` keep ${node.keep.direction}(${bestText(node.keep)})`,
        ];
      case 'ablate':
        return [`ablate ${node.name.text} `, this.#rows(node)];
      case 'field':
        return this.field(node);
      default:
        return unreachable(node);
    }
  }

  #assignment({ path, value }: ast.Assignment): Document {
    return [this.path(path), ' = ', this.closed(value)];
  }

  /** A block of one item stays on one line where the user wrote it so. */
  #inlineOrBlock(items: readonly Line[], from: number, span: Span): Document {
    const [first, ...others] = items;
    const wasInline = first !== undefined && !this.layout.isBroken(from, first.span.start);
    if (first === undefined || others.length > 0 || !wasInline || this.layout.hasComment(from, span.end)) {
      return this.#block(items, from, span.end);
    }
    const content = itemLines(this.#aligned(items), from, span.end, this.layout);
    return group(['{', indent([line, content]), line, '}']);
  }

  #targets({ each, targets }: { each: boolean; targets: readonly ast.Target[] }): Document {
    if (targets.length === 0) return '';
    const list = targets.map(({ label, data, over }) => [
      label === undefined ? '' : `${label.text}: `,
      data.map((name) => name.text).join('.'),
      over === undefined ? '' : [' over ', this.path(over)],
    ]);
    return [each ? 'on each ' : 'on ', join(', ', list), ' '];
  }

  #callable(params: readonly ast.Parameter[], body: ast.Body, from: number): Document {
    const head = this.parameters(params, from, body.span.start);
    if (!body.braced) return [head, ' = ', this.closed(body.result)];
    const { result } = body;
    const lines: Item[] = [
      ...this.#aligned(body.lets),
      { span: result.span, document: () => ['return ', this.closed(result)] },
    ];
    return [head, ' ', this.braces(lines, body.span.start + 1, body.span.end)];
  }

  /** A point at the end of a comparison in `expect` qualifies both sides; the parser reads it back so. */
  #claim(value: ast.Expression): Document {
    if (value.kind !== 'at-point') return this.closed(value);
    const compared = value.value;
    const sides =
      compared.kind === 'binary' && isComparison(compared.operator)
        ? [compared.left, compared.right]
        : compared.kind === 'comparison'
          ? [compared.first, ...compared.rest.map(({ operand }) => operand)]
          : [];
    const last = sides.at(-1);
    const isRead = last !== undefined && takesPoint(last) && !sides.some((side) => side.kind === 'at-point');
    return isRead ? [this.closed(compared), this.atPoint(value)] : this.closed(value);
  }

  #settings({ items, span }: ast.Settings): Document {
    const setting = (index: number): Document => {
      const item = items[index];
      if (item === undefined) return '';
      return [this.#setting(item), index + 1 < items.length && item.kind === 'value-setting' && startsWithContinuing(items[index + 1]) ? ',' : '']; // prettier-ignore
    };
    const first = items[0];
    const inline =
      (items.length === 1 && first?.kind !== 'wrap') || items.every((item) => item.kind === 'value-setting');
    const wasBroken = first !== undefined && this.layout.isBroken(span.start, first.span.start);
    if (first === undefined || !inline || wasBroken || this.layout.hasComment(span.start, span.end)) {
      return this.braces(
        items.map((item, index) => ({ span: item.span, document: () => setting(index) })),
        span.start + 1,
        span.end,
      );
    }
    const documents = items.map((item) => this.#setting(item));
    return group(['{', indent([line, join([ifBroken('', ','), line], documents)]), line, '}']);
  }

  #setting(item: ast.SettingItem): Document {
    switch (item.kind) {
      case 'flag-setting':
        return [`${item.flag} `, this.paths(item.paths), item.fields === undefined ? '' : [' ', this.map(item.fields)]];
      case 'path-setting':
        return [this.path(item.path), ' ', this.map(item.fields)];
      case 'value-setting':
        return [this.path(item.path), ': ', this.closed(item.value)];
      case 'wrap':
        return this.#plain(item);
      default:
        item satisfies never;
        return '';
    }
  }

  /** The rows of an ablation, what they change aligned behind their labels in runs without an empty line. */
  #rows({ rows, name, span }: ast.AblateStatement): Document {
    const widths = rows.map(({ label }) => displayWidth(label.raw));
    const runs = runsOf(rows, (before, row) => {
      const gap = (this.layout.lineAt(row.span.start) ?? 0) - (this.layout.lineAt(before.span.end) ?? 0);
      return gap <= 1;
    });
    const items = rows.map((row, index): Item => {
      const [start, end] = runs[index] ?? [index, index + 1];
      const width = Math.max(...widths.slice(start, end));
      const padding = ' '.repeat(width - (widths[index] ?? width));
      return { span: row.span, document: () => [row.label.raw, ': ', padding, this.#row(row)] };
    });
    return this.braces(items, name.span.end, span.end);
  }

  #row({ items, braced, label, span }: ast.Row): Document {
    if (braced) return this.#inlineOrBlock(items, label.span.end, span);
    const assignments = items.flatMap((item) => (item.kind === 'assignment' ? [this.#assignment(item)] : []));
    return group(indent(join([',', line], assignments)));
  }
}

/** Pads the columns of a line to those of its run. */
function layHead(head: Head | undefined, run: readonly (Head | undefined)[]): Document {
  if (head === undefined) return '';
  const columns = head.columns.map((text, index) => {
    const width = Math.max(...run.map((other) => displayWidth(other?.columns[index] ?? '')));
    return text + ' '.repeat(width - displayWidth(text));
  });
  return [columns.join(' '), head.sign, head.rest()];
}

/** For each element the bounds of the run that it is in. */
function runsOf<T>(elements: readonly T[], follows: (before: T, element: T) => boolean): (readonly [number, number])[] {
  const bounds: (readonly [number, number])[] = [];
  let start = 0;
  for (let index = 0; index < elements.length; index++) {
    const next = elements[index + 1];
    const element = elements[index];
    if (element !== undefined && next !== undefined && follows(element, next)) continue;
    for (let member = start; member <= index; member++) bounds.push([start, index + 1]);
    start = index + 1;
  }
  return bounds;
}

/** The comma that keeps the next line from going on with this one. */
function commaBefore(node: Line, next: Line | undefined): Document {
  if (next === undefined || (node.kind !== 'field' && node.kind !== 'assignment')) return '';
  if (next.kind === 'field') {
    const { key } = next;
    const word = key.kind === 'dotted-key' ? key.parts[0]?.text : key.kind === 'call-key' ? key.name.text : undefined;
    return continues(word) ? ',' : '';
  }
  return next.kind === 'assignment' && continues(next.path.head.text) ? ',' : '';
}

function startsWithContinuing(item: ast.SettingItem | undefined): boolean {
  return (item?.kind === 'value-setting' || item?.kind === 'path-setting') && continues(item.path.head.text);
}

function isComparison(operator: ast.BinaryOperator): boolean {
  return ['==', '!=', '<', '<=', '>', '>=', '~'].includes(operator);
}

function takesPoint(node: ast.Expression): boolean {
  return ['reference', 'member', 'call', 'index', 'of-row', 'on-data', 'tuple'].includes(node.kind);
}

function headEnd(name: ast.Name, params: readonly ast.Parameter[]): number {
  return (params.at(-1) ?? name).span.end;
}

/** Comments behind code on neighbouring lines stand in one column, where the line has room for them. */
function alignComments(text: string): string {
  const lines = text.split('\n');
  const result = [...lines];
  for (let start = 0; start < lines.length; start++) {
    let end = start;
    while (lines[end]?.includes(commentMark) === true && indentOf(lines[end]) === indentOf(lines[start])) end += 1;
    const run = lines.slice(start, end).map((whole) => {
      const at = whole.indexOf(commentMark);
      const code = whole.slice(0, at).trimEnd();
      return { code, width: displayWidth(code), comment: whole.slice(at + 1) };
    });
    const fitting = run.filter(({ width }) => width <= (2 * lineWidth) / 3);
    const column = Math.max(0, ...fitting.map(({ width }) => width));
    for (const [offset, { code, width, comment }] of run.entries()) {
      const padding = Math.max(0, column - width);
      const fits = column + 2 + displayWidth(comment) <= lineWidth;
      result[start + offset] = `${code}  ${fits ? ' '.repeat(padding) : ''}${comment}`;
    }
    start = Math.max(start, end - 1);
  }
  return result.join('\n');
}

function indentOf(text: string | undefined): number {
  return text === undefined ? 0 : text.length - text.trimStart().length;
}
