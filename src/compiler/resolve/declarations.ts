import type { Reporter } from '../diagnostics/reporter.ts';
import type { File, Name, Statement } from '../syntax/ast.ts';
import { skeleton } from './confusable.ts';

/** The separate worlds of names: a stage and a value may share one. */
export type NameSpace = 'value' | 'axis' | 'data' | 'metric';

type Kind = Statement['kind'];

const spaces: Partial<Record<Kind, readonly NameSpace[]>> = {
  const: ['value'],
  axis: ['axis'],
  input: ['value'],
  data: ['data'],
  augment: ['value'],
  pipe: ['value'],
  tokenizer: ['value'],
  vocabulary: ['axis'],
  prompt: ['value'],
  encoder: ['value'],
  module: ['value'],
  'module-definition': ['value'],
  param: ['value'],
  fn: ['value'],
  let: ['value'],
  loss: ['value'],
  weight: ['value'],
  stage: ['data'],
  metric: ['metric'],
};

/** One declared name with the statement that declares it. */
export interface Declaration {
  readonly kind: Kind;
  readonly space: NameSpace;
  readonly name: Name;
  readonly statement: Statement;
  /** Place in a pattern: 1 for `i` of `let (v, i) = …`. */
  readonly position: number;
}

export interface Declarations {
  /** The declaration of a name in the given spaces, in all by default. */
  find(name: string, ...within: readonly NameSpace[]): Declaration | undefined;
  names(...within: readonly NameSpace[]): string[];
  readonly all: readonly Declaration[];
}

interface Declared {
  readonly declaration: Declaration;
  /** Its space and how its name looks. */
  readonly look: string;
}

/** A statement that stands in several modules, those of the stages of a file, declares the same in each. */
const known = new WeakMap<Statement, readonly Declared[]>();

function declaredBy(statement: Statement): readonly Declared[] {
  const before = known.get(statement);
  if (before !== undefined) return before;
  const { kind } = statement;
  const found = declaredNames(statement).flatMap((name, position) =>
    spacesOf(statement).map((space): Declared => {
      const declaration = { kind, space, name, statement, position };
      return { declaration, look: `${space}:${skeleton(name.text)}` };
    }),
  );
  known.set(statement, found);
  return found;
}

/** Collects what the statements declare; duplicates and look-alikes within one name space are errors. */
export function declarationsOf(file: Pick<File, 'statements'>, report: Reporter): Declarations {
  const all: Declaration[] = [];
  const bySpace = new Map<string, Declaration>();
  const bySkeleton = new Map<string, Declaration>();
  for (const { declaration, look } of file.statements.flatMap(declaredBy)) {
    const { name, space } = declaration;
    const key = `${space}:${name.text}`;
    const twin = bySpace.get(key);
    if (twin !== undefined) {
      report.error('CX2002', name.span, `\`${name.text}\` is declared twice in this file`, {
        related: [{ span: twin.name.span, label: 'first declared here' }],
        help: 'remove one of the two or give it another name',
      });
      continue;
    }
    const lookAlike = bySkeleton.get(look);
    if (lookAlike !== undefined) {
      report.error(
        'CX2007',
        name.span,
        `\`${name.text}\` looks like \`${lookAlike.name.text}\`, another name in this file`,
        {
          related: [{ span: lookAlike.name.span, label: 'the other name' }],
          help: 'a diff must not be able to lie: choose names that differ to the eye',
        },
      );
    }
    bySpace.set(key, declaration);
    bySkeleton.set(look, declaration);
    all.push(declaration);
  }
  const within = (wanted: readonly NameSpace[]) => (declaration: Declaration) =>
    wanted.length === 0 || wanted.includes(declaration.space);
  // every name of every formula is looked up: in a long file one by one would take the square of its length
  const byName = new Map<string, Declaration[]>();
  for (const declaration of all) {
    const { text } = declaration.name;
    const alike = byName.get(text);
    if (alike === undefined) byName.set(text, [declaration]);
    else alike.push(declaration);
  }
  return {
    all,
    find: (name, ...wanted) => byName.get(name)?.find(within(wanted)),
    names: (...wanted) => all.filter(within(wanted)).map((declaration) => declaration.name.text),
  };
}

/** The worlds that the names of a statement belong to; none where it declares nothing. */
export function spacesOf(statement: Statement): readonly NameSpace[] {
  return spaces[statement.kind] ?? [];
}

/** The names that a statement declares. */
export function declaredNames(statement: Statement): readonly Name[] {
  if (statement.kind === 'data') return statement.names;
  if (statement.kind === 'let' || statement.kind === 'augment') return statement.pattern.names;
  return 'name' in statement && statement.name !== undefined ? [statement.name] : [];
}
