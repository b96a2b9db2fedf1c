import { parse } from '../parse/parse.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import { nearestName } from '../common/suggest.ts';
import type {
  Assignment,
  ExtendsStatement,
  File,
  Name,
  Statement,
  StringLiteral,
  UseStatement,
} from '../syntax/ast.ts';
import { sourceFile, type SourceFile } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import type { Shape } from '../types/dtype.ts';
import { skeleton } from './confusable.ts';
import { declarationsOf, declaredNames, spacesOf, type Declaration, type Declarations } from './declarations.ts';
import { extended } from './extend.ts';

/** How the compiler reads text: project paths and `library/…`, which ships with clipx. Undefined: no such file. */
export interface CompilerHost {
  readText(path: string): string | undefined;
  /**
   * Names and shapes of the tensors in a weights file or folder, from the headers alone; in words why they cannot be read. Undefined: there
   * is no such file, or the host knows of none.
   */
  readonly tensorsOf?: (path: string) => ReadonlyMap<string, Shape> | string | undefined;
  /** Whether a model of Hugging Face's hub, `hf:org/name`, lies on this machine. */
  readonly hasModel?: (path: string) => boolean;
  /** Whether a program may be read from there; without it, whether the path stays inside the project and `library/`. */
  readonly allows?: (path: string) => boolean;
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
  /** Names that `remove` took out of what this module extends: who still reads them is told there. */
  readonly removed: ReadonlyMap<string, Span>;
}

export interface Imported {
  readonly module: Module;
  readonly declaration: Declaration;
}

export interface ModuleGraph {
  readonly root: Module | undefined;
  readonly sources: ReadonlyMap<string, SourceFile>;
}

/** Trees of what a host has given: the rows of an ablation are compiled one after another from the same files. */
const trees = new WeakMap<CompilerHost, Map<string, { readonly text: string } & ReturnType<typeof parse>>>();

function parseOnce(source: SourceFile, host: CompilerHost): ReturnType<typeof parse> {
  const known = trees.get(host) ?? new Map<string, { readonly text: string } & ReturnType<typeof parse>>();
  trees.set(host, known);
  const before = known.get(source.path);
  if (before?.text === source.text) return before;
  const parsed = { text: source.text, ...parse(source) };
  known.set(source.path, parsed);
  return parsed;
}

/** Parses the file and all that it uses; every fault is reported, none stops the rest. */
export function loadModules(path: string, text: string, host: CompilerHost, report: Reporter): ModuleGraph {
  const sources = new Map<string, SourceFile>();
  const modules = new Map<string, Module | 'loading'>();

  let depth = 0;

  function load(modulePath: string, moduleText: string): Module {
    depth += 1;
    const source = sourceFile(modulePath, moduleText);
    sources.set(modulePath, source);
    modules.set(modulePath, 'loading');
    const { file, diagnostics } = parseOnce(source, host);
    for (const each of diagnostics) report.diagnostics.push(each);
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
    const alone: Module = { path: modulePath, file, declarations, imports, broken, removed: new Map() };
    const module = extendBase(alone);
    modules.set(modulePath, module);
    depth -= 1;
    return module;
  }

  /** The module over the one that it extends; a second `extends` is an error. */
  function extendBase(own: Module): Module {
    const [first, second] = own.file.statements.filter((each): each is ExtendsStatement => each.kind === 'extends');
    if (first === undefined) {
      const lonely = own.file.statements.find((each) => each.kind === 'remove' || each.kind === 'set');
      if (lonely !== undefined)
        report.error('CX6002', lonely.span, `\`${lonely.kind}\` changes what a file extends, and this file extends none`, {
          help: 'write `extends "base.clipx"`, or change the statement itself',
        }); // prettier-ignore
      return own;
    }
    if (second !== undefined)
      report.error('CX2002', second.span, 'a file extends one base', {
        related: [{ span: first.span, label: 'the first' }],
        help: 'let one of the two extend the other',
      });
    const base = moduleAt(own.path, first.path, 'extends');
    if (base === undefined) return own;
    const inherited = base.file.statements.flatMap((each): Statement[] =>
      notInherited.has(each.kind) ? [] : [each.kind === 'use' ? seenFrom(own.path, base.path, each) : each],
    );
    return extendModule({ ...base, path: own.path, file: { ...own.file, statements: inherited } }, own, report);
  }

  /** The module that a path leads to, or nothing where that was told. */
  function moduleAt(from: string, path: StringLiteral, word: 'use' | 'extends'): Module | undefined {
    const target = resolvePath(from, path.value);
    const found = modules.get(target);
    if (found === 'loading') {
      return report.error('CX2005', path.span, `\`${path.value}\` ${word === 'use' ? 'uses' : 'extends'} this file, directly or through others`, {
        help: 'move what both need into a third file',
      }); // prettier-ignore
    }
    if (found === undefined && !(host.allows?.(target) ?? staysInside(target))) {
      return report.error('CX2013', path.span, `\`${path.value}\` leads out of the project`, {
        expected: 'a file inside the project, or `library/…`',
        help: 'copy the file into the project, or allow its folder: `--allow-path FOLDER`',
      });
    }
    if (found === undefined && depth >= deepest) {
      return report.error('CX1009', path.span, `files that ${word} each other are ${deepest} deep here`, {
        help: `${word} the file that declares a name, not one that only uses it`,
      });
    }
    const text = found === undefined ? host.readText(target) : undefined;
    if (found === undefined && text === undefined) {
      return report.error('CX2004', path.span, `there is no file \`${path.value}\``, {
        expected: `a .clipx file at \`${target}\``,
        help: `paths of \`${word}\` are relative to this file, or start with \`library/\``,
      });
    }
    return found ?? load(target, text ?? '');
  }

  function importInto(imports: Map<string, Imported>, own: Declarations, from: string, use: UseStatement): void {
    const module = moduleAt(from, use.path, 'use');
    if (module === undefined) return;
    for (const item of use.items) {
      const declaration = module.declarations.find(item.name.text);
      if (declaration === undefined) {
        const suggestion = nearestName(item.name.text, module.declarations.names());
        report.error('CX2003', item.name.span, `\`${use.path.value}\` declares no \`${item.name.text}\``, {
          ...(suggestion === undefined
            ? { help: 'only what the file itself declares can be imported, not what it imports' }
            : { suggestion }),
        });
        continue;
      }
      if (!importable.has(declaration.kind)) {
        const article = /^[aeiou]/.test(declaration.kind) ? 'an' : 'a';
        const what = declaration.kind === 'data' ? 'a data set' : `${article} \`${declaration.kind}\``;
        report.error('CX2006', item.name.span, `\`${item.name.text}\` is ${what}, which is never imported`, {
          related: [{ span: declaration.name.span, label: 'declared here' }],
          expected: 'fns, modules, vocabularies, prompts, axes and consts',
          help: 'declare it in this file, so that a reader sees it',
        });
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
      reportLookAlike(local, [...own.all.map((each) => each.name), ...imports.keys()], report);
      imports.set(local.text, { module, declaration });
    }
  }

  const root = load(path, text);
  return { root, sources };
}

/** What a base keeps to itself: a claim belongs to the file that makes it. */
const notInherited: ReadonlySet<Statement['kind']> = new Set([
  'edition', 'experiment', 'seeds', 'sweep', 'ablate', 'expect', 'figure', 'extends', 'remove', 'set',
]); // prettier-ignore

/**
 * The module with statements over it: those of a file that extends it, of a row or of a stage. Imports come along, and what is declared
 * above takes the place of an import too.
 */
export function extendModule(
  below: Module,
  above: { readonly file: { readonly statements: readonly (Statement | Assignment)[] } } & Partial<Pick<Module, 'imports' | 'broken'>>,
  report: Reporter,
): Module {
  // what is imported above takes the place of what is declared below
  const { imports: own } = above;
  const kept =
    own === undefined
      ? below.file.statements
      : below.file.statements.filter(
          (statement) =>
            !declaredNames(statement).some(({ text }) => {
              const space = own.get(text)?.declaration.space;
              return space !== undefined && spacesOf(statement).includes(space);
            }),
        );
  const { statements, removed } = extended(kept, above.file.statements, report);
  const file: File = { kind: 'file', span: below.file.span, statements, comments: [] };
  const declarations = declaresTheSame(below.file.statements, statements) ? below.declarations : declarationsOf(file, report); // prettier-ignore
  const imports = new Map([...below.imports, ...(above.imports ?? [])]);
  const gone = new Map([...below.removed, ...removed]);
  for (const { name, space } of declarations.all) {
    if (imports.get(name.text)?.declaration.space === space) imports.delete(name.text);
    gone.delete(name.text);
  }
  return { path: below.path, file, declarations, imports, broken: new Set([...below.broken, ...(above.broken ?? [])]), removed: gone };
} // prettier-ignore

/** Whether the same statements declare something, in the same order. */
function declaresTheSame(before: readonly Statement[], after: readonly Statement[]): boolean {
  const [first, second] = [before, after].map((list) => list.filter((each) => spacesOf(each).length > 0));
  return first?.length === second?.length && first?.every((each, at) => each === second?.[at]) === true;
}

/** What another file may lend. The rest says what this experiment is, and is said in it. */
const importable: ReadonlySet<Declaration['kind']> = new Set([
  'fn', 'module', 'module-definition', 'vocabulary', 'prompt', 'axis', 'const', 'pipe',
]); // prettier-ignore

function reportLookAlike(local: Name, others: readonly (Name | string)[], report: Reporter): void {
  for (const other of others) {
    const text = typeof other === 'string' ? other : other.text;
    if (text === local.text || skeleton(text) !== skeleton(local.text)) continue;
    report.error('CX2007', local.span, `\`${local.text}\` looks like \`${text}\`, another name in this file`, {
      ...(typeof other === 'string' ? {} : { related: [{ span: other.span, label: 'the other name' }] }),
      help: `import it under another name: \`${local.text} as another_name\``,
    });
    return;
  }
}

/** A `use` of a base as the file that extends it would write it. */
function seenFrom(path: string, base: string, use: UseStatement): UseStatement {
  if (use.path.value.startsWith('library/')) return use;
  const target = resolvePath(base, use.path.value).split('/');
  const folder = path.split('/').slice(0, -1);
  let shared = 0;
  while (shared < folder.length && folder[shared] === target[shared]) shared += 1;
  const value = [...folder.slice(shared).map(() => '..'), ...target.slice(shared)].join('/');
  return { ...use, path: { ...use.path, value, raw: JSON.stringify(value) } };
}

/** What a path of `use` names: `..` stays at its head where it leads out of the folders that `from` knows of. */
function resolvePath(from: string, path: string): string {
  if (path.startsWith('library/') || path.startsWith('/')) return path;
  const parts = from.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** As far as the path itself tells; what a symbolic link leads to, the host knows. */
const staysInside = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..');

/** Files that use files that use files: each is loaded within the other. */
const deepest = 64;
