/** What only the data tell: how many samples a set has and which words a vocabulary read from a column. */
export interface DataFacts {
  readonly counts: ReadonlyMap<string, number>;
  readonly vocabularies: ReadonlyMap<string, readonly string[]>;
  /** Further columns of vocabularies that are read from a table. */
  readonly vocabularyColumns?: ReadonlyMap<string, Readonly<Record<string, readonly (number | string)[]>>>;
}

/** Without data, sizes are nominal: enough to check and to print graphs, never to run. */
export const nominalCount = 256;
export const nominalEntries = 100;

export const noFacts: DataFacts = { counts: new Map(), vocabularies: new Map() };
