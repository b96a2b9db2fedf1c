/** The shipped experiments, shrunk to four samples and a few channels, and random feeds for their functions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFacts } from '../../src/compiler/assemble/facts.ts';
import { compile } from '../../src/compiler/compile.ts';
import { graphInputs } from '../../src/compiler/ir/graph.ts';
import type { Column } from '../../src/compiler/program/column.ts';
import type { Evaluation } from '../../src/compiler/program/evaluation.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import type { ProgramFunction } from '../../src/compiler/program/program-function.ts';
import type { Stage } from '../../src/compiler/program/stage.ts';
import { elementCount, type DType, type Shape } from '../../src/compiler/types/dtype.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { drawInitial } from '../../src/runtime/weights/initialise.ts';
import { repository } from '../support/fixtures.ts';
import { Random } from '../support/random.ts';
import { runGraph } from './run-graph.ts';

type Edit = readonly [from: RegExp, to: string];

export interface Shrunk {
  readonly path: string;
  readonly edits: readonly Edit[];
  readonly facts: DataFacts;
}

export const words = 50;
export const towers = `joint: 8, image: residual(size: 16, width: 4, blocks: [4, 6], strides: [1, 2]), text: text_transformer(context: 9, vocabulary: ${words}, width: 8, layers: 1, heads: 2), init: random`;
const names = ['cat', 'dog', 'sun', 'car', 'key', 'cup', 'hat'];
const counts = (...data: readonly string[]): ReadonlyMap<string, number> => new Map(data.map((name) => [name, 6]));

export const experiments: Readonly<Record<string, Shrunk>> = {
  'clip-gaze': {
    path: 'experiments/clip-gaze/clip-gaze.clipx',
    edits: [
      [/image\(64\)/, 'image(20)'],
      [/image\(48\)/, 'image(16)'],
      [/clip\("weights\/clipx-tiny"\)/, `clip(${towers})`],
      [/width: 16/, 'width: 4'],
      [/hidden\(128\)/, 'hidden(6)'],
      [/batch: 128/, 'batch: 4'],
    ],
    facts: { counts: counts('target'), vocabularies: new Map() },
  },
  pretrain: {
    path: 'experiments/clip/pretrain.clipx',
    edits: [
      [/image\(48\)/, 'image(16)'],
      [/= clip\([^]*?\n\) \{/, `= clip(${towers}) {`],
      [/batch: 128/, 'batch: 4'],
    ],
    facts: { counts: counts('style_test', 'concept_test', 'both_test', 'face_test'), vocabularies: new Map([['class', names]]) },
  },
}; // prettier-ignore

export function programOf({ path, edits, facts }: Shrunk): Program {
  let text = readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
  for (const [from, to] of edits) {
    if (!from.test(text)) throw new Error(`${path} does not hold ${from}`);
    text = text.replace(from, to);
  }
  const { program, diagnostics } = compile({ path, text, host: repository, facts });
  if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return program;
}

// ── feeds ────────────────────────────────────────────────────────────

function tensor(dtype: DType, shape: Shape, draw: () => number): TensorValue {
  const values = Array.from({ length: elementCount(shape) }, draw);
  const data = dtype === 'f32' ? Float32Array.from(values) : dtype === 'i32' ? Int32Array.from(values) : Uint8Array.from(values); // prettier-ignore
  return { dtype, shape, data };
}

function columnValue(column: Column, part: string, { dtype, shape }: { dtype: DType; shape: Shape }, entries: (name: string) => number, random: Random): TensorValue {
  const draws: Readonly<Partial<Record<Column['kind'], () => number>>> = {
    image: () => random.integer(0, 255),
    frames: () => (part === 'mask' ? 1 : random.integer(0, 255)),
    audio: () => (part === 'mask' ? 1 : random.uniform(-1, 1)),
    points: () => (part === 'mask' ? 1 : random.uniform(-1, 1)),
    map: () => random.uniform(0, 1),
    mask: () => (part === 'mask' ? 1 : random.integer(0, ('vocabulary' in column ? entries(column.vocabulary) : 1) - 1)),
    text: () => (part === 'ids' ? random.integer(1, words - 1) : random.integer(2, 8)),
    vector: () => random.uniform(-1, 1),
    scalar: () => random.uniform(-1, 1),
    class: () => random.integer(0, ('vocabulary' in column ? entries(column.vocabulary) : 1) - 1),
    labels: () => (part === 'mask' ? (random.chance(0.8) ? 1 : 0) : random.integer(0, 1)),
    id: () => random.integer(0, 3),
  };
  const draw = draws[column.kind];
  if (draw === undefined) throw new Error(`the experiments have no column of kind ${column.kind}`);
  return tensor(dtype, shape, draw);
} // prettier-ignore

/** Feeds of one function; `known` holds what other functions gave. Another `draw` gives other columns and random numbers. */
export function feedsOf(program: Program, fn: ProgramFunction, known: Readonly<Record<string, TensorValue>>, draw = 0): Record<string, TensorValue> {
  const entries = (name: string): number => program.vocabularies.find((vocabulary) => vocabulary.name === name)?.entries.length ?? 1;
  return Object.fromEntries(graphInputs(fn.graph).map(({ name, type }) => {
    const source = fn.inputs[name];
    // one stream an input, so that two functions that read a column read the same
    const random = new Random(Array.from(name).reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 99991, 7 + 1009 * draw));
    const value = (): TensorValue | undefined => {
      switch (source?.kind) {
        case 'parameter': {
          const parameter = program.parameters.find((each) => each.name === source.name);
          if (parameter === undefined) return undefined;
          // a start of zero hides what follows it
          const drawn = drawInitial(parameter.init, name, type.shape, 1);
          const data = parameter.role === 'weight' ? drawn.map((start) => start + random.uniform(-0.1, 0.1)) : drawn;
          return { dtype: 'f32', shape: type.shape, data };
        }
        case 'column': {
          const column = program.columns.find((each) => each.name === source.column);
          return column === undefined ? undefined : columnValue(column, source.part, type, entries, random);
        }
        case 'texts': {
          return tensor('i32', type.shape, () => (source.part === 'ids' ? random.integer(1, words - 1) : random.integer(2, 8)));
        }
        case 'random': {
          const order = random.shuffle(Array.from({ length: type.shape.at(-1) ?? 0 }, (_, at) => at));
          let at = 0;
          return tensor(type.dtype, type.shape, () => (type.dtype === 'i32' ? (order[at++ % order.length] ?? 0) : random.uniform()));
        }
        case 'weight':
          return tensor('f32', [], () => 0.7);
        case 'constant':
        case 'feature':
        case 'sample':
          // values over whole data sets are the same in every function
          return known[`${scopeOf(fn)} ${source.id}`] ?? known[source.id];
        default:
          return undefined;
      }
    };
    const found = value();
    if (found === undefined) throw new Error(`${fn.id} has no ${name}`);
    return [name, found];
  }));
} // prettier-ignore

/** `main` of `main/step`, `main/target` of `main/target/metrics`: ids of results count within it. */
export const scopeOf = ({ id }: Pick<ProgramFunction, 'id'>): string => id.split('/').slice(0, -1).join('/');

/** Every function in an order in which what it reads is known. */
export function functions(program: Program): ProgramFunction[] {
  return program.stages.flatMap((stage) =>
    [...(stage.dataValues ?? []).flatMap(({ constants, samples, metrics }) => [constants, samples, metrics]), stage.constants, stage.features, stage.starts, stage.step, ...evaluationsOf(stage).flatMap(({ constants, samples, metrics }) => [constants, samples, metrics])].filter((fn) => fn !== undefined),
  ); // prettier-ignore
}

/** Those of a stage, and what judges its search. */
export const evaluationsOf = ({ evaluations, search }: Stage): readonly Evaluation[] =>
  search === undefined ? evaluations : [...evaluations, search.evaluation];

/** Parameters to train from: drawn as declared, weights moved a little, for a start of zero hides what follows it. */
export function startOf(program: Program): Map<string, Float32Array> {
  return new Map(
    program.parameters.map(({ name, init, shape, role }, at) => {
      const random = new Random(at + 1);
      const drawn = drawInitial(init, name, shape, 1);
      return [name, role === 'weight' ? drawn.map((start) => start + random.uniform(-0.1, 0.1)) : drawn];
    }),
  );
}

/** What constants and features are by the reference, as results of functions: feeds of the step. */
export async function knownOf(program: Program): Promise<Record<string, TensorValue>> {
  const known: Record<string, TensorValue> = {};
  const reference = openReference();
  for (const fn of functions(program)) {
    if (fn !== program.stages[0]?.constants && fn !== program.stages[0]?.features) continue;
    const [results = {}] = await runGraph(reference, fn.graph, undefined, feedsOf(program, fn, known));
    for (const [name, value] of Object.entries(results)) known[`${scopeOf(fn)} ${name}`] = value;
  }
  return known;
}
