import { printPath } from '../syntax/print-path.ts';
import type { EvaluateStatement, Statement, Target } from '../syntax/ast.ts';
import { declaredNames, spacesOf } from './declarations.ts';

/**
 * What a statement is known by: a later one with the same key takes its place. A declaration is known by its names, an evaluation by its
 * name or that of its data, the objective and `train` by being the only ones. What adds up (`frozen clip.text`, `expect`) has none.
 */
export function keysOf(statement: Statement): readonly string[] {
  const before = known.get(statement);
  if (before !== undefined) return before;
  const keys = worked(statement);
  known.set(statement, keys);
  return keys;
}

/** Each stage of a file goes over all its statements. */
const known = new WeakMap<Statement, readonly string[]>();

function worked(statement: Statement): readonly string[] {
  switch (statement.kind) {
    case 'edition':
    case 'experiment':
    case 'seeds':
    case 'train':
      return [statement.kind];
    case 'minimize':
    case 'maximize':
      return ['objective'];
    case 'evaluate':
      return (statement.name === undefined ? evaluationNames(statement) : [statement.name.text]).map(
        (name) => `evaluation:${name}`,
      );
    case 'figure':
    case 'ablate':
      return [`${statement.kind}:${statement.name.text}`];
    case 'wrap':
      return [`wrap:${printPath(statement.path)}`];
    default:
      return declaredNames(statement).flatMap((name) => spacesOf(statement).map((space) => `${space}:${name.text}`));
  }
}

/** The names of the evaluations that one statement makes, one for each data set. */
export function evaluationNames({ name, targets }: EvaluateStatement): string[] {
  return targets.map((target) => evaluationName(name?.text, target, targets.length));
}

/** `error` of `evaluate error on d`, `d` of `evaluate on d`, `dg.base` of `evaluate dg on base: d, new: e`. */
export function evaluationName(prefix: string | undefined, target: Target, count: number): string {
  const label = target.label?.text ?? target.data.map((part) => part.text).join('.');
  return prefix === undefined ? label : count === 1 ? prefix : `${prefix}.${label}`;
}
