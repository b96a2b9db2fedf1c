import { counted, formatCount } from '../common/format-number.ts';
import { nearestName } from '../common/suggest.ts';
import { textTable } from '../common/text-table.ts';
import { onlyMeasured, onlyStarts } from './explained-values.ts';
import type { ExplainedPart, ExplainedStage, ExplainedValue, Explanation } from './explanation.ts';

/** The whole experiment, one table a kind of statement. */
export function renderExplainText(it: Explanation): string {
  const text = renderBlocks(it);
  // places in the file itself are told by their line alone
  return it.file === '' ? text : text.replaceAll(`${it.file}:`, 'line ');
}

function renderBlocks(it: Explanation): string {
  const blocks: readonly (readonly [string, string])[] = [
    [`${it.name}: ${it.title}`, `row ${it.row}\nsemantic ${it.digests.semantic}\nprotocol ${it.digests.protocol}\n`],
    ['inputs', table(['name', 'type', 'at'], it.inputs.map((input) => [input.name, input.type, input.at]))],
    ['data', table(['name', 'from', 'columns', 'at'], it.data.map((data) => [data.name, [data.from, ...data.steps, data.mark === null ? '' : `|> mark(${data.mark})`].filter((part) => part !== '').join(' '), Object.entries(data.columns).map(([name, source]) => `${name}: ${source}`).join('  '), data.at]))],
    ['axes', table(['name', 'kind', 'size', 'at'], it.axes.map((axis) => [axis.id, axis.kind, axis.size, axis.at]))],
    ['vocabularies', table(['name', 'words', 'groups', 'at'], it.vocabularies.map((each) => [each.name, each.from ?? formatCount(each.entries.length), Object.keys(each.groups).join(', '), each.at]))],
    ['prompts', table(['name', 'axes', 'template', 'first text', 'at'], it.prompts.map((prompt) => [prompt.name, `[${prompt.axes.map((axis) => axis.id).join(', ')}]`, prompt.templates.length === 1 ? `"${prompt.templates[0] ?? ''}"` : counted(prompt.templates.length, 'template'), prompt.texts[0] === undefined ? '' : `"${prompt.texts[0]}"`, prompt.at]))],
    ['parts', table(['name', 'state', 'parameters', 'trainable', 'from', 'decided at'], it.parts.map((part) => [part.name, part.state, formatCount(part.parameters), formatCount(part.trainable), part.from ?? 'random', [...new Set(part.decided.map((line) => line.at))].join(', ')], ), ['left', 'left', 'right', 'right'])],
    ['', it.parts.map((part) => `${part.name} = ${part.is}\n${part.settings.map((each) => `  ${each.paths.join(', ')} { ${each.words} }  ${each.at}\n`).join('')}`).join('')],
    ['values', table(['name', 'type', 'when', 'because', 'at'], it.values.map((value) => [value.name, typeWords(value), whenWords(value), value.because, value.at]))],
    ['functions', table(['name', 'called by', 'at'], it.functions.map((fn) => [`${fn.name}(${fn.parameters})`, fn.calledBy.join(', '), fn.at]))],
    ...it.stages.flatMap((stage) => stageBlocks(stage, it.stages.length > 1)),
    ['study', `seeds ${it.seeds.join(', ')}\n${it.rows.map((row) => `row "${row.label}" of ${row.ablation}  ${row.at}\n`).join('')}${it.expectations.map((each) => `${each.text}  ${each.at}\n`).join('')}`],
  ]; // prettier-ignore
  return blocks
    .filter(([, body]) => body !== '')
    .map(([head, body]) => `${head === '' ? '' : `${head}\n`}${indented(body)}\n`)
    .join('\n');
}

function stageBlocks(stage: ExplainedStage, several: boolean): (readonly [string, string])[] {
  const { training } = stage;
  const after = stage.after.length === 0 ? '' : ` after ${stage.after.join(', ')}`;
  const trains = stage.trains.length === 0 ? 'trains nothing' : `trains ${stage.trains.join(', ')}`;
  const settings = (training?.settings ?? []).map(({ name, value, origin }) => [name, value, origin]);
  return [
    ...(several ? [[`stage ${stage.name}${after}`, `${trains}  ${stage.at}\n`] as const] : []),
    ...(training === null ? [] : [
      ['minimise', `${training.objective}\n${table(['term', 'weight', 'formula', 'at'], training.terms.map((term) => [term.name, `${term.weight}${term.weightName === null ? '' : ` (${term.weightName})`}`, term.formula, term.at]))}`] as const,
      ['train', table(['setting', 'value', 'from'], settings)] as const,
    ]),
    ...stage.evaluations.map((each) => [`evaluate ${each.name}${each.name === each.data ? '' : ` on ${each.data}`}${selects(each.settings)}`, table(['metric', 'type', 'formula', 'at'], each.metrics.map((metric) => [metric.name, typeWords(metric), metric.formula, metric.at]))] as const),
  ]; // prettier-ignore
}

/** What of an evaluation decides which parameters are kept. */
function selects(settings: readonly { readonly name: string; readonly value: string }[]): string {
  const best = settings.find(({ name }) => name === 'best');
  return best === undefined ? '' : `, keeps the best by ${best.value}`;
}

/** One name, in full. Undefined where nothing is called so: `nearestExplained` offers another. */
export function renderExplainedName(it: Explanation, name: string): string | undefined {
  const value = it.values.find((each) => each.name === name);
  if (value !== undefined) return valueText(value);
  const part = it.parts.find((each) => each.name === name);
  if (part !== undefined) return partText(part);
  const fn = it.functions.find((each) => each.name === name);
  if (fn !== undefined) return `fn ${fn.name}(${fn.parameters}) = ${fn.formula}\n  from ${fn.at}\n  called by ${fn.calledBy.join(', ')}\n`; // prettier-ignore
  const prompt = it.prompts.find((each) => each.name === name);
  if (prompt !== undefined)
    return `prompt ${name} : [${prompt.axes.map((axis) => `${axis.id} = ${axis.size}`).join(', ')}]   ${prompt.at}\n${prompt.templates.map((template) => `  "${template}"\n`).join('')}${counted(prompt.texts.length, 'text')}\n${prompt.texts.map((text) => `  ${text}\n`).join('')}`; // prettier-ignore
  const vocabulary = it.vocabularies.find((each) => each.name === name);
  if (vocabulary !== undefined)
    return `vocabulary ${name}   ${vocabulary.at}\n${vocabulary.from === null ? vocabulary.entries.map((entry, index) => `  ${index}  ${entry}\n`).join('') : `  from ${vocabulary.from}\n`}`; // prettier-ignore
  const input = it.inputs.find((each) => each.name === name);
  if (input !== undefined)
    return `input ${name} : ${input.type}   ${input.at}\n${it.data.flatMap((data) => (data.columns[name] === undefined ? [] : [`  ${data.columns[name]} in ${data.name}\n`])).join('')}`; // prettier-ignore
  const data = it.data.find((each) => each.name === name);
  if (data !== undefined)
    return `data ${name} = ${[data.from, ...data.steps].join(' ')}   ${data.at}\n${data.mark === null ? '' : `  mark ${data.mark}\n`}  on_bad ${data.onBad}\n${Object.entries(data.columns).map(([column, source]) => `  ${column}: ${source}\n`).join('')}`; // prettier-ignore
  const axis = it.axes.find((each) => each.id === name);
  if (axis !== undefined) return `axis ${name}: ${axis.kind} = ${axis.size}   ${axis.at}\n`;
  for (const evaluation of it.stages.flatMap((stage) => stage.evaluations)) {
    const metric = evaluation.metrics.find((each) => each.name === name || `${evaluation.name}.${each.name}` === name);
    if (metric !== undefined) return valueText(metric);
  }
  return undefined;
}

/** The same as data: what stands under the name in the JSON of the whole. */
export function explainedName(it: Explanation, name: string): object | undefined {
  const lists = [it.values, it.parts, it.functions, it.prompts, it.vocabularies, it.inputs, it.data] as const;
  for (const list of lists) {
    const found = list.find((each) => each.name === name);
    if (found !== undefined) return found;
  }
  const metrics = it.stages
    .flatMap((stage) => stage.evaluations)
    .flatMap((each) => each.metrics.filter((metric) => metric.name === name || `${each.name}.${metric.name}` === name));
  return it.axes.find((axis) => axis.id === name) ?? metrics[0];
}

/** Every name that `explain FILE NAME` knows. */
export function explainedNames(it: Explanation): string[] {
  const named = [
    ...it.values,
    ...it.parts,
    ...it.functions,
    ...it.prompts,
    ...it.vocabularies,
    ...it.inputs,
    ...it.data,
  ];
  const metrics = it.stages
    .flatMap((stage) => stage.evaluations)
    .flatMap((each) => each.metrics.map((metric) => `${each.name}.${metric.name}`));
  return [...new Set([...named.map((each) => each.name), ...it.axes.map((axis) => axis.id), ...metrics])];
}

export const nearestExplained = (it: Explanation, name: string): string | undefined =>
  nearestName(name, explainedNames(it));

function valueText(value: ExplainedValue): string {
  const axes = value.axes.map((axis) => `  ${axis.id}: ${axis.kind} = ${axis.size}\n`).join('');
  return [
    `${value.kind} ${value.name} : ${typeWords(value)}   ${value.at}\n`,
    `  = ${value.formula}\n`,
    axes === '' ? '' : `axes\n${axes}`,
    value.masked ? 'masked: elements that are not real are left out by sums, means and metrics\n' : '',
    `computed ${whenWords(value)}: ${value.because}\n`,
    value.columns.length === 0 ? '' : `reads the inputs ${value.columns.join(', ')}\n`,
    value.parts.length === 0 ? '' : `goes through ${value.parts.join(', ')}\n`,
  ].join('');
}

function partText(part: ExplainedPart): string {
  return [
    `${part.kind} ${part.name} = ${part.is}   ${part.at}\n`,
    `  from ${part.from ?? 'random numbers'}\n`,
    `  ${formatCount(part.trainable)} of ${counted(part.parameters, 'parameter')} train\n`,
    ...part.decided.map((line) => `  ${line.state}: ${counted(line.tensors, 'tensor')}, ${counted(line.parameters, 'parameter')}, decided at ${line.at}\n`), // prettier-ignore
    ...part.settings.map((each) => `  ${each.paths.join(', ')} { ${each.words} }   ${each.at}\n`),
  ].join('');
}

const typeWords = (value: ExplainedValue): string => `${value.type}${value.masked ? ' masked' : ''}`;

function whenWords({ kind, when, ahead, because }: ExplainedValue): string {
  if (kind === 'metric' || because.startsWith(onlyMeasured)) return 'in evaluation';
  if (because.startsWith(onlyStarts)) return 'at the start';
  if (when === null) return '-';
  if (!ahead) return 'every step';
  return when === 'constant' ? 'once' : 'once a sample, cached';
}

function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[] = [],
): string {
  return rows.length === 0 ? '' : textTable(heads, rows, align);
}

const indented = (body: string): string =>
  body
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
