/** `objective.py`: the functions of all stages, and by which name they are found. */
import { libraryImports, viewFilesAmong } from './import-lines.ts';
import { docstring, listed, numeral, text } from './python-code.ts';
import type { WrittenGeneration } from './write-generations.ts';
import type { WrittenStage } from './write-stage.ts';
import type { WrittenFunction } from './written-function.ts';

const indent = '    ';

const registryType = 'Callable[[Model, Batch, Constants], dict[str, Tensor]]';

export function writeObjective(title: string, stages: readonly WrittenStage[]): string {
  const evaluations = sharedFunctions(stages.flatMap(({ stage, evaluations: each }) => each.map(({ evaluation, written }) => ({ key: `${stage}/${evaluation}`, written }))));
  const values = sharedFunctions(stages.flatMap(({ stage, dataValues }) => dataValues.map(({ evaluation, written }) => ({ key: `${stage}/${evaluation}`, written }))));
  const measured = stages.map(({ stage, features, evaluations: each, dataValues }) => ({ stage, features, each: [...each, ...dataValues] }));
  const features = sharedFunctions(measured.flatMap(({ stage, features: own, each }) => [{ key: stage, written: own }, ...each.map((one) => ({ key: `${stage}/${one.evaluation}`, written: one.features }))]));
  const ofSamples = sharedFunctions(measured.flatMap(({ stage, each }) => each.map((one) => ({ key: `${stage}/${one.evaluation}`, written: one.samples }))));
  const generations = stages.flatMap(({ evaluations: each }) => each.flatMap((one) => one.generations));
  const memories = sharedFunctions(generations.map(({ key, memory }) => ({ key, written: memory })));
  const scores = sharedFunctions(generations.map(({ key, scores: written }) => ({ key, written })));
  const all = [
    ...stages.flatMap(({ constants, samples, step, search, starts }) => [constants, starts, samples, step, search?.held, search?.judged].filter((each) => each !== undefined)),
    ...stages.flatMap(({ figures }) => figures.map(({ written }) => written)),
    ...new Set([...features, ...ofSamples, ...values, ...memories, ...scores, ...evaluations].map(({ written }) => written)),
  ];
  const used = [...new Set(all.flatMap(({ functions }) => [...functions]))];
  const modules = new Set(all.flatMap((each) => [...each.modules]));
  const weights = new Map(stages.flatMap((stage) => [...stage.weights]));
  const ofRuntime = new Set(['gather', 'in_chunks', 'Dropout']);
  const functions = used.filter((name) => !ofRuntime.has(name)).sort();
  const hasLosses = stages.some(({ step }) => step !== undefined);
  return [
    ...docstring([`What ${title} computes, minimises and measures: values and formulas under the names of the source.`], ''),
    '',
    'from __future__ import annotations',
    '',
    'from collections.abc import Callable, Mapping',
    '',
    ...(modules.has('torch') ? ['import torch'] : []),
    'from torch import Tensor',
    ...(modules.has('F') ? ['from torch.nn import functional as F'] : []),
    '',
    ...ownModules(hasLosses, modules),
    ...(used.includes('Dropout') ? ['from .dropout import Dropout'] : []),
    ...libraryImports(functions),
    'from .model import Model',
    'from .parameters import PARAMETERS',
    ...(used.includes('in_chunks') ? ['from .runtime.chunks import in_chunks'] : []),
    ...(used.includes('gather') ? ['from .runtime.distributed import gather'] : []),
    ...(generations.length === 0 ? [] : ['from .runtime.generation import Generation']),
    '',
    ...listed('__all__ = [', ['EVALUATIONS', 'PARAMETERS', 'STEPS', 'constants'].map(text), ']', ''),
    '',
    'Batch = Mapping[str, Tensor]',
    ...docstring(['Columns of the samples at hand, and what is drawn for a step, by name.'], ''),
    '',
    'Constants = Mapping[str, Tensor]',
    ...docstring(['What no sample changes, by name; with it the token ids of texts that a step reads itself.'], ''),
    ...(weights.size === 0 ? [] : ['']),
    ...[...weights].map(([name, value]) => `${name} = ${numeral(value).text}`),
    ...all.flatMap(({ lines: [head = '', ...rest] }) => ['', '', ...signature(head), ...rest]),
    '',
    '',
    ...listed('CONSTANTS: dict[str, Callable[[Model, Batch], Constants]] = {', stages.flatMap(({ stage, constants }) => (constants === undefined ? [] : [`${text(stage)}: ${constants.name}`])), '}', ''),
    '',
    ...registry('STEPS', stages.flatMap(({ stage, step }) => (step === undefined ? [] : [`${text(stage)}: ${step.name}`]))),
    '',
    ...startRegistry(stages),
    ...searchRegistries(stages),
    ...(features.length === 0 ? [] : [...registry('FEATURES', features.map(({ key, written }) => `${text(key)}: ${written.name}`)), '']),
    ...(values.length === 0 ? [] : [...registry('VALUES', values.map(({ key, written }) => `${text(key)}: ${written.name}`)), '']),
    ...(ofSamples.length === 0 ? [] : [...registry('SAMPLES', ofSamples.map(({ key, written }) => `${text(key)}: ${written.name}`)), '']),
    ...figureRegistry(stages),
    ...generationRegistry(generations, memories, scores),
    ...registry('EVALUATIONS', evaluations.map(({ key, written }) => `${text(key)}: ${written.name}`)),
    '',
    '',
    'def constants(model: Model, texts: Batch, stage: str) -> Constants:',
    ...docstring(['What no sample changes in a stage, worked out once; `texts` has the token ids of its prompts.'], indent),
    `${indent}return CONSTANTS[stage](model, texts) if stage in CONSTANTS else {}`,
    '',
  ].join('\n');
} // prettier-ignore

/** Modules of the package that are called by their names. */
function ownModules(hasLosses: boolean, modules: ReadonlySet<string>): string[] {
  const names = [...(hasLosses ? ['losses'] : []), ...viewFilesAmong(modules)];
  return names.length === 0 ? [] : [`from . import ${names.join(', ')}`];
}

const registry = (name: string, items: readonly string[]): string[] =>
  items.length === 0 ? [`${name}: dict[str, ${registryType}] = {}`] : [`${name}: dict[str, ${registryType}] = {`, ...items.map((item) => `${indent}${item},`), '}']; // prettier-ignore

/** Nothing where no sample decides what a tensor starts from. */
function startRegistry(stages: readonly WrittenStage[]): string[] {
  const items = stages.flatMap(({ stage, starts }) => (starts === undefined ? [] : [`${text(stage)}: ${starts.name}`]));
  return items.length === 0 ? [] : [...registry('STARTS', items), ''];
}

/** The first line of a function, over several where its name is too long for one. */
function signature(head: string): string[] {
  const { start, parameters, end } = /^(?<start>def .*?\()(?<parameters>.*)(?<end>\).*:)$/.exec(head)?.groups ?? {};
  return start === undefined || parameters === undefined || end === undefined ? [head] : listed(start, parameters.split(', '), end, '');
} // prettier-ignore

/** Nothing where nothing is shown. */
function figureRegistry(stages: readonly WrittenStage[]): string[] {
  const items = stages.flatMap(({ stage, figures }) => figures.map(({ name, written }) => `${text(`${stage}/${name}`)}: ${written.name}`));
  return items.length === 0 ? [] : [...registry('FIGURES', items), ''];
} // prettier-ignore

/** Nothing where no evaluation generates texts. */
function generationRegistry(generations: readonly WrittenGeneration[], memories: readonly KeyedFunction[], scores: readonly KeyedFunction[]): string[] {
  if (generations.length === 0) return [];
  const nameOf = (all: readonly KeyedFunction[], key: string): string => all.find((each) => each.key === key)?.written.name ?? 'None';
  const items = generations.map(({ key, columns }) => {
    const parts = [nameOf(memories, key), nameOf(scores, key), `(${columns.map((column) => `${text(column)},`).join(' ')})`];
    return `${text(key)}: Generation(${parts.join(', ')})`;
  });
  return ['GENERATIONS: dict[str, Generation] = {', ...items.map((item) => `${indent}${item},`), '}', ''];
} // prettier-ignore

/** Nothing where no stage searches. */
function searchRegistries(stages: readonly WrittenStage[]): string[] {
  const found = stages.flatMap(({ stage, search }) => (search === undefined ? [] : [{ stage, search }]));
  if (found.length === 0) return [];
  return [
    'HELD: dict[str, Callable[[Model, Batch, Constants], Constants]] = {',
    ...found.map(({ stage, search }) => `${indent}${text(stage)}: ${search.held.name},`),
    '}',
    '',
    ...registry('SEARCHES', found.map(({ stage, search }) => `${text(stage)}: ${search.judged.name}`)),
    '',
  ];
} // prettier-ignore

interface KeyedFunction {
  readonly key: string;
  readonly written: WrittenFunction;
}

/** One function where several would be the same; two of one name get numbers. */
function sharedFunctions(all: readonly { readonly key: string; readonly written: WrittenFunction | undefined }[]): KeyedFunction[] {
  const known = new Map<string, WrittenFunction>();
  const taken = new Set<string>();
  return all.flatMap(({ key, written }) => {
    if (written === undefined) return [];
    const content = written.lines.filter((line) => !line.startsWith('def ') && !line.includes('evaluate on ')).join('\n');
    const found = known.get(content);
    if (found !== undefined) return [{ key, written: found }];
    const [head = '', ...rest] = written.lines;
    let { name } = written;
    for (let count = 2; taken.has(name); count++) name = `${written.name}_${count}`;
    taken.add(name);
    const own = { ...written, name, lines: [head.replace(written.name, name), ...rest] };
    known.set(content, own);
    return [{ key, written: own }];
  });
} // prettier-ignore
