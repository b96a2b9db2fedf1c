import type { Expression } from '../syntax/ast.ts';
import { Layout } from '../syntax/print-comments.ts';
import { flatText } from '../syntax/print-document.ts';
import { ExpressionPrinter } from '../syntax/print-expression.ts';

/** A formula on one line as the formatter writes it, without comments: for logs and reports. */
export function printFormula(expression: Expression): string {
  const layout = new Layout({ kind: 'file', statements: [], comments: [], span: expression.span });
  return flatText(new ExpressionPrinter(layout).expression(expression));
}
