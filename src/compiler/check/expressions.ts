import { unreachable } from '../common/invariant.ts';
import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import type {
  Argument, BinaryOperator, Call, Expression, FnStatement, Index, LetStatement, Quantity,
} from '../syntax/ast.ts'; // prettier-ignore
import { known, type Axis, type Size } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { constantOf, jointMask, node, one, orderAxes, scalar, two } from './build.ts';
import { callBuiltin } from './builtins.ts';
import { callInstance, callPromptFn, memberOf } from './calls.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';
import { alongside } from './masks.ts';
import { oddArgument } from './odd-argument.ts';
import { Scope } from './scope.ts';
import type { ElementwiseTwo, Typed } from './typed.ts';
import type { Value } from './value.ts';
import type { Module } from '../resolve/modules.ts';

const operators: Record<Exclude<BinaryOperator, '~'>, ElementwiseTwo> = {
  or: 'or', and: 'and', '==': 'eq', '!=': 'ne', '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge', '+': 'add', '-': 'sub',
  '*': 'mul', '/': 'div', '^': 'pow',
}; // prettier-ignore

const tensor = (typed: Typed | undefined): Value | undefined =>
  typed === undefined ? undefined : { kind: 'tensor', typed };

/** The meaning of one expression; undefined where it has none, which was then reported. */
export function checkExpression(checker: Checker, expression: Expression, scope: Scope): Value | undefined {
  const { report } = checker;
  switch (expression.kind) {
    case 'quantity':
      return tensor(quantity(checker, expression));
    case 'string':
      return { kind: 'text', value: expression.value };
    case 'reference':
      return checker.name(expression.name, expression.span, scope);
    case 'tuple': {
      const items = expression.items.map((item) => checker.expression(item, scope));
      const [only] = items;
      if (expression.items.length === 1) return only;
      return items.every((item) => item !== undefined) ? { kind: 'tuple', items } : undefined;
    }
    case 'unary': {
      const operand = checker.tensor(expression.operand, scope);
      if (operand === undefined) return undefined;
      if (expression.operator === '-' && operand.op === 'number')
        return tensor(node('number', [], { value: -operand.attributes.value }, operand.type, expression.span));
      if (expression.operator === '-' && operand.type.element === 'i32') {
        return tensor(two('sub', scalar(0, expression.span), operand, expression.span, report));
      }
      return tensor(one(expression.operator === '-' ? 'neg' : 'not', operand, expression.span));
    }
    case 'binary':
      return tensor(binary(checker, expression.operator, expression.left, expression.right, expression.span, scope));
    case 'comparison':
      return report.error('CX3013', expression.span, 'comparisons chain only in `expect`', {
        help: 'write `a < b and b < c`',
      });
    case 'call':
      return call(checker, expression, scope);
    case 'member':
      return memberOf(checker, expression, scope);
    case 'index':
      return tensor(index(checker, expression, scope));
    case 'list':
      return tensor(vector(checker, expression, scope));
    case 'in-unit': {
      const value = checker.tensor(expression.value, scope);
      if (value === undefined) return undefined;
      const factor = { deg: 180 / Math.PI, rad: 1, '%': 100 }[expression.unit.text];
      if (factor === undefined) {
        return report.error('CX5003', expression.unit.span, `a value cannot be shown in \`${expression.unit.text}\``, {
          expected: '`deg`, `rad` or `%`',
        });
      }
      return tensor(
        two(
          'mul',
          value,
          { ...scalar(factor, expression.span), type: { element: 'f32', axes: [] } },
          expression.span,
          report,
        ),
      );
    }
    case 'as-axes':
      return asAxes(checker, expression.value, expression.axes[0], expression.axes.length, expression.span, scope);
    case 'pipeline': {
      const step = expression.step;
      if (step.kind === 'call') {
        const first: Argument = { kind: 'argument', value: expression.value, arrows: [], span: expression.value.span };
        return checker.expression({ ...step, args: [first, ...step.args] }, scope);
      }
      const first: Argument = { kind: 'argument', value: expression.value, arrows: [], span: expression.value.span };
      return checker.expression({ kind: 'call', callee: step, args: [first], span: expression.span }, scope);
    }
    case 'map':
      return report.error('CX2009', expression.span, 'a `{ … }` map is no value', {
        help: 'maps configure statements',
      });
    case 'range':
      return report.error('CX2009', expression.span, 'a range is no value', {
        help: 'ranges stand inside `[…]`, as in `x[frame: 0..3]`',
      });
    case 'extent':
      return report.error('CX2009', expression.span, 'a size such as `48 x 80` is no value');
    case 'with':
      return checker.notImplemented(expression.span, 'substitution by `with`');
    case 'on-data':
      return checker.notImplemented(expression.span, 'a value over a data set (`e on d`)');
    case 'of-row':
      return report.error('CX2009', expression.span, '`… of …` compares rows, which only `expect` can do');
    case 'at-point':
      return report.error('CX2009', expression.span, '`… at …` names a stage, which only `expect` can do');
    case 'from-source':
    case 'best-of':
    case 'first-part':
    case 'unfold':
    case 'qualified':
      return report.error('CX2009', expression.span, 'this configures a statement; it is no value');
    default:
      return unreachable(expression);
  }
}

function quantity(checker: Checker, expression: Quantity): Typed | undefined {
  const unit = expression.unit?.text;
  const factors: Readonly<Record<string, number>> = { '%': 0.01, deg: Math.PI / 180, rad: 1 };
  if (unit === undefined) {
    return expression.text.includes('.') || /e/i.test(expression.text)
      ? node('number', [], { value: expression.value }, { element: 'f32', axes: [] }, expression.span)
      : scalar(expression.value, expression.span);
  }
  const factor = factors[unit];
  if (factor === undefined) {
    return checker.report.error(
      'CX5003',
      expression.unit?.span ?? expression.span,
      `the unit \`${unit}\` has no meaning here`,
      {
        expected: 'a plain number, or one in `%`, `deg` or `rad`',
      },
    );
  }
  return node('number', [], { value: expression.value * factor }, { element: 'f32', axes: [] }, expression.span);
}

function binary(
  checker: Checker,
  operator: BinaryOperator,
  left: Expression,
  right: Expression,
  span: Span,
  scope: Scope,
): Typed | undefined {
  const a = checker.tensor(left, scope);
  const b = checker.tensor(right, scope);
  if (operator === '~') {
    return checker.report.error('CX3013', span, '`~` (equal within spread) stands only in `expect`');
  }
  if (a === undefined || b === undefined) return undefined;
  const built = two(operators[operator], a, b, span, checker.report, [left.span, right.span]);
  const constant = built === undefined ? undefined : constantOf(built);
  if (built === undefined || constant === undefined || built.type.element === 'bool') return built;
  // a product of whole numbers may be more than an i32 holds
  const type = built.type.element === 'i32' ? scalar(constant, span).type : built.type;
  return node('number', [], { value: constant }, type, span);
}

function vector(checker: Checker, expression: Extract<Expression, { kind: 'list' }>, scope: Scope): Typed | undefined {
  if (expression.over === undefined) {
    return checker.report.error('CX2009', expression.span, 'a list is no value by itself', {
      help: 'write `[1, 2, 3] over axis` for a constant vector',
    });
  }
  const axis = checker.axisByName(expression.over, scope);
  const values = expression.items.map((item) => {
    const value = checker.tensor(item.value, scope);
    const constant = value === undefined ? undefined : constantOf(value);
    if (value !== undefined && constant === undefined) {
      checker.report.error('CX3011', item.span, 'the entries of a constant vector are numbers known while compiling');
    }
    return constant;
  });
  if (axis === undefined || values.some((value) => value === undefined)) return undefined;
  if (axis.size.kind === 'known' && axis.size.value !== values.length) {
    return checker.report.error(
      'CX3002',
      expression.span,
      `\`${axis.name}\` has ${axis.size.value} entries, and the list has ${values.length}`,
      {
        expected: `${axis.size.value} numbers`,
        found: `${values.length}`,
      },
    );
  }
  return node(
    'vector',
    [],
    { values: values.map((value) => value ?? 0) },
    { element: 'f32', axes: [axis] },
    expression.span,
  );
}

// ── calls ────────────────────────────────────────────────────────────

function call(checker: Checker, expression: Call, scope: Scope): Value | undefined {
  const callee = checker.expression(expression.callee, scope);
  if (callee === undefined) {
    // the arguments may hold faults of their own
    for (const argument of expression.args) {
      if (argument.label === undefined && argument.arrows.length === 0) checker.expression(argument.value, scope);
    }
    return undefined;
  }
  switch (callee.kind) {
    case 'fn':
      return inlineFn(checker, callee.fn, callee.module, expression, scope);
    case 'builtin':
      return callBuiltin(checker, callee.name, expression, scope);
    case 'instance':
      return callInstance(checker, callee.instance, '', expression, scope);
    case 'tap':
      return callInstance(checker, callee.instance, callee.path, expression, scope);
    case 'prompt-fn':
      return callPromptFn(checker, callee, expression, scope);
    case 'unknown':
      return undefined;
    default: {
      const what = dottedName(expression.callee) ?? 'this';
      return checker.report.error('CX2009', expression.callee.span, `\`${what}\` cannot be called`, {
        expected: 'a fn, an encoder, a module or a built-in function',
      });
    }
  }
}

/** Substitutes the arguments into the body. Axes born inside stay inside unless the result has them. */
function inlineFn(
  checker: Checker,
  fn: FnStatement,
  module: Module,
  expression: Call,
  scope: Scope,
): Value | undefined {
  if (checker.openFns.includes(fn)) {
    const circle = [...checker.openFns.slice(checker.openFns.indexOf(fn)), fn].map((each) => each.name.text);
    return checker.report.error('CX2008', expression.span, `the fn \`${fn.name.text}\` calls itself`, {
      found: circle.join(' → '),
      help: 'a fn is written out where it is called, so it has to end: state the recursion as a formula over an axis',
    });
  }
  const inner = new Scope(module, checker.inlinePrefix(fn.name.text));
  const given = new Map<string, Argument>();
  const positional = expression.args.filter((argument) => argument.label === undefined);
  let failed = false;
  let misnamed = false;
  for (const argument of expression.args) {
    const label = argument.label;
    failed = oddArgument(checker, argument) || failed;
    if (label === undefined) continue;
    const names = fn.params.map((parameter) => parameter.name.text);
    if (!names.includes(label.text)) {
      const suggestion = nearestName(label.text, names);
      checker.report.error('CX3006', label.span, `\`${fn.name.text}\` has no parameter \`${label.text}\``, {
        expected: names.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      misnamed = true;
    } else if (given.has(label.text)) {
      checker.report.error('CX3006', label.span, `\`${label.text}\` is given twice`, {
        related: [{ span: given.get(label.text)?.span ?? label.span, label: 'first here' }],
      });
      misnamed = true;
    }
    given.set(label.text, argument);
  }
  const open = fn.params.filter((parameter) => !given.has(parameter.name.text));
  for (const [position, argument] of positional.entries()) {
    const parameter = open[position];
    if (parameter === undefined) {
      checker.report.error(
        'CX3006',
        argument.span,
        `\`${fn.name.text}\` takes ${fn.params.length} ${fn.params.length === 1 ? 'argument' : 'arguments'}, and this is one more`,
        {
          expected: fn.params.map((each) => each.name.text).join(', '),
        },
      );
      failed = true;
      continue;
    }
    given.set(parameter.name.text, argument);
  }
  const isAxis = (parameter: FnStatement['params'][number]) => parameter.type?.name?.text === 'axis';
  const seen = new Map<string, Axis>();
  for (const parameter of fn.params) {
    const argument = given.get(parameter.name.text);
    if (argument === undefined && parameter.fallback === undefined) {
      // a misspelt label is the likelier fault
      if (!misnamed)
        checker.report.error('CX3006', expression.span, `\`${fn.name.text}\` needs \`${parameter.name.text}\``, {
          related: [{ span: parameter.span, label: 'declared here without a default' }],
        });
      failed = true;
    } else if (argument !== undefined && !isAxis(parameter)) {
      const value = checker.expression(argument.value, scope);
      if (value === undefined) failed = true;
      else inner.bind(parameter.name.text, value);
      if (value?.kind === 'tensor') for (const axis of value.typed.type.axes) seen.set(axis.id, axis);
    }
  }
  for (const parameter of fn.params.filter(isAxis)) {
    const argument = given.get(parameter.name.text);
    const source = argument?.value ?? parameter.fallback;
    if (source === undefined) continue;
    const axis = checker.axisOf(source, argument === undefined ? inner : scope, [...seen.values()]);
    if (axis === undefined) failed = true;
    else inner.bindAxis(parameter.name.text, axis);
  }
  for (const parameter of fn.params) {
    if (given.has(parameter.name.text) || parameter.fallback === undefined || isAxis(parameter)) continue;
    const value = checker.expression(parameter.fallback, inner);
    if (value === undefined) failed = true;
    else inner.bind(parameter.name.text, value);
  }
  if (failed || misnamed) return undefined;
  const outer = checker.subject;
  checker.openFns.push(fn);
  const result = checker.report.inside(fn.name.text, expression.span, () => {
    for (const statement of fn.body.lets) {
      checker.subject = `${outer}.${statement.pattern.names[0]?.text ?? fn.name.text}`;
      bindPattern(checker, statement, inner);
    }
    checker.subject = outer;
    return checker.expression(fn.body.result, inner);
  });
  checker.openFns.pop();
  return result?.kind === 'tensor' ? tensor(promoteAxes(checker, result.typed, inner, scope, expression.span)) : result;
}

function promoteAxes(checker: Checker, typed: Typed, inner: Scope, outer: Scope, span: Span): Typed | undefined {
  const born = typed.type.axes.filter((axis) => axis.id.startsWith(inner.prefix));
  if (born.length === 0) return typed;
  const pairs: { from: Axis; to: Axis }[] = [];
  for (const axis of born) {
    const to = checker.bornAxis({ kind: 'name', text: axis.name, span }, axis, outer);
    if (to === undefined) return undefined;
    pairs.push({ from: axis, to });
  }
  return rename(typed, pairs, span);
}

export function rename(typed: Typed, pairs: readonly { readonly from: Axis; readonly to: Axis }[], span: Span): Typed {
  const axes = typed.type.axes.map((axis) => pairs.find((pair) => pair.from.id === axis.id)?.to ?? axis);
  const mask =
    typed.mask === undefined
      ? undefined
      : rename(
          typed.mask,
          pairs.filter((pair) => hasAxis(typed.mask?.type ?? typed.type, pair.from.id)),
          span,
        );
  const indexes = typed.type.indexes === undefined ? {} : { indexes: typed.type.indexes };
  return node(
    'rename',
    [typed],
    { pairs },
    { element: typed.type.element, axes: orderAxes(axes), ...indexes },
    span,
    mask,
  );
}

/** Binds the names of a `let` inside a fn or a block. */
export function bindPattern(
  checker: Checker,
  statement: Extract<FnStatement['body']['lets'][number], { kind: 'let' }>,
  scope: Scope,
): void {
  const value = checker.expression(statement.value, scope);
  const names = statement.pattern.names;
  const [first] = names;
  if (value === undefined || first === undefined) {
    for (const name of names) scope.bind(name.text, { kind: 'unknown' });
    checker.holes = true;
    return;
  }
  if (names.length === 1) {
    const wellTyped = value.kind !== 'tensor' || hasWrittenType(checker, statement, value.typed, scope);
    scope.bind(
      first.text,
      !wellTyped
        ? { kind: 'unknown' }
        : value.kind === 'tensor'
          ? { kind: 'tensor', typed: { ...value.typed, label: first.text } }
          : value,
    );
    return;
  }
  if (value.kind !== 'tuple' || value.items.length !== names.length) {
    checker.report.error(
      'CX3006',
      statement.pattern.span,
      `${names.length} names on the left, and ${value.kind === 'tuple' ? value.items.length : 'one value'} on the right`,
    );
    for (const name of names) scope.bind(name.text, { kind: 'unknown' });
    return;
  }
  for (const [position, name] of names.entries()) {
    const item = value.items[position];
    if (item !== undefined) scope.bind(name.text, item);
  }
}

/** A type that is written is checked exactly: elements and axes. */
export function hasWrittenType(checker: Checker, statement: LetStatement, typed: Typed, scope: Scope): boolean {
  const { type } = statement;
  if (type === undefined) return true;
  const label = statement.pattern.names[0]?.text ?? '';
  const element = type.name?.text;
  if (element !== undefined && !['f32', 'i32', 'bool'].includes(element)) {
    checker.report.error('CX2012', type.name?.span ?? type.span, `there is no type of element \`${element}\``, {
      expected: 'f32, i32 or bool',
    });
    return false;
  }
  const wanted = (type.items ?? []).map((item) => checker.axisOf(item.value, scope, typed.type.axes));
  if (wanted.some((axis) => axis === undefined)) return false;
  const ids = new Set(wanted.map((axis) => axis?.id));
  const { axes } = typed.type;
  const same = ids.size === axes.length && axes.every((axis) => ids.has(axis.id));
  if (same && (element === undefined || element === typed.type.element)) return true;
  const written = printAxes(wanted.filter((axis) => axis !== undefined));
  const found = element === undefined ? printAxes(axes) : `${typed.type.element} ${printAxes(axes)}`;
  checker.report.error('CX3005', type.span, `\`${label}\` is not of the type that is written here`, {
    expected: element === undefined ? written : `${element} ${written}`,
    found,
    related: [{ span: statement.value.span, label: `this is ${found}` }],
  });
  return false;
}

// ── indexing ─────────────────────────────────────────────────────────

function index(checker: Checker, expression: Index, scope: Scope): Typed | undefined {
  const { report } = checker;
  const value = checker.tensor(expression.object, scope);
  if (value === undefined) return undefined;
  if (value.type.element === 'text') {
    return report.error('CX3007', expression.object.span, 'text is not indexed or renamed', {
      help: 'apply the text tower first, and rename what it gives',
    });
  }
  const renames = expression.items.filter((item) => item.value.kind === 'as-axes' && item.label === undefined);
  if (renames.length === expression.items.length) return renameItems(checker, value, expression, scope);
  let current: Typed = value;
  for (const item of expression.items) {
    const axis =
      item.label === undefined
        ? soleItemAxis(checker, current, item.span)
        : checker.axisByName(item.label, scope, current.type.axes);
    if (axis === undefined) return undefined;
    if (!hasAxis(current.type, axis.id)) {
      return report.error('CX3003', item.span, `the value has no axis \`${axis.name}\``, {
        found: printAxes(current.type.axes),
      });
    }
    const next = indexOne(checker, current, axis, item.value, expression.span, scope);
    if (next === undefined) return undefined;
    current = next;
  }
  return current;
}

function soleItemAxis(checker: Checker, value: Typed, span: Span): Axis | undefined {
  const [axis, second] = value.type.axes;
  if (axis !== undefined && second === undefined) return axis;
  return checker.report.error('CX3004', span, 'which axis is meant?', {
    found: printAxes(value.type.axes),
    help: 'name it: `x[axis: …]`',
  });
}

function renameItems(checker: Checker, value: Typed, expression: Index, scope: Scope): Typed | undefined {
  const pairs: { from: Axis; to: Axis }[] = [];
  for (const item of expression.items) {
    if (item.value.kind !== 'as-axes') return undefined;
    const from = checker.axisOf(item.value.value, scope, value.type.axes);
    const name = item.value.axes[0];
    if (from === undefined || name === undefined) return undefined;
    if (!hasAxis(value.type, from.id)) {
      return checker.report.error('CX3003', item.span, `the value has no axis \`${from.name}\` to rename`, {
        found: printAxes(value.type.axes),
      });
    }
    const existing = value.type.axes.find((axis) => axis.id === name.text) ?? uniquelyNamed(value, name.text);
    const to =
      existing !== undefined
        ? existing
        : checker.bornAxis(name, { kind: from.kind, size: from.size, renames: from.id }, scope);
    if (to === undefined) return undefined;
    pairs.push({ from, to });
  }
  const leaving = new Set(pairs.map((pair) => pair.from.id));
  const clash = pairs.find((pair) => hasAxis(value.type, pair.to.id) && !leaving.has(pair.to.id));
  if (clash !== undefined) {
    return checker.report.error('CX3009', expression.span, `the value already has an axis \`${clash.to.name}\``, {
      found: printAxes(value.type.axes),
      help: 'rename that one in the same brackets, or choose another name',
    });
  }
  return rename(value, pairs, expression.span);
}

function uniquelyNamed(value: Typed, name: string): Axis | undefined {
  const alike = value.type.axes.filter((axis) => axis.name === name);
  return alike.length === 1 ? alike[0] : undefined;
}

function indexOne(
  checker: Checker,
  value: Typed,
  axis: Axis,
  by: Expression,
  span: Span,
  scope: Scope,
): Typed | undefined {
  const remaining = value.type.axes.filter((each) => each.id !== axis.id);
  if (by.kind === 'as-axes' && by.value.kind === 'range') {
    const name = by.axes[0];
    return name === undefined ? undefined : sliceOf(checker, value, axis, by.value, name.text, by.span, scope);
  }
  if (by.kind === 'range') return sliceOf(checker, value, axis, by, undefined, by.span, scope);
  const at = checker.tensor(by, scope);
  if (at === undefined) return undefined;
  const constant = constantOf(at);
  if (constant !== undefined) {
    const size = axis.size.kind === 'known' ? axis.size.value : undefined;
    if (!Number.isInteger(constant) || (size !== undefined && (constant >= size || constant < -size))) {
      return checker.report.error('CX5006', by.span, `\`${axis.name}\` has no entry ${constant}`, {
        ...(size === undefined ? {} : { expected: `0 to ${size - 1}, or −1 for the last` }),
      });
    }
    const entry = (whole: Typed, axes: readonly Axis[]): Typed => {
      const { indexes } = whole.type;
      const type = { element: whole.type.element, axes, ...(indexes === undefined ? {} : { indexes }) };
      return node('entry', [whole], { axis, at: constant }, type, span);
    };
    return withMask(
      entry(value, remaining),
      alongside(value.mask, axis, (mask) => entry(mask, mask.type.axes.filter((each) => each.id !== axis.id))),
    ); // prettier-ignore
  }
  if (at.type.element !== 'i32') {
    return checker.report.error('CX3007', by.span, 'an index is an integer, and this is not', {
      found: at.type.element,
    });
  }
  const pointed = at.type.indexes;
  if (pointed !== undefined && pointed.id !== axis.id && pointed.id !== axis.renames && axis.id !== pointed.renames) {
    return checker.report.error(
      'CX3008',
      by.span,
      `this is an index of \`${pointed.name}\`, and the axis is \`${axis.name}\``,
    );
  }
  const gathered = (whole: Typed): Typed => {
    const rest = whole.type.axes.filter((each) => each.id !== axis.id);
    const fresh = at.type.axes.filter((each) => !rest.some((other) => other.id === each.id));
    const { indexes } = whole.type;
    const type = { element: whole.type.element, axes: orderAxes([...rest, ...fresh]), ...(indexes === undefined ? {} : { indexes }) }; // prettier-ignore
    return node('gather', [whole, at], { axis }, type, span);
  };
  const own = alongside(value.mask, axis, gathered);
  const result = gathered(value);
  return withMask(result, jointMask([{ ...result, ...(own === undefined ? {} : { mask: own }) }, at], span));
}

const withMask = (typed: Typed, mask: Typed | undefined): Typed => (mask === undefined ? typed : { ...typed, mask });

function sliceOf(
  checker: Checker,
  value: Typed,
  axis: Axis,
  range: Extract<Expression, { kind: 'range' }>,
  as: string | undefined,
  span: Span,
  scope: Scope,
): Typed | undefined {
  const bound = (expression: Expression | undefined, fallback: number): number | undefined => {
    if (expression === undefined) return fallback;
    const typed = checker.tensor(expression, scope);
    const constant = typed === undefined ? undefined : constantOf(typed);
    if (typed !== undefined && constant === undefined)
      checker.report.error('CX3011', expression.span, 'a bound is a number known while compiling');
    return constant;
  };
  if (range.by !== undefined) return checker.notImplemented(range.span, 'a stride in an index range (`by`)');
  const from = bound(range.from, 0);
  const to = bound(range.to, -1);
  if (from === undefined || to === undefined) return undefined;
  if (!Number.isInteger(from) || !Number.isInteger(to)) {
    return checker.report.error('CX5006', span, 'entries are counted by whole numbers');
  }
  const whole = axis.size.kind === 'known' ? axis.size.value : undefined;
  const outside = whole === undefined ? undefined : [from, to].find((at) => at >= whole || at < -whole);
  if (whole !== undefined && outside !== undefined) {
    return checker.report.error('CX5006', span, `\`${axis.name}\` has no entry ${outside}`, {
      expected: `0 to ${whole - 1}, or −1 for the last`,
    });
  }
  const size = lengthOf(axis.size, from, to);
  if (size === undefined || (size.kind === 'known' && size.value <= 0)) {
    return checker.report.error('CX5006', span, 'this range of entries is empty', {
      expected: 'both ends counted from the same side, the smaller first; both ends are inside',
    });
  }
  if (as === undefined) {
    return checker.report.error('CX3002', span, `a part of \`${axis.name}\` is a new axis and needs a name`, {
      help: `write \`x[${axis.name}: … as part]\``,
    });
  }
  const born = checker.bornAxis({ kind: 'name', text: as, span }, { kind: axis.kind, size }, scope);
  if (born === undefined) return undefined;
  const part = (whole: Typed): Typed => {
    const axes = whole.type.axes.map((each) => (each.id === axis.id ? born : each));
    const { indexes, element } = whole.type;
    return node('slice', [whole], { axis, from, to, as: born }, { element, axes, ...(indexes === undefined ? {} : { indexes }) }, span); // prettier-ignore
  };
  if (value.type.axes.some((each) => each.id === born.id && each.id !== axis.id)) {
    return checker.report.error('CX3009', span, `the value already has an axis \`${born.name}\``, {
      found: printAxes(value.type.axes),
      help: 'choose another name for the part',
    });
  }
  return withMask(part(value), alongside(value.mask, axis, part));
}

/** Entries from..to, each counted from whichever end it names. */
function lengthOf(size: Size, from: number, to: number): Size | undefined {
  if (size.kind === 'known') {
    const at = (bound: number): number => (bound < 0 ? size.value + bound : bound);
    return known(at(to) - at(from) + 1);
  }
  if (to < 0 === from < 0) return known(to - from + 1);
  return to < 0 ? { kind: 'sum', parts: [size, known(to + 1 - from)] } : undefined;
}

/** `upper(x, a, b) as pair`: the name goes to the call that makes the axis. */
function asAxes(
  checker: Checker,
  value: Expression,
  name: { readonly text: string; readonly span: Span; readonly kind: 'name' } | undefined,
  count: number,
  span: Span,
  scope: Scope,
): Value | undefined {
  if (value.kind === 'call' && value.callee.kind === 'reference' && name !== undefined && count === 1) {
    const label = { kind: 'name', text: 'as', span: name.span } as const;
    const axis: Argument = {
      kind: 'argument',
      label,
      value: { kind: 'reference', name: name.text, span: name.span },
      arrows: [],
      span: name.span,
    };
    return checker.expression({ ...value, args: [...value.args, axis] }, scope);
  }
  return checker.report.error('CX3002', span, '`as` names the axis that a call makes', {
    help: 'it follows a call such as `top(…)` or `upper(…)`, or stands inside `x[a as b]`',
  });
}
