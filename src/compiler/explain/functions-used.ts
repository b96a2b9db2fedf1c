import { printFormula } from '../check/print-formula.ts';
import type { Module, ModuleGraph } from '../resolve/modules.ts';
import { positionAt } from '../source/source-file.ts';
import type { FnStatement } from '../syntax/ast.ts';
import { visit } from '../syntax/visit.ts';

/** A `fn` that the experiment calls, directly or through others, with the file that holds it. */
export interface UsedFunction {
  readonly name: string;
  /** `a, b, ε = 1e-6` */
  readonly parameters: string;
  /** Its lets and result on one line. */
  readonly formula: string;
  /** `path:line` */
  readonly at: string;
  readonly calledBy: readonly string[];
}

/** In the order in which a reader of the file meets them. */
export function functionsUsed(graph: ModuleGraph): UsedFunction[] {
  const found = new Map<FnStatement, { readonly module: Module; readonly calledBy: Set<string> }>();
  const look = (root: FnStatement | undefined, module: Module, caller: string): void => {
    const enter = (name: string, by: string): void => {
      const own = module.declarations.find(name, 'value');
      const used = own === undefined ? module.imports.get(name) : { declaration: own, module };
      const statement = used?.declaration.statement;
      if (used === undefined || statement?.kind !== 'fn' || statement === root) return;
      const known = found.get(statement);
      if (known !== undefined) {
        known.calledBy.add(by);
        return;
      }
      found.set(statement, { module: used.module, calledBy: new Set([by]) });
      look(statement, used.module, statement.name.text);
    };
    const nodes = root === undefined ? module.file.statements : [root];
    for (const node of nodes) {
      // a fn of the file itself is looked into when it is called
      if (root === undefined && node.kind === 'fn') continue;
      visit(node, { reference: ({ name }) => enter(name, root === undefined ? callerOf(node) : caller) });
    }
  };
  if (graph.root !== undefined) look(undefined, graph.root, '');
  return [...found].map(([fn, { module, calledBy }]) => {
    const text = graph.sources.get(module.path)?.text ?? '';
    return {
      name: fn.name.text,
      parameters: fn.params
        .map((each) => `${each.name.text}${each.type?.name === undefined ? '' : `: ${each.type.name.text}`}${each.fallback === undefined ? '' : ` = ${printFormula(each.fallback)}`}`)
        .join(', '),
      formula: [...fn.body.lets.map((each) => `${each.pattern.names.map((name) => name.text).join(', ')} = ${printFormula(each.value)}`), printFormula(fn.body.result)].join('; '),
      at: `${module.path}:${positionAt(text, fn.span.start).line}`,
      calledBy: [...calledBy],
    };
  }); // prettier-ignore
}

/** The name of the statement that calls. */
function callerOf(statement: Module['file']['statements'][number]): string {
  if (statement.kind === 'let') return statement.pattern.names.map((name) => name.text).join(', ');
  if (statement.kind === 'evaluate') return `evaluate ${statement.name?.text ?? ''}`.trimEnd();
  return 'name' in statement && statement.name !== undefined ? statement.name.text : statement.kind;
}
