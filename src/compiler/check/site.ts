import type { Call } from '../syntax/ast.ts';
import { Arguments } from './arguments.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';
import type { Typed } from './typed.ts';

/** One call of a built-in function. */
export interface Site {
  readonly checker: Checker;
  readonly scope: Scope;
  readonly call: Call;
  readonly name: string;
}

/** A function of one value. */
export function unary(site: Site, build: (value: Typed) => Typed | undefined): Typed | undefined {
  const args = new Arguments(site.checker, site.name, site.call, site.scope, [], [1, 1]);
  const value = args.tensor(0);
  return value === undefined || args.failed ? undefined : build(value);
}
