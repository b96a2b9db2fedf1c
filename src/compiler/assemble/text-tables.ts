import type { Elaborated } from '../elaborate/elaborator.ts';
import type { InputSource, TextTable } from '../program/program.ts';

/** The tables of a program, by their id. */
export type TextTables = Map<string, TextTable>;

/** Enters the texts of a graph among those of the program. A stage may call other texts by the same name: those get its name too. */
export function entered(elaborated: Elaborated, texts: TextTables, stage: string): Elaborated {
  const renamed = new Map<string, string>();
  const own = new Map<string, TextTable>();
  for (const [id, table] of elaborated.texts) {
    const known = texts.get(id);
    const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(table);
    const name = isSame ? id : `${id}/${stage}`;
    if (!isSame) renamed.set(id, name);
    own.set(name, { ...table, id: name });
    texts.set(name, { ...table, id: name });
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
