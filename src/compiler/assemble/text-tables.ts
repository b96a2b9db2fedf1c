import type { Elaborated } from '../elaborate/elaborator.ts';
import type { InputSource } from '../program/program-function.ts';
import type { TextTable } from '../program/tokenizer.ts';

/** The tables of a program, by their id. */
export type TextTables = Map<string, TextTable>;

/**
 * Enters the texts of a graph among those of the program. A stage, or a function over a part of a vocabulary, may call other texts by the
 * same name: those get a name of their own.
 */
export function entered(elaborated: Elaborated, texts: TextTables, stage: string): Elaborated {
  const renamed = new Map<string, string>();
  const own = new Map<string, TextTable>();
  for (const [id, table] of elaborated.texts) {
    const named = namedApart(table, texts, stage);
    if (named.id !== id) renamed.set(id, named.id);
    own.set(named.id, named);
    texts.set(named.id, named);
  }
  if (renamed.size === 0) return elaborated;
  const inputs = Object.fromEntries(
    Object.entries(elaborated.inputs).map(([input, source]): [string, InputSource] => [
      input,
      source.kind === 'texts' ? { ...source, table: renamed.get(source.table) ?? source.table } : source,
    ]),
  );
  return { ...elaborated, inputs, texts: own };
}

/** Under its name, or one behind it: `learned@clip.text/main`, `learned@clip.text/main 2`. */
function namedApart(table: TextTable, texts: TextTables, stage: string): TextTable {
  const content = JSON.stringify(table);
  for (let count = 0; ; count++) {
    const id = count === 0 ? table.id : `${table.id}/${stage}${count === 1 ? '' : ` ${count}`}`;
    const known = texts.get(id);
    if (known === undefined || JSON.stringify({ ...known, id: table.id }) === content) return { ...table, id };
  }
}
