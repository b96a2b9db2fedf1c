import { invariant } from '../../common/invariant.ts';
import type { WideFields } from './construct.ts';

interface Holder {
  readonly name: string;
  readonly options: WideFields;
}

/** The default of a number: what a checker takes where nothing is given. */
export function defaultOf(construct: Holder, name: string): number {
  const field = construct.options[name];
  invariant(field !== undefined && 'otherwise' in field && typeof field.otherwise === 'number', `${construct.name} has a default for ${name}`); // prettier-ignore
  return field.otherwise;
}

/** The default of a list of numbers. */
export function defaultsOf(construct: Holder, name: string): readonly number[] {
  const field = construct.options[name];
  invariant(field?.kind === 'numbers' && field.otherwise !== undefined, `${construct.name} has a default for ${name}`);
  return field.otherwise;
}
