import type { Module } from '../resolve/modules.ts';
import type { Checker } from './checker.ts';

/** Whether some function of the file sees a part of the vocabulary alone: then its size is the function's. */
export function narrows(checker: Checker, vocabulary: string): boolean {
  return checker.ask(`narrows ${vocabulary}`, (root) => narrowedIn(root).has(vocabulary));
}

const narrowed = new WeakMap<Module, ReadonlySet<string>>();

/** Vocabularies of which some statement sees a group alone. */
function narrowedIn(root: Module): ReadonlySet<string> {
  const before = narrowed.get(root);
  if (before !== undefined) return before;
  const found = new Set(
    root.file.statements.flatMap((each) => {
      if (each.kind === 'data') return each.withs.map(({ path }) => path.head.text);
      return each.kind === 'train' || each.kind === 'evaluate' ? each.targets.flatMap((target) => target.over?.head.text ?? []) : []; // prettier-ignore
    }),
  );
  narrowed.set(root, found);
  return found;
}
