import { invariant } from '../../common/invariant.ts';
import type { Construct } from './construct.ts';

/** The default of a number: what a checker takes where nothing is given. */
export function defaultOf(construct: Construct, name: string): number {
  const field = construct.options[name];
  invariant(field !== undefined && 'otherwise' in field && typeof field.otherwise === 'number', `${construct.name} has a default for ${name}`); // prettier-ignore
  return field.otherwise;
}
