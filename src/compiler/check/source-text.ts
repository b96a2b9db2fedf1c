import type { ModuleGraph } from '../resolve/modules.ts';
import type { Span } from '../source/span.ts';

/** The words of the file at a span, on one line. */
export function sourceText(graph: Pick<ModuleGraph, 'sources'>, span: Span): string {
  const text = graph.sources.get(span.file)?.text.slice(span.start, span.end) ?? '';
  return text.replace(/#[^\n]*/g, '').replace(/\s+/g, ' ').trim(); // prettier-ignore
}
