import type { StateStatement } from '../syntax/ast.ts';
import type { CheckedParameter } from './checked.ts';
import type { Checker } from './checker.ts';
import { expandPath } from './expand-path.ts';
import { stateFields } from './state-overrides.ts';
import type { Instance, StateOverride } from './typed.ts';

type Part = Instance | CheckedParameter;

/**
 * The parts as one stage trains them. A line `trainable ctx, h` in the stage is the complete list: all else is frozen there, and what is
 * on it trains, whatever the file says of it. `frozen clip` alone takes away from what the file says.
 */
export function statesIn<Item extends Part>(
  checker: Checker,
  parts: readonly Item[],
  statements: readonly StateStatement[],
): readonly Item[] {
  if (statements.length === 0) return parts;
  const trained = statements.filter((each) => each.flag === 'trainable');
  const frozen = statements.filter((each) => each.flag === 'frozen');
  return parts.map((part) => {
    let stated: Item = part;
    if (trained.length > 0) {
      const isWhole = names(trained, part.name);
      stated = isWhole ? { ...part, flag: 'trainable' } : { ...still(part), overrides: [...still(part).overrides, ...overridesOf(checker, part.name, trained)] }; // prettier-ignore
    }
    if (names(frozen, part.name)) return still(stated);
    const exceptions = overridesOf(checker, part.name, frozen);
    return exceptions.length === 0 ? stated : { ...stated, overrides: [...stated.overrides, ...exceptions] };
  });
}

/** Frozen in every tensor; what else the file says of them stays. */
function still<Item extends Part>(part: Item): Item {
  return { ...part, flag: 'frozen', overrides: part.overrides.map(({ flag: _flag, ...override }) => override) };
}

/** Whether a statement names the part as a whole. */
const names = (statements: readonly StateStatement[], name: string): boolean =>
  statements.some((each) => each.paths.some((path) => path.head.text === name && path.steps.length === 0));

function overridesOf(checker: Checker, owner: string, statements: readonly StateStatement[]): StateOverride[] {
  return statements.flatMap(({ flag, paths, settings }) =>
    paths.flatMap((path): StateOverride[] => {
      if (path.head.text !== owner || path.steps.length === 0) return [];
      const inside = expandPath(checker, path)?.map((full) => full.slice(owner.length + 1));
      if (inside === undefined) return [];
      return [
        { paths: inside, flag, span: path.span, ...(settings === undefined ? {} : stateFields(checker, settings)) },
      ];
    }),
  );
}
