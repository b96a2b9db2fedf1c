/** `losses.py`: a function for each term, with its formula. */
import { constantOf } from '../check/build.ts';
import type { CheckedTerm } from '../check/checked.ts';
import type { Typed } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import { Body } from './body.ts';
import type { Surroundings } from './body-surroundings.ts';
import { libraryImports } from './import-lines.ts';
import { aligned } from './located-code.ts';
import { maskedCounts } from './masked-counts.ts';
import { atom, docstring, lineLength, listed, widthOf, type Code } from './python-code.ts';
import { pythonName, variableName } from './python-names.ts';
import type { StageSource } from './stage-source.ts';
import { variableOf } from './variable-words.ts';

/** What a loss is given: a value of the step, or numbers that are drawn for it. */
export type LossArgument =
  | { readonly kind: 'value'; readonly name: string; readonly typed: Typed }
  | { readonly kind: 'draw'; readonly name: string; readonly stream: string; readonly axes: readonly Axis[] };

export interface LossFunction {
  readonly name: string;
  readonly term: CheckedTerm;
  readonly parameters: readonly LossArgument[];
  /** What it gives behind its value, by the names of the program: how many elements masks leave to it. */
  readonly counts: readonly string[];
  readonly lines: readonly string[];
  readonly body: Body;
}

const external: ReadonlySet<Typed['op']> = new Set<Typed['op']>([
  'column',
  'call',
  'parameter',
  'weight',
  'view',
  'on_data',
]);

/** `name`: of the function; terms of two stages may be called the same. */
export function lossFunction(term: CheckedTerm, name: string, source: StageSource): LossFunction {
  const draft = written(term, source, []);
  const final = written(term, source, draft.parameters, draft.body);
  const shapes = final.parameters.map((each) => {
    const axes = each.kind === 'value' ? each.typed.type.axes : each.axes;
    return `${each.name}: ${axes.length === 0 ? 'a number' : printAxes(axes)}`;
  });
  const { counts, results } = final;
  const given = counts.length === 0 ? 'Tensor' : `tuple[${results.map(() => 'Tensor').join(', ')}]`;
  const signature = listed(`def ${name}(`, final.parameters.map((each) => `${each.name}: Tensor`), `) -> ${given}:`, ''); // prettier-ignore
  const behind = counts.length === 0 ? [] : ['Behind it, how many elements its mask leaves.', ''];
  const lines = [
    ...signature,
    ...docstring([`${term.name} = ${term.formula}`, '', ...behind, ...shapes], '    '),
    ...final.body.lines,
    ...returned(results.map((each) => each.text)),
  ];
  return { name, term, parameters: final.parameters, counts, lines, body: final.body };
}

function returned(results: readonly string[]): string[] {
  const flat = `    return ${results.join(', ')}`;
  if (results.length === 1 || widthOf(flat) <= lineLength) return [flat];
  return ['    return (', ...results.map((each) => `        ${each},`), '    )'];
}

interface Written {
  readonly parameters: readonly LossArgument[];
  readonly body: Body;
  readonly counts: readonly string[];
  /** Its value, then the counts. */
  readonly results: readonly Code[];
}

/** `known`: the parameters that a draft has found; their names are theirs. */
function written(term: CheckedTerm, source: StageSource, known: readonly LossArgument[], draft?: Body): Written {
  const found = new Map<string, LossArgument>();
  const { keys } = source;
  const keyOf = (each: LossArgument): string => (each.kind === 'value' ? `${keys.of(each.typed)}` : each.stream);
  const surroundings: Surroundings = {
    keys,
    sizes: source.sizes,
    words: source.words,
    refuse: (refused) => void source.refused.push(refused),
    given: (body, typed) => {
      const key = keys.of(typed);
      const named = source.lets.get(key);
      if (named === undefined && !external.has(typed.op) && !source.isCall(typed)) return undefined;
      if (constantOf(typed) !== undefined) return undefined;
      const argument = found.get(String(key)) ?? { kind: 'value' as const, name: body.names.fresh(named?.name ?? source.wordOf(typed)), typed }; // prettier-ignore
      found.set(String(key), argument);
      const located = { code: atom(argument.name), axes: typed.type.axes };
      body.hold(located);
      return located;
    },
    draw: (body, typed, stream, axes) => {
      const argument = found.get(stream) ?? { kind: 'draw' as const, name: body.names.fresh(typed.label ?? variableOf(typed)), stream, axes }; // prettier-ignore
      found.set(stream, argument);
      return atom(argument.name);
    },
  };
  // a variable called as a function would hide it
  const body = new Body(surroundings, [...known.map(({ name }) => name), ...(draft?.functions ?? [])], draft);
  for (const each of known) {
    found.set(keyOf(each), each);
    if (each.kind === 'value' && each.typed.type.axes.length > 0)
      body.hold({ code: atom(each.name), axes: each.typed.type.axes });
  }
  const result = body.tensor(body.expression(term.typed).code);
  const masked = maskedCounts([term], source.stage.terms);
  const counts = masked.map(({ left, value: { type } }) => {
    const value = body.value(left);
    return body.tensor(body.expanded(value, type.axes, left, aligned(value, type.axes)));
  });
  const results = [result, ...counts];
  return {
    parameters: asWritten([...found.values()], term.formula),
    body,
    counts: masked.map(({ name }) => name),
    results,
  };
}

/** In the order in which the formula names them; what it does not name comes last. */
function asWritten(parameters: readonly LossArgument[], formula: string): LossArgument[] {
  const written = formula.normalize('NFKC').split(/[^\p{ID_Continue}]+/u).map(pythonName); // prettier-ignore
  const place = ({ name }: LossArgument): number => (written.includes(name) ? written.indexOf(name) : written.length);
  return [...parameters].sort((a, b) => place(a) - place(b));
}

/** The text of the module. */
export function writeLosses(title: string, losses: readonly LossFunction[]): string {
  const functions = [...new Set(losses.flatMap(({ body }) => [...body.functions]))].sort();
  const modules = new Set(losses.flatMap(({ body }) => [...body.modules]));
  const imports = [
    ...(modules.has('torch') ? ['import torch', 'from torch import Tensor'] : ['from torch import Tensor']),
    ...(modules.has('F') ? ['from torch.nn import functional as F'] : []),
    ...(functions.length === 0 ? [] : ['', ...libraryImports(functions)]),
  ];
  return [
    ...docstring([`The terms that ${title} minimises: one function each, its formula as the source has it.`], ''),
    '',
    'from __future__ import annotations',
    '',
    ...imports,
    ...losses.flatMap(({ lines }) => ['', '', ...lines]),
    '',
  ].join('\n');
}

/** Names of the functions: those of the terms, with the stage before them where two stages have one of that name. */
export function lossNames(terms: readonly { readonly stage: string; readonly term: CheckedTerm }[]): Map<CheckedTerm, string> {
  const names = new Map<CheckedTerm, string>();
  for (const { stage, term } of terms) {
    const isShared = terms.some((each) => each.term.name === term.name && each.stage !== stage);
    names.set(term, variableName(isShared ? `${stage}_${term.name}` : term.name));
  }
  return names;
} // prettier-ignore
