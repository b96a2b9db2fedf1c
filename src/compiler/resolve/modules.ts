import { parse } from '../parse/parse.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import { nearestName } from '../common/suggest.ts';
import type { File, UseStatement } from '../syntax/ast.ts';
import { sourceFile, type SourceFile } from '../source/source-file.ts';
import { declarationsOf, type Declaration, type Declarations } from './declarations.ts';

/** How the compiler reads text: project paths and `library/…`, which ships with clipx. Undefined: no such file. */
export interface CompilerHost {
  readText(path: string): string | undefined;
}

/** One parsed file with what it declares and what it imports. */
export interface Module {
  readonly path: string;
  readonly file: File;
  readonly declarations: Declarations;
  /** Local name → the declaration it stands for, in the module that declares it. */
  readonly imports: ReadonlyMap<string, Imported>;
  /** Local names whose import failed: that was told, and what reads them is not blamed again. */
  readonly broken: ReadonlySet<string>;
}

export interface Imported {
  readonly module: Module;
  readonly declaration: Declaration;
}

export interface ModuleGraph {
  readonly root: Module | undefined;
  readonly sources: ReadonlyMap<string, SourceFile>;
}

/** Parses the file and all that it uses; every fault is reported, none stops the rest. */
export function loadModules(path: string, text: string, host: CompilerHost, report: Reporter): ModuleGraph {
  const sources = new Map<string, SourceFile>();
  const modules = new Map<string, Module | 'loading'>();

  function load(modulePath: string, moduleText: string): Module {
    const source = sourceFile(modulePath, moduleText);
    sources.set(modulePath, source);
    modules.set(modulePath, 'loading');
    const { file, diagnostics } = parse(source);
    report.diagnostics.push(...diagnostics);
    const declarations = declarationsOf(file, report);
    const imports = new Map<string, Imported>();
    const broken = new Set<string>();
    for (const statement of file.statements) {
      if (statement.kind !== 'use') continue;
      importInto(imports, declarations, modulePath, statement);
      for (const item of statement.items) {
        const local = (item.alias ?? item.name).text;
        if (!imports.has(local)) broken.add(local);
      }
    }
    const module: Module = { path: modulePath, file, declarations, imports, broken };
    modules.set(modulePath, module);
    return module;
  }

  function importInto(imports: Map<string, Imported>, own: Declarations, from: string, use: UseStatement): void {
    const target = resolvePath(from, use.path.value);
    const found = modules.get(target);
    if (found === 'loading') {
      report.error('CX2005', use.path.span, `\`${use.path.value}\` uses this file, directly or through others`, {
        help: 'move what both need into a third file',
      });
      return;
    }
    const text = found === undefined ? host.readText(target) : undefined;
    if (found === undefined && text === undefined) {
      report.error('CX2004', use.path.span, `there is no file \`${use.path.value}\``, {
        expected: `a .clipx file at \`${target}\``,
        help: 'paths of `use` are relative to this file, or start with `library/`',
      });
      return;
    }
    const module = found ?? load(target, text ?? '');
    for (const item of use.items) {
      const declaration = module.declarations.find(item.name.text);
      if (declaration === undefined) {
        const suggestion = nearestName(item.name.text, module.declarations.names());
        report.error('CX2003', item.name.span, `\`${use.path.value}\` declares no \`${item.name.text}\``, {
          ...(suggestion === undefined ? {} : { suggestion }),
        });
        continue;
      }
      if (['input', 'data'].includes(declaration.kind)) {
        report.error('CX2006', item.name.span, `\`${item.name.text}\` is ${declaration.kind}, which is never imported`);
        continue;
      }
      const local = item.alias ?? item.name;
      const existing = own.find(local.text);
      if (existing !== undefined || imports.has(local.text)) {
        report.error('CX2002', local.span, `\`${local.text}\` is declared twice in this file`, {
          ...(existing === undefined ? {} : { related: [{ span: existing.name.span, label: 'also here' }] }),
          help: `write \`${item.name.text} as another_name\``,
        });
        continue;
      }
      imports.set(local.text, { module, declaration });
    }
  }

  const root = load(path, text);
  return { root, sources };
}

function resolvePath(from: string, path: string): string {
  if (path.startsWith('library/')) return path;
  const parts = from.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
