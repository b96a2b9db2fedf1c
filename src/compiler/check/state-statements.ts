/** States that are statements of their own: `trainable E`, `frozen clip.logit_scale`. */
import type { Checker } from './checker.ts';
import { expandPath } from './expand-path.ts';
import { stateFields } from './state-overrides.ts';
import type { StateOverride } from './typed.ts';

/** `trainable E` as a statement of its own changes the flag of the declaration. */
export function flagOverride(checker: Checker, name: string): 'frozen' | 'trainable' | undefined {
  for (const statement of checker.root.file.statements) {
    if (statement.kind !== 'state') continue;
    if (statement.paths.some((path) => path.head.text === name && path.steps.length === 0)) return statement.flag;
  }
  return undefined;
}

/** `frozen clip.logit_scale`: exceptions written as statements, for one owner. */
export function stateStatements(checker: Checker, owner: string): readonly StateOverride[] {
  const overrides: StateOverride[] = [];
  for (const statement of checker.root.file.statements) {
    if (statement.kind !== 'state') continue;
    for (const path of statement.paths) {
      if (path.head.text !== owner || path.steps.length === 0) continue;
      const paths = expandPath(checker, path)?.map((full) => full.slice(owner.length + 1));
      if (paths !== undefined)
        overrides.push({
          paths,
          flag: statement.flag,
          span: path.span,
          ...(statement.settings === undefined ? {} : stateFields(checker, statement.settings)),
        });
    }
  }
  return overrides;
}
