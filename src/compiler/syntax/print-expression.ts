import { forbiddenCharacter } from '../source/forbidden-characters.ts';
import type * as ast from './ast.ts';
import { type Item, itemLines, type Layout } from './print-comments.ts';
import {
  type Document,
  fill,
  flatText,
  group,
  hardLine,
  ifBroken,
  indent,
  join,
  line,
  lineEnd,
  softLine,
} from './print-document.ts';
import { binaryPrecedence, comparisonPrecedence, unaryPrecedence } from './precedence.ts';

/** How tightly a node holds together, beside the operators of `precedence.ts`; a looser one goes into parentheses. */
const level = { with: 0, tail: 0.2, pipeline: 0.4, range: 0.6, operators: 1, postfix: 9 } as const;

const unitsApart = /^(?:%|epochs?|steps?|ms|s|kHz|Hz|px|deg|rad|dB|MiB|GiB|m)$/;

/**
 * Words that would go on with the value before them: before one of these a field or an assignment ends with a comma.
 * All other words begin something new.
 */
const continuing =
  /^(?:over|on|at|in|with|for|within|after|like|each|keep|unknown|by|and|or|of|as|from|x|epochs?|steps?|ms|s|kHz|Hz|px|deg|rad|dB|MiB|GiB|m)$/;

/** Whether a comma must part a value from the word that follows it on the next line. */
export function continues(word: string | undefined): boolean {
  return word !== undefined && continuing.test(word);
}

export class ExpressionPrinter {
  readonly layout: Layout;

  constructor(layout: Layout) {
    this.layout = layout;
  }

  // ── expressions ────────────────────────────────────────────────────

  /** The expression, in parentheses where it binds looser than `minimum`. */
  expression(node: ast.Expression, minimum: number = level.with): Document {
    const content = this.#bare(node);
    return levelOf(node) < minimum ? ['(', content, ')'] : content;
  }

  /** Where the grammar asks for a `postfix`: a value with its suffixes. */
  postfix(node: ast.Expression): Document {
    return this.expression(node, level.postfix);
  }

  /** A value that ends in `..` stands only before a closer, a comma or `as`. */
  closed(node: ast.Expression, minimum: number = level.with): Document {
    const content = this.expression(node, minimum);
    return endsOpen(node) && levelOf(node) >= minimum ? ['(', content, ')'] : content;
  }

  #bare(node: ast.Expression): Document {
    switch (node.kind) {
      case 'quantity':
        return quantityText(node);
      case 'extent':
        return `${node.sizes[0]} x ${node.sizes[1]}`;
      case 'string':
        return node.raw;
      case 'reference':
        return node.name;
      case 'list':
        return [this.items(node.items, node.span.start, node.span.end), node.over === undefined ? '' : ` over ${node.over.text}`]; // prettier-ignore
      case 'map':
        return this.map(node);
      case 'tuple':
        return this.#delimited('(', node.items.map((item) => [item.span, () => this.closed(item)]), ')', node.span.start, node.span.end, false); // prettier-ignore
      case 'member':
        return [this.#suffixed(node.object), `.${node.member.text}`];
      case 'call':
        return [this.#suffixed(node.callee), this.args(node.args, node.callee.span.end, node.span.end)];
      case 'index':
        return [this.#suffixed(node.object), this.items(node.items, node.object.span.end, node.span.end)];
      case 'of-row':
        return [this.#suffixed(node.value), ' of ', this.expression(node.row)];
      case 'on-data':
        return [this.#suffixed(node.value), ` on ${node.data.text}`];
      case 'at-point':
        return [this.#suffixed(node.value), this.atPoint(node)];
      case 'from-source':
        return ['from ', this.postfix(node.source)];
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'comparison':
        return this.#comparison(node);
      case 'range':
        return this.#range(node);
      case 'pipeline':
        return this.#pipeline(node);
      case 'in-unit':
        return [this.closed(node.value, level.tail), ` in ${node.unit.text}`];
      case 'as-axes': {
        const names = node.axes.map((axis) => axis.text).join(', ');
        return [this.expression(node.value, level.tail), ` as ${node.bracketed ? `[${names}]` : names}`];
      }
      case 'with':
        return [this.closed(node.value, level.with), this.withTail(node.path, node.replacement)];
      case 'best-of':
        return `${node.direction} ${bestText(node)}`;
      case 'first-part':
        return `first ${quantityText(node.amount)}`;
      case 'unfold':
        return `unfold ${node.source.raw}`;
      case 'qualified':
        return [this.closed(node.value), ` ${node.tail} `, this.expression(node.argument)];
      default:
        node satisfies never;
        return '';
    }
  }

  /** What a suffix can follow: a name, a parenthesis or another suffix. */
  #suffixed(node: ast.Expression): Document {
    return takesSuffix(node) ? this.expression(node) : ['(', this.expression(node), ')'];
  }

  atPoint({ point, equals }: ast.AtPoint): Document {
    return [` at ${point.text}`, equals === undefined ? '' : [' = ', this.expression(equals)]];
  }

  withTail(path: ast.Path, replacement: ast.Expression): Document {
    return [' with ', this.path(path), ' = ', this.closed(replacement, level.pipeline)];
  }

  #unary({ operator, operand }: ast.Unary): Document {
    return [operator === 'not' ? 'not ' : '-', this.expression(operand, unaryPrecedence[operator])];
  }

  #binary(node: ast.Binary): Document {
    const precedence = binaryPrecedence[node.operator];
    if (node.operator === '^') {
      const { right } = node;
      const isNegated = right.kind === 'unary' && right.operator === '-';
      return [
        this.expression(node.left, precedence + 1),
        ' ^ ',
        this.expression(right, isNegated ? unaryPrecedence['-'] : precedence),
      ];
    }
    // `a + b + c` is one run that breaks at every operator or at none.
    const links: [ast.BinaryOperator, ast.Expression][] = [[node.operator, node.right]];
    let first = node.left;
    // A comparison on the left of another is no run and gets its parentheses.
    while (first.kind === 'binary' && isRun(first.operator, node.operator)) {
      links.push([first.operator, first.right]);
      first = first.left;
    }
    const left = this.expression(first, precedence === comparisonPrecedence ? precedence + 1 : precedence);
    const rest = links
      .toReversed()
      .map(([operator, right]) => [line, `${operator} `, this.expression(right, precedence + 1)]);
    return group([left, indent(rest)]);
  }

  #comparison({ first, rest }: ast.Comparison): Document {
    const operand = (node: ast.Expression): Document => this.expression(node, comparisonPrecedence + 1);
    return group([
      operand(first),
      indent(rest.map(({ operator, operand: right }) => [line, `${operator} `, operand(right)])),
    ]);
  }

  #range({ from, to, by }: ast.Range): Document {
    const operand = (node: ast.Expression | undefined): Document =>
      node === undefined ? '' : this.expression(node, level.operators);
    const isWide = [from, to].some((part) => part?.kind === 'binary' || part?.kind === 'comparison');
    const dots = isWide ? [from === undefined ? '' : ' ', '..', to === undefined ? '' : ' '] : '..';
    return [operand(from), dots, operand(to), by === undefined ? '' : [' by ', operand(by)]];
  }

  #pipeline(node: ast.Pipeline): Document {
    const steps: ast.Expression[] = [];
    let value: ast.Expression = node;
    while (value.kind === 'pipeline') {
      steps.push(value.step);
      value = value.value;
    }
    return group([
      this.closed(value, level.range),
      indent(steps.toReversed().map((step) => [line, '|> ', this.postfix(step)])),
    ]);
  }

  // ── lists, maps, paths, types ──────────────────────────────────────

  args(args: readonly ast.Argument[], from: number, to: number): Document {
    return this.#delimited('(', args.map((item) => [item.span, () => this.argument(item)]), ')', from, to, false); // prettier-ignore
  }

  items(items: readonly ast.Argument[], from: number, to: number): Document {
    const short = items.length > 4 && items.every(isShort);
    return this.#delimited('[', items.map((item) => [item.span, () => this.argument(item)]), ']', from, to, short); // prettier-ignore
  }

  /** `from` and `to` bound the place of the brackets, where comments belong to them. */
  #delimited(
    open: string,
    items: readonly (readonly [ast.Expression['span'], () => Document])[],
    close: string,
    from: number,
    to: number,
    short: boolean,
  ): Document {
    if (this.layout.hasComment(from, to)) {
      const lines = itemLines(
        items.map(([span, document]) => ({ span, document: () => [document(), ','] })),
        from,
        to,
        this.layout,
      );
      return [open, indent([hardLine, lines]), hardLine, close];
    }
    if (items.length === 0) return open + close;
    const documents = items.map(([, document]) => document());
    const content = short ? fill(alternate(documents)) : join([',', line], documents);
    return group([open, indent([softLine, content]), ifBroken(',', ''), softLine, close]);
  }

  argument({ label, value, arrows, each }: ast.Argument): Document {
    const follows = arrows.length > 0 || each !== undefined;
    const print = (node: ast.Expression): Document => (follows ? this.closed(node) : this.expression(node));
    return [
      label === undefined ? '' : `${label.text}: `,
      print(value),
      arrows.map((arrow) => [' -> ', print(arrow)]),
      each === undefined ? '' : [` for ${each.variable.text} in `, this.closed(each.source)],
    ];
  }

  /** Fields on one line with commas, or one a line without; the reader's choice is kept while it fits. */
  map(node: ast.MapExpression, table = false): Document {
    const { fields, span } = node;
    const first = fields[0];
    const hasComment = this.layout.hasComment(span.start, span.end);
    if (first === undefined && !hasComment) return '{}';
    const keys = fields.map((field) => flatText(this.key(field.key)));
    const width = Math.max(...keys.map((key) => key.length));
    const field = (index: number): Document => {
      const current = fields[index];
      const key = keys[index];
      if (current === undefined || key === undefined) return '';
      // The values of a table stand below each other.
      const padding = table ? ifBroken(' '.repeat(width - key.length), '') : '';
      const comma = continues(keys[index + 1]?.split(/[.(]/)[0]) ? ',' : '';
      return [key, ':', padding, ' ', this.value(current), ifBroken(comma, '')];
    };
    if (hasComment || (first !== undefined && this.layout.isBroken(span.start, first.span.start))) {
      return this.braces(
        fields.map((current, index) => ({ span: current.span, document: () => field(index) })),
        span.start + 1,
        span.end,
      );
    }
    const documents = fields.map((_, index) => field(index));
    return group(['{', indent([line, join([ifBroken('', ','), line], documents)]), line, '}']);
  }

  /** A block between the offsets `from` (the end of its head) and `to`, one item a line. */
  braces(items: readonly Item[], from: number, to: number): Document {
    const headComment = this.layout.takeTrailing(from, items[0]?.span.start ?? to);
    const lines = itemLines(items, from, to, this.layout);
    if (lines.length === 0 && headComment === undefined) return '{}';
    return [
      '{',
      headComment === undefined ? '' : lineEnd(headComment.text),
      lines.length === 0 ? '' : indent([hardLine, lines]),
      hardLine,
      '}',
    ];
  }

  field(field: ast.Field): Document {
    return [this.key(field.key), ': ', this.value(field)];
  }

  value({ key, value }: ast.Field): Document {
    const isBest = key.kind === 'dotted-key' && key.parts.length === 1 && key.parts[0]?.text === 'best';
    if (isBest && value.kind === 'best-of') return `${value.direction}(${bestText(value)})`;
    return this.closed(value);
  }

  key(key: ast.FieldKey): Document {
    switch (key.kind) {
      case 'string-key':
        return quoted(key.value);
      case 'call-key':
        return [key.name.text, '(', this.paths(key.paths), ')'];
      case 'dotted-key':
        return key.parts.map((part) => part.text).join('.');
      default:
        key satisfies never;
        return '';
    }
  }

  path({ head, steps }: ast.Path): Document {
    return [
      head.text,
      steps.map((step) =>
        step.kind === 'path-member' ? `.${step.name.text}` : this.items(step.items, step.span.start, step.span.end),
      ),
    ];
  }

  paths(paths: readonly ast.Path[]): Document {
    return join(
      ', ',
      paths.map((path) => this.path(path)),
    );
  }

  type({ name, items, span }: ast.TypeExpression): Document {
    return [name?.text ?? '', items === undefined ? '' : this.items(items, span.start, span.end)];
  }

  parameters(parameters: readonly ast.Parameter[], from: number, to: number): Document {
    const items = parameters.map(
      (item) =>
        [
          item.span,
          (): Document => [
            item.name.text,
            item.type === undefined ? '' : [': ', this.type(item.type)],
            item.fallback === undefined ? '' : [' = ', this.closed(item.fallback)],
          ],
        ] as const,
    );
    return this.#delimited('(', items, ')', from, to, false);
  }
}

/** Items with their commas, and the breaks between them, in turn. */
function alternate(documents: readonly Document[]): Document[] {
  return documents.flatMap((document, index) =>
    index === documents.length - 1 ? [document] : [[document, ','], line],
  );
}

export function bestText({ metric, data }: ast.BestOf): string {
  const name = metric.map((part) => part.text).join('.');
  return data === undefined ? name : `${name} on ${data.text}`;
}

function quantityText({ text, unit }: ast.Quantity): string {
  if (unit === undefined) return text;
  // A unit that is not one of the language is only read where it touches the number: `3d`.
  return unitsApart.test(unit.text) ? `${text} ${unit.text}` : `${text}${unit.text}`;
}

/** A string literal with this value. */
export function quoted(value: string): string {
  const escaped = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  const safe = Array.from(escaped, (character) =>
    forbiddenCharacter.test(character) || character === '\r'
      ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
      : character,
  );
  return `"${safe.join('')}"`;
}

/** Whether two operators make one run: the same precedence, grouping to the left. */
function isRun(inner: ast.BinaryOperator, outer: ast.BinaryOperator): boolean {
  const precedence = binaryPrecedence[outer];
  return precedence !== comparisonPrecedence && binaryPrecedence[inner] === precedence;
}

function isShort({ label, value, arrows, each }: ast.Argument): boolean {
  if (label !== undefined || arrows.length > 0 || each !== undefined) return false;
  if (value.kind === 'string') return value.raw.length <= 24;
  return value.kind === 'quantity' || value.kind === 'reference';
}

function takesSuffix(node: ast.Expression): boolean {
  // After `at size = 5 m` a suffix would be read as part of the value.
  if (node.kind === 'at-point') return node.equals === undefined;
  return ['reference', 'member', 'call', 'index', 'of-row', 'on-data', 'tuple'].includes(node.kind);
}

const looseLevels: Partial<Record<ast.Expression['kind'], number>> = {
  with: level.with,
  'best-of': level.with,
  'first-part': level.with,
  unfold: level.with,
  qualified: level.with,
  'in-unit': level.tail,
  'as-axes': level.tail,
  pipeline: level.pipeline,
  range: level.range,
  comparison: comparisonPrecedence,
};

function levelOf(node: ast.Expression): number {
  if (node.kind === 'binary') return binaryPrecedence[node.operator];
  if (node.kind === 'unary') return unaryPrecedence[node.operator];
  return looseLevels[node.kind] ?? level.postfix;
}

/** Whether the text of a node ends in `..`. */
function endsOpen(node: ast.Expression): boolean {
  if (node.kind === 'range') return node.to === undefined;
  return false;
}
