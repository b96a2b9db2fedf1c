import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../source/span.ts';
import type { Expression, Statement } from '../syntax/ast.ts';

/** Levels of a statement's tree; later passes recurse over it. */
const treeDepthLimit = 400;

/** Leaves out, with a diagnostic, statements whose tree is too deep to walk by recursion. */
export function withoutDeepTrees(statements: readonly Statement[], diagnostics: Diagnostic[]): readonly Statement[] {
  return statements.filter((statement) => !isTooDeep(statement, diagnostics));
}

/** Whether a tree is too deep; says so in `diagnostics`. */
export function isTooDeep(root: Statement | Expression, diagnostics: Diagnostic[]): boolean {
  // A character adds two levels at most (`[` is a list and its item), so a short text needs no walk.
  if (2 * (root.span.end - root.span.start) < treeDepthLimit) return false;
  const span = deepest(root);
  if (span === undefined) return false;
  diagnostics.push({
    code: 'CX1009',
    severity: 'error',
    fault: 'user',
    message: `this nests more than ${treeDepthLimit} levels deep`,
    span,
    expected: `at most ${treeDepthLimit} levels`,
    help: 'name the inner parts with `let`, or write a `fn`',
  });
  return true;
}

/** The span of a node past the limit. An explicit stack, since recursion is what must be avoided. */
function deepest(root: Statement | Expression): Span | undefined {
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { value, depth } = item;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const element of value) stack.push({ value: element, depth });
      continue;
    }
    const span = 'span' in value ? (value.span as Span) : root.span;
    if (depth > treeDepthLimit) return span;
    for (const [key, child] of Object.entries(value)) {
      if (key !== 'span') stack.push({ value: child, depth: depth + 1 });
    }
  }
  return undefined;
}
