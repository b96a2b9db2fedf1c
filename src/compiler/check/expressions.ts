import { unreachable } from '../common/invariant.ts';
import type { Span } from '../source/span.ts';
import type { Argument, AsAxes, BinaryOperator, Call, Expression, Quantity } from '../syntax/ast.ts';
import { axisByName } from './named-axis.ts';
import { namedValue } from './named-value.ts';
import { bornArgument } from './written-arguments.ts';
import { constantOf, node, one, scalar, two } from './build.ts';
import { callBuiltin } from './builtins.ts';
import { callPromptFn, memberOf } from './calls.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';
import { reportEquality } from './equality.ts';
import { index } from './indexing.ts';
import { inlineFn } from './inline-fn.ts';
import { callPart, pickedPart } from './parts/call-part.ts';
import type { Scope } from './scope.ts';
import { onData, substituted } from './substitution.ts';
import { callTokenizer } from './tokenizers.ts';
import type { ElementwiseTwo, Typed } from './typed.ts';
import type { Value } from './value.ts';

const operators: Record<Exclude<BinaryOperator, '~' | 'in'>, ElementwiseTwo> = {
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
      return namedValue(checker, expression.name, expression.span, scope);
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
      return pickedPart(checker, expression, scope) ?? tensor(index(checker, expression, scope));
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
      return asAxes(checker, expression, scope);
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
      return substituted(checker, expression, scope);
    case 'on-data':
      return tensor(onData(checker, expression, scope));
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
  if (operator === 'in') return membership(checker, left, right, span, scope);
  const a = checker.tensor(left, scope);
  const b = checker.tensor(right, scope);
  if (operator === '~') {
    return checker.report.error('CX3013', span, '`~` (equal within spread) stands only in `expect`');
  }
  if (a === undefined || b === undefined) return undefined;
  const built = two(operators[operator], a, b, span, checker.report, [left.span, right.span]);
  if (operator === '/') checker.risk(built, '/', b, span, right.span);
  if (operator === '==' || operator === '!=') reportEquality(checker, a, b, span);
  const constant = built === undefined ? undefined : constantOf(built);
  if (built === undefined || constant === undefined || built.type.element === 'bool') return built;
  // a product of whole numbers may be more than an i32 holds
  const type = built.type.element === 'i32' ? scalar(constant, span).type : built.type;
  return node('number', [], { value: constant }, type, span);
}

/** `x in [a, b]` is `x == a or x == b`. */
function membership(
  checker: Checker,
  left: Expression,
  right: Expression,
  span: Span,
  scope: Scope,
): Typed | undefined {
  if (right.kind !== 'list' || right.items.length === 0)
    return checker.report.error('CX3013', right.span, '`in` asks whether a value is among those of a list, and this list has none'); // prettier-ignore
  const equal = right.items.map((item) => binary(checker, '==', left, item.value, span, scope));
  return equal.reduce((all, one) =>
    all === undefined || one === undefined ? undefined : two('or', all, one, span, checker.report),
  );
}

function vector(checker: Checker, expression: Extract<Expression, { kind: 'list' }>, scope: Scope): Typed | undefined {
  if (expression.over === undefined) {
    return checker.report.error('CX2009', expression.span, 'a list is no value by itself', {
      help: 'write `[1, 2, 3] over axis` for a constant vector',
    });
  }
  const axis = axisByName(checker, expression.over, scope);
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

/** Metrics have names of their own: within an evaluation a metric may be called as the fn that it measures by. */
function calleeOf(checker: Checker, callee: Expression, scope: Scope): Value | undefined {
  const near = callee.kind === 'reference' ? scope.value(callee.name) : undefined;
  if (callee.kind !== 'reference' || near?.kind !== 'tensor') return checker.expression(callee, scope);
  const outside = namedValue(checker, callee.name, callee.span, checker.fileScope(scope.module));
  return outside?.kind === 'fn' || outside?.kind === 'builtin' ? outside : near;
}

// ── calls ────────────────────────────────────────────────────────────

function call(checker: Checker, expression: Call, scope: Scope): Value | undefined {
  const callee = calleeOf(checker, expression.callee, scope);
  if (callee === undefined) {
    // the arguments may hold faults of their own
    for (const argument of expression.args) {
      if (argument.label === undefined && argument.arrows.length === 0) checker.expression(argument.value, scope);
    }
    return undefined;
  }
  switch (callee.kind) {
    case 'fn':
      return inlineFn(checker, callee.fn, callee.module, expression, scope, callee.scope);
    case 'builtin':
      return callBuiltin(checker, callee.name, expression, scope);
    case 'instance':
    case 'tap':
    case 'part':
      return callPart(checker, callee, expression, scope);
    case 'tokenizer':
      return callTokenizer(checker, callee.tokenizer, expression, scope);
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

/** `upper(x, a, b) as pair`: the name goes to the call that makes the axis. */
function asAxes(checker: Checker, expression: AsAxes, scope: Scope): Value | undefined {
  const { value, span } = expression;
  if (value.kind === 'call' && value.callee.kind === 'reference')
    return checker.expression({ ...value, args: [...value.args, bornArgument(expression)] }, scope);
  return checker.report.error('CX3002', span, '`as` names the axis that a call makes', {
    help: 'it follows a call such as `top(…)` or `upper(…)`, or stands inside `x[a as b]`',
  });
}
