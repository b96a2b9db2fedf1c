/** A function of a generated module. */
export interface WrittenFunction {
  readonly name: string;
  readonly lines: readonly string[];
  readonly functions: ReadonlySet<string>;
  readonly modules: ReadonlySet<string>;
}
