import { counted, formatBytes, formatCount, formatFactor, formatShare } from '../common/format-number.ts';
import { textTable } from '../common/text-table.ts';
import { scheduleWords } from '../program/words.ts';
import type { Estimate } from './estimate.ts';
import type { BatchAnswer } from './largest-batch.ts';
import type {
  MeasuredRun,
  Plan,
  PlannedGroup,
  PlannedPrompt,
  PlannedStage,
  PlannedTerm,
  PlannedWeights,
} from './plan.ts';

/** `trainable 735,507 of 3,338,835 (22 %)`: the one line. */
export function trainableLine({ trainable, parameters }: Plan): string {
  const share = parameters.count === 0 ? 0 : trainable.count / parameters.count;
  return `trainable ${formatCount(trainable.count)} of ${formatCount(parameters.count)} (${formatShare(share)})`;
}

/** A plan for people: parameters, then each stage, memory, prompts. `texts`: how many texts of a prompt are shown. */
export function renderPlanText(plan: Plan, options: { readonly texts?: number } = {}): string {
  const blocks = [
    `${plan.name}: ${plan.title}\nrow ${plan.row}   semantic ${plan.digests.semantic.slice(0, 12)}   protocol ${plan.digests.protocol.slice(0, 12)}   seeds ${plan.seeds.join(', ')}`,
    `${groupTable(plan.groups)}${trainableLine(plan)}`,
    ...(plan.weights === undefined ? [] : [plan.weights.map(weightsLine).join('\n')]),
    ...plan.stages.map(stageText),
    memoryLine(plan),
    plan.estimate === null ? unmeasured : estimateText(plan.estimate, plan.measured),
    ...(plan.largestBatch === null ? [] : [batchText(plan.largestBatch)]),
    ...plan.prompts.map((prompt) => promptText(prompt, options.texts ?? 3)),
    ...(plan.nominal ? ['the data were not opened: numbers of samples and of words read from them are nominal'] : []),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function groupTable(groups: readonly PlannedGroup[]): string {
  return textTable(
    ['part', 'tower', 'places', 'state', 'tensors', 'parameters', 'lr', 'decay', 'decided at'],
    groups.map((it) => [
      it.owner,
      it.part || '-',
      it.places || '-',
      it.state,
      formatCount(it.tensors),
      formatCount(it.count),
      it.learningRate === null ? '-' : formatFactor(it.learningRate),
      it.decay === null || it.decay === 0 ? '-' : `${formatFactor(it.decay)} on ${it.decayed} of ${it.tensors}`,
      it.decidedAt,
    ]),
    ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right', 'left'],
  );
}

function stageText(stage: PlannedStage): string {
  const on = stage.data === null ? '' : ` on ${stage.data}${stage.samples === null ? '' : ` (${counted(stage.samples, 'sample')})`}`; // prettier-ignore
  const after = stage.after.length === 0 ? '' : ` after ${stage.after.join(', ')}`;
  const settings = [
    ...stage.settings,
    ...(stage.kept.length === 0 ? [] : [`its end is kept of ${stage.kept.length === 1 ? 'seed' : 'seeds'} ${stage.kept.join(', ')}: a run with the same data and engine takes it`]),
  ]; // prettier-ignore
  const evaluations = stage.evaluations.map((it) => `evaluate ${it.name} on ${it.data}${it.samples === null ? '' : ` (${counted(it.samples, 'sample')})`}: ${it.metrics.map((metric) => `${metric.name}${metric.unit === null ? '' : ` in ${metric.unit}`}`).join(', ')}`); // prettier-ignore
  if (stage.terms.length === 0) {
    const does = stage.objective === '' ? 'evaluated alone' : `maximise ${stage.objective}${on}`;
    return [`stage ${stage.name}${after}: ${does}`, ...settings, ...evaluations].join('\n');
  }
  return [
    `stage ${stage.name}${after}: ${lengthWords(stage)} of batch ${stage.batch}${on}, ${scheduleWords(stage.schedule)}${stage.clipGradient === null ? '' : `, gradient norm at most ${formatFactor(stage.clipGradient)}`}`,
    ...settings,
    `optimiser ${stage.optimisers.join(' · ')}`,
    `minimise ${stage.objective}`,
    ...indented(textTable(['term', 'weight', 'share', 'formula'], stage.terms.map(termRow), ['left', 'right', 'right', 'left'])), // prettier-ignore
    'when values are computed',
    ...indented(textTable(['value', 'when', 'because'], valueRows(stage), ['left', 'left', 'left'])),
    ...(stage.once === null ? [] : [`computed once: ${stage.once.values.join(', ')} (${large(stage.once.cost.flops)}FLOP)`]), // prettier-ignore
    ...(stage.cached === null ? [] : [`cached per sample: ${stage.cached.values.join(', ')} (${formatBytes(Math.round(stage.cached.bytesPerSample))} a sample, which saves ${large(stage.cached.cost.flops / stage.batch)}FLOP), by the content of ${stage.cached.columns.join(', ')}`]), // prettier-ignore
    `at every step: ${counted(stage.step.nodes, 'op')}, ${large(stage.step.flops)}FLOP${stage.cached === null ? '' : ` (${large(stage.step.flops + stage.cached.cost.flops)}FLOP without the cache)`}, at most ${formatBytes(stage.step.peakBytes)} of values at once`,
    ...evaluations,
  ].join('\n');
}

function weightsLine({ parts, run, folder, missing }: PlannedWeights): string {
  const where = folder ?? missing ?? 'the run is looked for when it starts';
  return `weights of ${parts.join(', ')} from ${run}: ${where}`;
}

function lengthWords({ epochs, steps, stepsPerEpoch }: PlannedStage): string {
  if (steps === null) return `${formatFactor(epochs ?? 0)} epochs`;
  if (epochs === null || stepsPerEpoch === null) return counted(steps, 'step');
  return `${counted(steps, 'step')} = ${formatFactor(epochs)} epochs of ${formatCount(stepsPerEpoch)}`;
}

function termRow({ name, weight, share, formula }: PlannedTerm): string[] {
  const value = weight.kind === 'constant' ? formatFactor(weight.value) : `${formatFactor(weight.from)} → ${formatFactor(weight.to)}`; // prettier-ignore
  return [name, value, formatShare(share), formula];
}

const whenWords = { constant: 'once', sample: 'once a sample', step: 'every step' } as const;

/** A value that could be computed ahead and is not is said to be computed at every step, with the reason. */
function valueRows({ values }: PlannedStage): string[][] {
  return values.map(({ name, when, ahead, because }) => [name, ahead ? whenWords[when] : whenWords.step, because]);
}

function memoryLine({ memory }: Plan): string {
  const total = memory.parameters + memory.gradients + memory.slots;
  return `memory: parameters ${formatBytes(memory.parameters)}, gradients ${formatBytes(memory.gradients)}, optimiser ${formatBytes(memory.slots)}; together ${formatBytes(total)}`;
}

const unmeasured = 'time and memory of a run are not told: this engine was not measured here; `clipx doctor --measure` does that once'; // prettier-ignore

function batchText({ limit, batch, bytes }: BatchAnswer): string {
  const room = formatBytes(limit);
  return batch === null
    ? `no batch fits into ${room}: the smallest takes ${formatBytes(bytes)}`
    : `the largest batch that fits into ${room} is ${formatCount(batch)}, with ${formatBytes(bytes)}`;
}

/** For people an estimate has two digits, or one says more than is known. */
function estimateText({ engine, seconds, stages, memory }: Estimate, measured: MeasuredRun | null): string {
  const { bytes, process, parameters, state, data, values } = memory;
  const rows = stages.flatMap(({ name, secondsPerStep, secondsPerStepUncached, seconds: whole }) =>
    secondsPerStep === 0 ? [] : [`  stage ${name}: ${timeWords(secondsPerStep)} a step${secondsPerStepUncached > secondsPerStep ? ` (${timeWords(secondsPerStepUncached)} without the cache)` : ''}${whole === null ? '' : `, ${timeWords(whole)} in all`}`],
  ); // prettier-ignore
  return [
    `estimated on ${engine}: ${timeWords(seconds)}, ${formatBytes(bytes)} at the peak`,
    ...(measured === null ? [] : [`measured in ${measured.folder}: ${timeWords(measured.seconds)} (estimate ${(seconds / measured.seconds).toFixed(2)}x), ${formatBytes(measured.bytes)} (${(bytes / measured.bytes).toFixed(2)}x)`]), // prettier-ignore
    ...rows,
    `  memory: the process ${formatBytes(process)}, parameters ${formatBytes(parameters)}, gradients and optimiser ${formatBytes(state)}, data ${formatBytes(data)}, values ${formatBytes(values)}`,
  ].join('\n');
}

function timeWords(seconds: number): string {
  if (seconds >= 7200) return `${(seconds / 3600).toPrecision(2)} h`;
  if (seconds >= 120) return `${Math.round(seconds / 60)} min`;
  if (seconds >= 1) return `${seconds >= 10 ? Math.round(seconds) : seconds.toPrecision(2)} s`;
  return `${Number((seconds * 1000).toPrecision(2))} ms`;
}

function promptText({ name, tokenizer, context, texts }: PlannedPrompt, most: number): string {
  const longest = texts.every((it) => it.tokens !== null) ? Math.max(0, ...texts.map((it) => it.tokens ?? 0)) : null;
  const cut = texts.filter((it) => it.truncated === true).length;
  const room = context === null ? '' : longest === null ? `, room for ${context} tokens` : `, at most ${longest} of ${context} tokens`; // prettier-ignore
  const shown = texts.slice(0, most).map((it) => `  "${it.text}"${it.tokens === null ? '' : `  ${it.tokens}`}${it.truncated === true ? ' too long' : ''}`); // prettier-ignore
  return [
    `prompt ${name} for ${tokenizer}: ${counted(texts.length, 'text')}${room}${cut === 0 ? '' : `, ${formatCount(cut)} TOO LONG`}`,
    ...shown,
    ...(texts.length > most ? [`  … ${formatCount(texts.length - most)} more`] : []),
  ].join('\n');
}

const indented = (table: string): string[] =>
  table
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);

/** 11234567 → `11.2 M`, before a unit. */
function large(value: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size) return `${(value / size).toFixed(value / size >= 100 ? 0 : 1)} ${unit}`;
  }
  return `${Math.round(value)} `;
}
