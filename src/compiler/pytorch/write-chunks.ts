/** A batch that is held in memory a chunk at a time: what is computed of each sample by itself, as a function of its own. */
import type { Typed } from '../check/typed.ts';
import { Body } from './body.ts';
import type { Surroundings } from './body-surroundings.ts';
import { stageFeeds } from './feeds.ts';
import { ordered } from './located-code.ts';
import { atom, docstring, listed, text } from './python-code.ts';
import { pythonName } from './python-names.ts';
import type { SampleValues } from './sample-values.ts';
import type { StageSource } from './stage-source.ts';
import { variableOf } from './variable-words.ts';
import type { WrittenFunction } from './written-function.ts';

const indent = '    ';

export interface WrittenChunks {
  readonly written: WrittenFunction;
  /** What it gives, by name. */
  readonly results: ReadonlyMap<string, Typed>;
  /** What it reads of each sample of the batch. */
  readonly reads: readonly string[];
}

/** Nothing where the batch is held whole. `locals`: named values of each sample by itself, in the order of the file. */
export function writeChunks(source: StageSource, locals: readonly Typed[], surroundings: Surroundings, ahead: SampleValues): WrittenChunks | undefined {
  const { stage } = source;
  const known = new Set([...ahead.values()].map((typed) => source.keys.of(typed)));
  const made = locals.filter((typed) => typed.op !== 'column' && typed.op !== 'random' && !known.has(source.keys.of(typed)));
  if (stage.chunk === undefined || made.length === 0) return undefined;
  const results = new Map<string, Typed>();
  const body = Body.written(surroundings, [], (each) => {
    results.clear();
    const entries = made.map((typed) => {
      const value = each.value(typed);
      const base = pythonName(typed.label ?? source.lets.get(source.keys.of(typed))?.name ?? variableOf(typed));
      let name = base;
      for (let count = 2; results.has(name); count++) name = `${base}_${count}`;
      results.set(name, typed);
      return `${text(name)}: ${each.tensor(ordered(value, typed.type.axes).code).text}`;
    });
    each.lines.push(...listed('return {', entries, '}', indent));
  });
  const name = `samples_${pythonName(stage.name)}`;
  const lines = [
    `def ${name}(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:`,
    ...docstring([`What a step computes of each sample by itself, of ${stage.chunk.size} at a time.`], indent),
    ...body.lines,
  ];
  const read = batchNames(body.lines.join('\n'));
  const given = stageFeeds(source, []).step.flatMap((feed) => (feed.perSample ? [feed.name] : []));
  const reads = [...given, ...ahead.keys()].filter(read);
  return { written: { name, lines, functions: body.functions, modules: body.modules }, results, reads };
} // prettier-ignore

/** Statements of the step: the chunks, and under which expressions their results are known. */
export function readChunks(body: Body, { written, results, reads }: WrittenChunks, size: number): void {
  const each = body.names.fresh('each');
  const own = body.names.fresh('own');
  body.functions.add('in_chunks');
  body.lines.push(...listed(`${each} = [`, reads.map(text), ']', indent));
  body.lines.push(`${indent}${own} = in_chunks(${written.name}, model, batch, constants, each=${each}, size=${size})`);
  for (const [name, typed] of results) {
    const located = { code: atom(`${own}[${text(name)}]`), axes: typed.type.axes };
    body.know(typed, located);
  }
}

/** Whether an entry of the batch is read in this text. */
function batchNames(lines: string): (name: string) => boolean {
  const found = new Set<string>();
  for (const [, name = ''] of lines.matchAll(/batch\["([^"]+)"\]/g)) found.add(name);
  for (const [, name = ''] of lines.matchAll(/tokens\(batch, "([^"]+)"\)/g)) found.add(`${name}.ids`).add(`${name}.length`); // prettier-ignore
  const parts = [...lines.matchAll(/Dropout\(\s*batch,\s*"([^"]+)"/g)].map(([, name = '']) => `random dropout:${name}`); // prettier-ignore
  return (name) => found.has(name) || parts.some((part) => name === part || name.startsWith(`${part}.`));
}
