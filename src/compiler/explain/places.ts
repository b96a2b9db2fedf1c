import type { ModuleGraph } from '../resolve/modules.ts';
import { positionAt } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import type { ExplainedSetting } from './explanation.ts';

/** Places as `path:line`. */
export class Places {
  readonly #graph: ModuleGraph;

  constructor(graph: ModuleGraph) {
    this.#graph = graph;
  }

  at(span: Span): string {
    const text = this.#graph.sources.get(span.file)?.text;
    return text === undefined ? span.file : `${span.file}:${positionAt(text, span.start).line}`;
  }

  declared(name: string, space: 'value' | 'axis' | 'data'): string {
    const statement = this.#graph.root?.declarations.find(name, space)?.statement;
    return statement === undefined ? 'imported' : this.at(statement.span);
  }

  setting(name: string, value: string, given: Span | undefined): ExplainedSetting {
    return { name, value, origin: given === undefined ? 'default' : this.at(given) };
  }
}
