/** What no sample changes in a stage, as one function: values that its other functions find by name, and texts that they read themselves. */
import { Body } from './body.ts';
import { ordered } from './located-code.ts';
import { docstring, listed, text } from './python-code.ts';
import { pythonName } from './python-names.ts';
import type { ConstantValue, StageSource } from './stage-source.ts';
import { surroundings } from './surroundings.ts';
import type { WrittenFunction } from './written-function.ts';

const indent = '    ';

/** Tables of token ids that a function of the stage reads itself. */
function tablesRead(lines: readonly string[]): string[] {
  const found = new Set<string>();
  for (const line of lines) {
    for (const [, name = ''] of line.matchAll(/tokens\(constants, "([^"]+)"\)/g)) found.add(`${name}.ids`).add(`${name}.length`); // prettier-ignore
    for (const [, name = ''] of line.matchAll(/constants\["([^"]+@[^"]+)"\]/g)) found.add(name);
  }
  return [...found];
}

/** `readers`: lines of the stage's functions. */
export function writeConstants(source: StageSource, readers: readonly string[]): WrittenFunction | undefined {
  const tables = tablesRead(readers);
  if (source.parts.every(({ constants }) => constants.size === 0) && tables.length === 0) return undefined;
  const name = `constants_${pythonName(source.stage.name)}`;
  const entries: string[] = [];
  const bodies: Body[] = [];
  // words of another part are other values under the same names
  for (const part of source.parts) {
    const made: string[] = [];
    const taken = bodies.flatMap(({ names }) => names.taken);
    const body = Body.written(surroundings(part, 'constants'), taken, (each) => {
      made.length = 0;
      for (const value of inOrder([...part.constants.values()])) made.push(entryOf(each, value));
    });
    bodies.push(body);
    entries.push(...made);
  }
  const items = [...entries, ...tables.map((table) => `${text(table)}: texts[${text(table)}]`)];
  const lines = [
    `def ${name}(model: Model, texts: Batch) -> Constants:`,
    ...docstring([`What no sample changes in ${source.stage.name}.`], indent),
    ...bodies.flatMap((body) => body.lines),
    ...listed('return {', items, '}', indent),
  ];
  return {
    name,
    lines,
    functions: new Set(bodies.flatMap(({ functions }) => [...functions])),
    modules: new Set(bodies.flatMap(({ modules }) => [...modules])),
  };
}

function entryOf(body: Body, { name, key, typed }: ConstantValue): string {
  const made = ordered(body.value(typed), typed.type.axes);
  const isName = /^[\p{ID_Continue}]+$/u.test(made.code.text);
  const known = isName ? made : body.assign(body.names.fresh(name), made);
  return `${text(key)}: ${known.code.text}`;
}

const inOrder = (values: readonly ConstantValue[]): ConstantValue[] => [...values].sort((a, b) => a.order - b.order);
