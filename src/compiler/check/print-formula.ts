import type { Argument, Expression } from '../syntax/ast.ts';

/** A formula on one line in the user's words, for logs and reports; the formatter prints files. */
export function printFormula(expression: Expression): string {
  switch (expression.kind) {
    case 'quantity':
      return `${expression.text}${expression.unit === undefined ? '' : ` ${expression.unit.text}`}`;
    case 'reference':
      return expression.name;
    case 'string':
      return expression.raw;
    case 'member':
      return `${printFormula(expression.object)}.${expression.member.text}`;
    case 'call':
      return `${printFormula(expression.callee)}(${expression.args.map(argument).join(', ')})`;
    case 'index':
      return `${printFormula(expression.object)}[${expression.items.map(argument).join(', ')}]`;
    case 'tuple':
      return `(${expression.items.map(printFormula).join(', ')})`;
    case 'list':
      return `[${expression.items.map(argument).join(', ')}]${expression.over === undefined ? '' : ` over ${expression.over.text}`}`;
    case 'unary':
      return expression.operator === '-'
        ? `-${printFormula(expression.operand)}`
        : `not ${printFormula(expression.operand)}`;
    case 'binary':
      return `${printFormula(expression.left)} ${expression.operator} ${printFormula(expression.right)}`;
    case 'in-unit':
      return `${printFormula(expression.value)} in ${expression.unit.text}`;
    case 'as-axes':
      return `${printFormula(expression.value)} as ${expression.axes.map((axis) => axis.text).join(', ')}`;
    case 'range':
      return `${expression.from === undefined ? '' : printFormula(expression.from)}..${expression.to === undefined ? '' : printFormula(expression.to)}`;
    case 'pipeline':
      return `${printFormula(expression.value)} |> ${printFormula(expression.step)}`;
    default:
      return '…';
  }
}

const argument = (each: Argument): string =>
  `${each.label === undefined ? '' : `${each.label.text}: `}${[each.value, ...each.arrows].map(printFormula).join(' -> ')}`;
