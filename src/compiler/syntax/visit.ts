import type {
  Argument, Assignment, Body, DataStatement, EvaluateItem, Expression, Field, FieldKey, File, Initialiser, ModuleItem, Name, Parameter, Path,
  PathStep, Pattern, Row, SettingItem, Settings, Statement, Target, TypeExpression,
} from './ast.ts'; // prettier-ignore

/** Every kind of node that a tree holds. */
export type Node =
  | File | Statement | Expression | ModuleItem | EvaluateItem | SettingItem | Argument | Assignment | Body | Field | FieldKey
  | DataStatement['shape'][number] | Initialiser | Name | Parameter | Path | PathStep | Pattern | Row | Settings | Target | TypeExpression; // prettier-ignore

export type NodeKind = Node['kind'];
export type NodeOfKind<Kind extends NodeKind> = Extract<Node, { readonly kind: Kind }>;

/**
 * What to do at nodes of a kind, before their children. `ancestors` runs from the root to the parent. Returning `false` skips the
 * children.
 */
export type Visitor = {
  readonly [Kind in NodeKind]?: (node: NodeOfKind<Kind>, ancestors: readonly Node[]) => boolean | void;
};

/** Walks a tree depth first, in source order. */
export function visit(root: Node, visitor: Visitor): void {
  walk(root, visitor, []);
}

function walk(node: Node, visitor: Visitor, ancestors: Node[]): void {
  const enter = visitor[node.kind] as ((node: Node, ancestors: readonly Node[]) => boolean | void) | undefined;
  if (enter?.(node, ancestors) === false) return;
  ancestors.push(node);
  for (const child of children(node)) walk(child, visitor, ancestors);
  ancestors.pop();
}

/**
 * The nodes directly below a node, in source order. Keys are read off the node itself, so a new property of the tree is visited
 * without a change here; what has no `kind` (a `use` item, an `each`) is looked through.
 */
export function children(node: Node): readonly Node[] {
  const found: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'span' && key !== 'comments') collect(value, found);
  }
  return found.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

function collect(value: unknown, found: Node[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const element of value) collect(element, found);
  } else if ('kind' in value) {
    found.push(value as Node);
  } else {
    for (const [key, inner] of Object.entries(value)) if (key !== 'span') collect(inner, found);
  }
}
