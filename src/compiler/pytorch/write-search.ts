/** `maximize metric` without a gradient: what candidates leave as it is, and what judges them. */
import type { Typed } from '../check/typed.ts';
import { hasBatch } from './batch-axis.ts';
import { Body } from './body.ts';
import type { Surroundings } from './body-surroundings.ts';
import { ordered } from './located-code.ts';
import { atom, docstring, listed, text } from './python-code.ts';
import { pythonName } from './python-names.ts';
import { tensorName, towerOf, type StageSource } from './stage-source.ts';
import { surroundings } from './surroundings.ts';
import type { WrittenFunction } from './written-function.ts';

const indent = '    ';

export interface WrittenSearch {
  /** What parts make of the samples, whichever candidate is tried. */
  readonly held: WrittenFunction;
  /** The metric, of constants and of what is held. */
  readonly judged: WrittenFunction;
}

/** Nothing where the stage has no search. */
export function writeSearch(source: StageSource): WrittenSearch | undefined {
  const { stage, checked } = source;
  const { search } = checked.training;
  if (search === undefined) return undefined;
  const held = heldValues(search.metric.typed, source);
  const base = surroundings(source, 'evaluation');
  const entries: string[] = [];
  const first = Body.written(base, [], (body) => {
    entries.length = 0;
    for (const [name, typed] of held) entries.push(`${text(name)}: ${ordered(body.value(typed), typed.type.axes).code.text}`);
    body.lines.push(...listed('return {', entries, '}', indent));
  });
  const second = Body.written(reading(base, held, source), [], (body) => {
    const made = ordered(body.expression(search.metric.typed), search.metric.typed.type.axes);
    body.lines.push(`${indent}return {${text(search.metric.name)}: ${body.tensor(made.code).text}}`);
  });
  const written = (name: string, result: string, title: string, body: Body): WrittenFunction => ({
    name: `${name}_${pythonName(stage.name)}`,
    lines: [
      `def ${name}_${pythonName(stage.name)}(model: Model, batch: Batch, constants: Constants) -> ${result}:`,
      ...docstring([title], indent),
      ...body.lines,
    ],
    functions: body.functions,
    modules: body.modules,
  });
  const goal = `${search.direction === 'max' ? 'maximize' : 'minimize'} ${search.metric.formula}`;
  return {
    held: written('held', 'Constants', `What all candidates of ${stage.name} leave as it is, of each sample.`, first),
    judged: written('judged', 'dict[str, Tensor]', goal, second),
  };
} // prettier-ignore

/** Values that a part makes of samples and that nothing which is tried reaches, by name: as far down the formula as they go. */
function heldValues(metric: Typed, source: StageSource): ReadonlyMap<string, Typed> {
  const found = new Map<string, Typed>();
  const seen = new Set<number>();
  const visit = (typed: Typed): void => {
    const key = source.keys.of(typed);
    if (seen.has(key) || source.constants.has(key)) return;
    seen.add(key);
    const named = source.lets.get(key);
    const isCut = source.isCall(typed) || (named !== undefined && hasCall(typed));
    if (isCut && hasBatch(typed) && !isTried(typed, source)) {
      const base = named?.name ?? source.wordOf(typed);
      const taken = new Set([...[...source.constants.values()].map(({ name }) => name), ...found.keys()]);
      let name = base;
      for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
      found.set(name, typed);
      return;
    }
    // what a tensor starts from is no part of it
    source.readsOf(typed).forEach(visit);
  };
  visit(metric);
  return found;
}

const hasCall = (typed: Typed): boolean =>
  typed.op === 'call' || (typed.op !== 'parameter' && typed.args.some(hasCall));

/** Whether candidates are among what it is made of. */
function isTried(typed: Typed, source: StageSource): boolean {
  if (typed.op === 'parameter' && source.trains(tensorName(typed.attributes))) return true;
  if (typed.op === 'call' && source.trains(towerOf(typed.attributes))) return true;
  return typed.args.some((argument) => isTried(argument, source));
}

function reading(base: Surroundings, held: ReadonlyMap<string, Typed>, { keys }: StageSource): Surroundings {
  const names = new Map([...held].map(([name, typed]) => [keys.of(typed), name]));
  return {
    ...base,
    given: (body, typed) => {
      const name = names.get(keys.of(typed));
      if (name === undefined) return base.given(body, typed);
      const known = { code: atom(`constants[${text(name)}]`), axes: typed.type.axes };
      body.hold(known);
      return known;
    },
  };
}
