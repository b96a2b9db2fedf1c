/** Columns and views that the Python half of a package (`pytorch/runtime`) does not read: what it reads is the same to the last byte. */
import { stepFunctions } from '../program/functions.ts';
import type { Column } from '../program/column.ts';
import type { EvaluatedTexts } from '../program/evaluation.ts';
import type { ParameterTensor } from '../program/parameter.ts';
import type { Program } from '../program/program.ts';
import type { ProgramFunction } from '../program/program-function.ts';
import type { View, ViewStep } from '../program/view.ts';

/** In words, each once; nothing where the package reads all. */
export function unsupportedData(program: Program): readonly string[] {
  const read = columnsRead(program);
  const words = [
    ...program.columns.filter(({ name }) => read.has(name)).flatMap(ofColumn),
    ...joinedBy(program),
    ...drawnAnew(program),
  ];
  return [...new Set(words)];
}

/** Starts that the Python half does not draw once more for a sample or a restart. */
function drawnAnew({ stages, parameters }: Program): string[] {
  const changed = stages.flatMap((stage) => (stage.each === true || stage.restarts !== undefined ? [...stage.trainable] : []));
  const isDrawn = ({ init }: Pick<ParameterTensor, 'init'>): boolean => init.kind === 'normal' || init.kind === 'uniform';
  return parameters.flatMap(({ name, init, inflate }) => {
    if (!changed.includes(name)) return [];
    const table = init.kind === 'words' ? parameters.find((each) => each.name === init.table) : undefined;
    const isOther = init.kind === 'formula' || (table !== undefined && isDrawn(table)) || (inflate !== undefined && isDrawn({ init }));
    return isOther ? [`another start of \`${name}\``] : [];
  });
} // prettier-ignore

/** Functions by which texts are generated. */
const textFunctions = (texts: EvaluatedTexts | undefined): readonly (ProgramFunction | undefined)[] =>
  (texts?.generations ?? []).flatMap(({ constants, samples, scores }) => [constants, samples, scores]);

/** What is compared by the content of a cell, where it is none. */
function joinedBy({ stages, columns }: Program): string[] {
  const plain: ReadonlySet<string> = new Set(['id', 'class', 'scalar', 'text', 'labels', 'vector']);
  const names = stages.flatMap(({ evaluations }) => evaluations.flatMap(({ texts }) => (texts?.measures ?? []).flatMap(({ by }) => by ?? [])));
  return names.flatMap((name) => {
    const column = columns.find((each) => each.name === name);
    const isPlain = column !== undefined && plain.has(column.kind) && column.view === undefined && column.optional !== true && !('template' in column);
    return isPlain ? [] : [`a measure of texts by \`${name}\``];
  });
} // prettier-ignore

/** Columns that some function of the program is fed with, and those that they are made of. */
function columnsRead({ stages, columns }: Program): ReadonlySet<string> {
  const read = new Set<string>();
  const follow = (name: string): void => {
    if (read.has(name)) return;
    read.add(name);
    const { view } = columns.find((each) => each.name === name) ?? {};
    if (view !== undefined) follow(view.of);
  };
  for (const stage of stages) {
    const { constants, features, starts, search, evaluations } = stage;
    const measured = search === undefined ? evaluations : [...evaluations, search.evaluation];
    for (const fn of [
      constants,
      features,
      starts,
      ...stepFunctions(stage),
      ...measured.flatMap(({ samples, metrics, texts }) => [samples, metrics, ...textFunctions(texts)]),
    ])
      for (const source of Object.values(fn?.inputs ?? {})) if (source.kind === 'column') follow(source.column);
  }
  return read;
}

const kinds: ReadonlySet<string> = new Set([
  'image', 'frames', 'map', 'mask', 'points', 'audio', 'text', 'vector', 'scalar', 'class', 'labels', 'id',
]); // prettier-ignore

function ofColumn(column: Column): string[] {
  const { name, kind, view } = column;
  return [
    ...(kinds.has(kind) ? [] : [`the ${kind} column \`${name}\``]),
    ...(view === undefined ? [] : ofView(name, view)),
  ];
}

const steps: ReadonlySet<string> = new Set([
  'crop', 'window', 'multi_scale_crop', 'scale', 'flip', 'rotate', 'perspective', 'erase', 'cutout', 'frame',
  'jitter', 'blur', 'gray', 'rand_augment', 'lower', 'strip', 'words', 'drop_words', 'swap',
  'point_scale', 'point_shift', 'point_order', 'sound_reverse', 'sound_speed', 'sound_gain', 'sound_noise', 'sound_window',
]); // prettier-ignore

function ofView(name: string, { steps: chain }: View): string[] {
  return unknownSteps(chain).map((kind) => `\`${kind}\` of \`${name}\``);
}

const unknownSteps = (chain: readonly ViewStep[]): string[] =>
  chain.flatMap((step) => {
    if (step.kind === 'maybe') return unknownSteps(step.of);
    if (step.kind === 'choose') return step.of.flatMap(unknownSteps);
    return steps.has(step.kind) ? [] : [step.kind];
  });
