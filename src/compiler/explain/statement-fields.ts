/** Where the statements of a file give their fields. */
import type { ModuleGraph } from '../resolve/modules.ts';
import type { Span } from '../source/span.ts';
import type { Statement } from '../syntax/ast.ts';

/** The field of that name in the statement at a place, where the file gives it. */
export function fieldOf(graph: ModuleGraph, statement: Span, name: string): Span | undefined {
  const found = statementAt(graph, statement);
  const fields = found?.kind === 'train' ? found.fields.fields : found?.kind === 'evaluate' ? found.items.filter((item) => item.kind === 'field') : []; // prettier-ignore
  return fields.find(({ key }) => key.kind === 'dotted-key' && key.parts.map((part) => part.text).join('.') === name)?.span; // prettier-ignore
}

/** The statement that begins there, in the file, its base or a stage. */
export function statementAt({ root }: ModuleGraph, span: Span): Statement | undefined {
  const statements = root?.file.statements ?? [];
  const all = [...statements, ...statements.flatMap((each) => (each.kind === 'stage' ? each.statements : []))];
  return all.find((each) => each.span.file === span.file && each.span.start === span.start && each.kind !== 'stage');
}
