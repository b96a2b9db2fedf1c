import type { CstElement, CstNode, IToken } from 'chevrotain';
import type * as cst from '../../../grammar/cst-types.d.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { cover, type Span } from '../source/span.ts';
import type * as ast from '../syntax/ast.ts';
import { foldOperators, type Operand } from './operators.ts';
import { readString } from './read-string.ts';

/** Thrown where a part of the tree can not be built: the statement around it is left out, its fault is reported. */
export class Incomplete extends Error {
  override readonly name = 'Incomplete';
}

/** More operators, suffixes or prefixes in a row than any reader follows; deeper trees would overflow later passes. */
const chainLimit = 400;

export function one<T>(list: readonly T[] | undefined): T {
  const first = list?.[0];
  if (first === undefined) throw new Incomplete();
  return first;
}

export function all<T>(list: readonly T[] | undefined): readonly T[] {
  return list ?? [];
}

/** Drops the keys whose value is undefined, so that absent children are absent keys. */
export function present<T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Expressions and the parts that statements share. */
export class ExpressionBuilder {
  readonly file: string;
  readonly diagnostics: Diagnostic[];

  constructor(file: string, diagnostics: Diagnostic[]) {
    this.file = file;
    this.diagnostics = diagnostics;
  }

  // ── spans ──────────────────────────────────────────────────────────

  protected spanOf(element: CstElement): Span {
    const [start, end] =
      'image' in element
        ? [element.startOffset, element.endOffset]
        : [element.location?.startOffset, element.location?.endOffset];
    if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end)) throw new Incomplete();
    return { file: this.file, start, end: end + 1 };
  }

  protected name(token: IToken): ast.Name {
    return { kind: 'name', text: token.image, span: this.spanOf(token) };
  }

  protected string(token: IToken): ast.StringLiteral {
    const span = this.spanOf(token);
    const { value, faults } = readString(token.image, span);
    this.diagnostics.push(...faults);
    return { kind: 'string', value, raw: token.image, span };
  }

  // ── parts ──────────────────────────────────────────────────────────

  protected names(node: cst.NamesCstNode): readonly ast.Name[] {
    return all(node.children.Word).map((token) => this.name(token));
  }

  protected dotted(node: cst.DottedCstNode): readonly ast.Name[] {
    return [one(node.children.Word), ...all(node.children.member)].map((token) => this.name(token));
  }

  /** `clip.joint` as the name of an axis: one word, as the axis is called. */
  private dottedAxis(node: cst.DottedCstNode): ast.Name {
    const text = this.dotted(node).map((part) => part.text).join('.'); // prettier-ignore
    return { kind: 'name', text, span: this.spanOf(node) };
  }

  protected path(node: cst.PathCstNode): ast.Path {
    const steps = this.pathSteps(node.children.pathStep);
    return { kind: 'path', head: this.name(one(node.children.Word)), steps, span: this.spanOf(node) };
  }

  /** A path that may begin with a keyword: `evaluate.cloth`. */
  protected removal(node: cst.RemovalCstNode): ast.Path {
    const steps = this.pathSteps(node.children.pathStep);
    return { kind: 'path', head: this.name(one(node.children.AnyWord)), steps, span: this.spanOf(node) };
  }

  private pathSteps(nodes: readonly cst.PathStepCstNode[] | undefined): ast.PathStep[] {
    return all(nodes).map((step): ast.PathStep => {
      const span = this.spanOf(step);
      const items = step.children.items?.[0];
      if (items !== undefined) return { kind: 'path-items', items: this.items(items), span };
      return { kind: 'path-member', name: this.name(one(step.children.AnyWord)), span };
    });
  }

  protected paths(node: cst.PathsCstNode): readonly ast.Path[] {
    return all(node.children.path).map((path) => this.path(path));
  }

  protected items(node: cst.ItemsCstNode): readonly ast.Argument[] {
    return all(node.children.argument).map((argument) => this.argument(argument));
  }

  protected args(node: cst.ArgsCstNode): readonly ast.Argument[] {
    return all(node.children.argument).map((argument) => this.argument(argument));
  }

  protected argument(node: cst.ArgumentCstNode): ast.Argument {
    const { AnyWord, expression, Word, each } = node.children;
    const parts = all(expression).map((part) => this.expression(part));
    return {
      kind: 'argument',
      ...present({ label: AnyWord && this.name(one(AnyWord)) }),
      value: one(parts),
      arrows: parts.slice(1),
      ...present({
        each: Word && { variable: this.name(one(Word)), source: this.expression(one(each)) },
      }),
      span: this.spanOf(node),
    };
  }

  protected type(node: cst.TypeCstNode): ast.TypeExpression {
    const { Word, items } = node.children;
    return {
      kind: 'type',
      ...present({ name: Word && this.name(one(Word)), items: items && this.items(one(items)) }),
      span: this.spanOf(node),
    };
  }

  protected map(node: cst.MapCstNode): ast.MapExpression {
    return {
      kind: 'map',
      fields: all(node.children.field).map((field) => this.field(field)),
      span: this.spanOf(node),
    };
  }

  protected field(node: cst.FieldCstNode): ast.Field {
    const key = this.key(one(node.children.key));
    const value = this.value(one(node.children.value));
    const isBest = key.kind === 'dotted-key' && key.parts.length === 1 && key.parts[0]?.text === 'best';
    return { kind: 'field', key, value: isBest ? bestOfCall(value) : value, span: this.spanOf(node) };
  }

  private key(node: cst.KeyCstNode): ast.FieldKey {
    const { Str, Word, paths, AnyWord } = node.children;
    const span = this.spanOf(node);
    if (Str) return { kind: 'string-key', value: this.string(one(Str)).value, span };
    if (Word) return { kind: 'call-key', name: this.name(one(Word)), paths: this.paths(one(paths)), span };
    if (AnyWord) return { kind: 'dotted-key', parts: AnyWord.map((token) => this.name(token)), span };
    throw new Incomplete();
  }

  protected value(node: cst.ValueCstNode): ast.Expression {
    const { best, quantity, Str, expression, valueTail } = node.children;
    const span = this.spanOf(node);
    if (best) return this.best(one(best));
    if (quantity) {
      const amount = this.quantity(one(quantity));
      if (amount.kind !== 'quantity') throw new Incomplete();
      return { kind: 'first-part', amount, span };
    }
    if (Str) return { kind: 'unfold', source: this.string(one(Str)), span };
    const value = this.expression(one(expression));
    const tail = valueTail?.[0];
    return tail === undefined ? value : { kind: 'qualified', value, ...this.valueTail(tail), span };
  }

  private valueTail(node: cst.ValueTailCstNode): Pick<ast.Qualified, 'tail' | 'argument'> {
    const { Word_keep, Word, quantity } = node.children;
    if (quantity) return { tail: 'unknown', argument: this.quantity(one(quantity)) };
    return { tail: Word_keep ? 'keep' : 'of', argument: this.reference(one(Word)) };
  }

  protected best(node: cst.BestCstNode): ast.BestOf {
    const { Word_max, bestOf } = node.children;
    const { dotted, Word } = one(bestOf).children;
    return {
      kind: 'best-of',
      direction: Word_max ? 'max' : 'min',
      metric: this.dotted(one(dotted)),
      ...present({ data: Word && this.name(one(Word)) }),
      span: this.spanOf(node),
    };
  }

  // ── expressions ────────────────────────────────────────────────────

  expression(node: cst.ExpressionCstNode): ast.Expression {
    const { pipeline, expressionTail, withTail } = node.children;
    let value = this.pipeline(one(pipeline));
    for (const tail of all(expressionTail)) {
      const span = cover(value.span, this.spanOf(tail));
      const { unit, dotted, names } = tail.children;
      if (unit) {
        value = { kind: 'in-unit', value, unit: this.unit(one(unit)), span };
      } else {
        this.checkMakesAxis(value, span);
        const axes = names ? this.names(one(names)) : [this.dottedAxis(one(dotted))];
        value = { kind: 'as-axes', value, axes, bracketed: names !== undefined, span };
      }
    }
    for (const tail of all(withTail)) {
      const { path, replacement, span } = this.withTail(tail);
      value = { kind: 'with', value, path, replacement, span: cover(value.span, span) };
    }
    return value;
  }

  protected withTail(node: cst.WithTailCstNode): { path: ast.Path; replacement: ast.Expression; span: Span } {
    const { path, pipeline } = node.children;
    return {
      path: this.path(one(path)),
      replacement: this.pipeline(one(pipeline)),
      span: this.spanOf(node),
    };
  }

  /** `as` names the axis that a name, index, range or call makes; after anything else it was meant to bind tighter. */
  private checkMakesAxis(value: ast.Expression, span: Span): void {
    const maker = value.kind === 'pipeline' ? value.step : value;
    if (['reference', 'member', 'index', 'range', 'call'].includes(maker.kind)) return;
    this.diagnostics.push({
      code: 'CX1014',
      severity: 'error',
      fault: 'user',
      message: '`as` stands after a value that makes no axis',
      span,
      label: '`as` takes in all of this',
      expected: 'a name, an index, a range or a call before `as`',
      help: 'put `as` right after the call or index that makes the axis: `a + (b[batch as other])`, `(top(3, s, over: k) as rank) + 1`',
    });
  }

  private pipeline(node: cst.PipelineCstNode): ast.Expression {
    let value = this.range(one(node.children.range));
    for (const postfix of all(node.children.postfix)) {
      const step = this.postfix(postfix);
      value = { kind: 'pipeline', value, step, span: cover(value.span, step.span) };
    }
    return value;
  }

  private range(node: cst.RangeCstNode): ast.Expression {
    const { from, to, by, DotDot } = node.children;
    if (DotDot === undefined) return this.operators(one(from));
    const operand = (part: cst.OperatorsCstNode[] | undefined): ast.Expression | undefined =>
      part && this.operators(one(part));
    return {
      kind: 'range',
      ...present({ from: operand(from), to: operand(to), by: operand(by) }),
      span: this.spanOf(node),
    };
  }

  private operators(node: cst.OperatorsCstNode): ast.Expression {
    const { operand, BinaryOperator, Word_in } = node.children;
    this.checkChain(operand, node);
    const operands = operand.map((part): Operand => {
      const prefixes = all(part.children.prefix);
      this.checkChain(prefixes, part);
      return {
        prefixes: prefixes.map((token) => ({
          operator: token.image as ast.UnaryOperator,
          span: this.spanOf(token),
        })),
        value: this.postfix(one(part.children.postfix)),
      };
    });
    const operators = [...all(BinaryOperator), ...all(Word_in)]
      .sort((a, b) => a.startOffset - b.startOffset)
      .map((token) => token.image as ast.BinaryOperator);
    if (operands.length !== operators.length + 1) throw new Incomplete();
    return foldOperators(operands, operators);
  }

  private checkChain(links: readonly unknown[], node: CstNode): void {
    if (links.length <= chainLimit) return;
    this.diagnostics.push({
      code: 'CX1009',
      severity: 'error',
      fault: 'user',
      message: `this expression chains ${links.length} parts`,
      span: this.spanOf(node),
      expected: `at most ${chainLimit} in a row`,
      help: 'name parts of it with `let`',
    });
    throw new Incomplete();
  }

  protected postfix(node: cst.PostfixCstNode): ast.Expression {
    const { quantity, Str, list, map, postfix, atom, suffix } = node.children;
    if (quantity) return this.quantity(one(quantity));
    if (Str) return this.string(one(Str));
    if (list) return this.list(one(list));
    if (map) return this.map(one(map));
    if (postfix) return { kind: 'from-source', source: this.postfix(one(postfix)), span: this.spanOf(node) };
    let value = this.atom(one(atom));
    this.checkChain(all(suffix), node);
    for (const part of all(suffix)) value = this.suffix(value, part);
    return value;
  }

  /** A parenthesised value is the value itself, with the parentheses in its span. */
  private atom(node: cst.AtomCstNode): ast.Expression {
    const { Word, expression } = node.children;
    if (Word) return this.reference(one(Word));
    const items = all(expression).map((part) => this.expression(part));
    const span = this.spanOf(node);
    const only = one(items);
    return items.length === 1 ? { ...only, span } : { kind: 'tuple', items, span };
  }

  private suffix(value: ast.Expression, node: cst.SuffixCstNode): ast.Expression {
    const { Dot, AnyWord, args, items, Word_of, Word_on, Word_at, Word, Str } = node.children;
    const span = cover(value.span, this.spanOf(node));
    if (Dot) return { kind: 'member', object: value, member: this.name(one(AnyWord)), span };
    if (args) return { kind: 'call', callee: value, args: this.args(one(args)), span };
    if (items) return { kind: 'index', object: value, items: this.items(one(items)), span };
    if (Word_of) {
      return { kind: 'of-row', value, row: Str ? this.string(one(Str)) : this.reference(one(Word)), span };
    }
    if (Word_on) return { kind: 'on-data', value, data: this.name(one(Word)), span };
    if (Word_at) {
      return {
        kind: 'at-point',
        value,
        point: this.name(one(Word)),
        ...present({ equals: this.pointValue(node) }),
        span,
      };
    }
    throw new Incomplete();
  }

  private pointValue(node: cst.SuffixCstNode): ast.Expression | undefined {
    const { quantity, pointValue } = node.children;
    if (quantity) return this.quantity(one(quantity));
    if (pointValue === undefined) return undefined;
    const token = one(pointValue);
    return token.image.startsWith('"') ? this.string(token) : this.reference(token);
  }

  private list(node: cst.ListCstNode): ast.ListExpression {
    const { items, Word } = node.children;
    return {
      kind: 'list',
      items: this.items(one(items)),
      ...present({ over: Word && this.name(one(Word)) }),
      span: this.spanOf(node),
    };
  }

  protected quantity(node: cst.QuantityCstNode): ast.Quantity | ast.Extent {
    const { Num, times, unit } = node.children;
    const span = this.spanOf(node);
    const first = one(Num);
    if (times) return { kind: 'extent', sizes: [Number(first.image), Number(one(Num.slice(1)).image)], span };
    return {
      kind: 'quantity',
      value: Number(first.image),
      text: first.image,
      ...present({ unit: unit && this.unit(one(unit)) }),
      span,
    };
  }

  protected unit(node: cst.UnitCstNode): ast.Name {
    const { UnitWord, Name, Percent } = node.children;
    return this.name(one(UnitWord ?? Name ?? Percent));
  }

  protected reference(token: IToken): ast.Reference {
    return { kind: 'reference', name: token.image, span: this.spanOf(token) };
  }
}

/** `max(m on val)` after `best:` is the metric to select by, in either spelling; any other call stays a call. */
function bestOfCall(value: ast.Expression): ast.Expression {
  if (value.kind !== 'call' || value.callee.kind !== 'reference') return value;
  const direction = value.callee.name;
  const [argument, ...others] = value.args;
  if ((direction !== 'max' && direction !== 'min') || argument === undefined || others.length > 0) return value;
  if (argument.label !== undefined || argument.arrows.length > 0 || argument.each !== undefined) return value;
  const inner = argument.value;
  const metric = dottedNames(inner.kind === 'on-data' ? inner.value : inner);
  if (metric === undefined) return value;
  return {
    kind: 'best-of',
    direction,
    metric,
    ...present({ data: inner.kind === 'on-data' ? inner.data : undefined }),
    span: value.span,
  };
}

function dottedNames(value: ast.Expression): readonly ast.Name[] | undefined {
  if (value.kind === 'reference') return [{ kind: 'name', text: value.name, span: value.span }];
  if (value.kind !== 'member') return undefined;
  const before = dottedNames(value.object);
  return before && [...before, value.member];
}
