import type { Command } from 'commander';
import type { FeatureFunction, Program, Stage } from '../../compiler/program/program.ts';
import { parameterGroups } from '../../runtime/records/parameter-groups.ts';
import { formatBytes, formatCount, formatLarge, formatRate, formatShare } from '../../runtime/records/report-format.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { graphCost, stateBytes } from '../cost.ts';
import { ExitCode, exitCodeOfDiagnostics } from '../exit-codes.ts';
import { openExperiment } from '../experiment.ts';
import { compileWithData, remarkListener } from '../open-data.ts';
import { textTable } from '../text-table.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';

interface PlanFlags {
  readonly variants: string;
  readonly data: boolean;
}

export function definePlan(program: Command, act: Act): void {
  program
    .command('plan')
    .description('Say what a run would train, freeze, compute once, cache and need, without an engine.')
    .argument('<file>', '.clipx file')
    .option('--variants <row>', 'a row of its ablations', 'full')
    .option('--no-data', 'leave the data closed: sizes that only they tell are nominal')
    .action((file: string, flags: PlanFlags) => act((context) => plan(file, flags, context)));
}

async function plan(file: string, flags: PlanFlags, context: CommandContext): Promise<ExitCode> {
  const experiment = await openExperiment(file, context);
  const compiled = flags.data
    ? await compileWithData(flags.variants, experiment, remarkListener(context))
    : await experiment.compile(flags.variants);
  writeDiagnostics(compiled.diagnostics, compiled.graph.sources, context);
  const { program } = compiled;
  if (program === undefined) return exitCodeOfDiagnostics(compiled.diagnostics);
  if (context.format === 'json') context.print(`${JSON.stringify(planDocument(program, flags.data), null, 2)}\n`);
  else context.print(planText(program, flags.data));
  return ExitCode.done;
}

/** The same as the text, for programs. */
function planDocument(program: Program, data: boolean) {
  const { name, row, digests, seeds } = program;
  return {
    schema: 'clipx.plan/1',
    name,
    row,
    digests,
    seeds,
    nominal: !data,
    parameters: parameterGroups(program),
    memory: stateBytes(program),
    stages: program.stages.map((stage) => ({
      name: stage.name,
      data: stage.data ?? null,
      batch: stage.batch,
      epochs: stage.epochs ?? null,
      steps: stage.steps ?? null,
      objective: stage.objective,
      terms: stage.terms,
      constants: stage.constants === undefined ? null : graphCost(stage.constants.graph),
      features:
        stage.features === undefined
          ? null
          : { ...graphCost(stage.features.graph), cached: cachedWords(stage.features) },
      step: graphCost(stage.step.graph),
      evaluations: stage.evaluations.map((it) => ({
        name: it.name,
        data: it.data,
        samples: it.count,
        metrics: it.table,
      })),
    })),
  };
}

function planText(program: Program, data: boolean): string {
  const { digests } = program;
  const blocks = [
    `${program.name}: ${program.title}\nrow ${program.row}   semantic ${digests.semantic.slice(0, 12)}   protocol ${digests.protocol.slice(0, 12)}`,
    parametersText(program),
    ...program.stages.map((stage) => stageText(stage, program, data)),
    memoryText(program),
    ...(data ? [] : ['the data were not opened: numbers of samples and of words read from them are nominal']),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function parametersText(program: Program): string {
  const groups = parameterGroups(program);
  const all = groups.reduce((sum, it) => sum + it.count, 0);
  const trained = groups.filter((it) => it.state === 'trainable').reduce((sum, it) => sum + it.count, 0);
  const table = textTable(
    ['part', 'state', 'tensors', 'numbers', 'learning rate', 'decayed', 'decided at'],
    groups.map((it) => [
      it.owner,
      it.state,
      formatCount(it.tensors),
      formatCount(it.count),
      it.learningRates.map(formatRate).join(', ') || '-',
      it.state !== 'trainable' ? '-' : `${it.decayed} of ${it.tensors}`,
      it.decidedAt,
    ]),
    ['left', 'left', 'right', 'right', 'right', 'right', 'left'],
  );
  return `${table}trainable ${formatCount(trained)} of ${formatCount(all)} (${formatShare(all === 0 ? 0 : trained / all)})`;
}

function stageText(stage: Stage, program: Program, data: boolean): string {
  const step = graphCost(stage.step.graph);
  const rates = stage.groups.map(
    (it) =>
      `${it.method.kind}(lr: ${formatRate(it.learningRate)}${it.decay > 0 ? `, decay: ${formatRate(it.decay)}` : ''})`,
  );
  const length =
    stage.epochs === undefined ? `${formatCount(stage.steps ?? 0)} steps` : `${formatCount(stage.epochs)} epochs`;
  const terms = stage.terms.map((term) => {
    const weight =
      term.weight.kind === 'constant'
        ? formatRate(term.weight.value)
        : `${formatRate(term.weight.from)} to ${formatRate(term.weight.to)}`;
    return `  ${term.name} x ${weight} = ${term.formula}`;
  });
  return [
    `stage ${stage.name}: ${length} of batch ${stage.batch}${stage.data === undefined ? '' : ` on ${stage.data}`}, ${[...new Set(rates)].join(', ')}, ${stage.schedule.kind}`,
    `minimise ${stage.objective}`,
    ...terms,
    ...constantWords(stage, program),
    ...featureWords(stage, program),
    `at every step: ${formatCount(step.nodes)} ops, ${formatLarge(step.flops)}FLOP, at most ${formatBytes(step.peakBytes)} of values at once`,
    ...stage.evaluations.map(
      (it) =>
        `evaluate ${it.name} on ${it.data}${data ? ` (${formatCount(it.count)} samples)` : ''}: ${it.table.map((metric) => metric.name).join(', ')}`,
    ),
  ].join('\n');
}

function constantWords({ constants }: Stage, program: Program): readonly string[] {
  if (constants === undefined)
    return ['computed once: nothing (no value depends on frozen parameters and literals alone)'];
  const texts = program.texts.map((it) => `${it.id}, ${formatCount(it.texts.length)} texts`).join('; ');
  const cost = graphCost(constants.graph);
  return [
    `computed once: ${plural(Object.keys(constants.outputs).length, 'value')}${texts === '' ? '' : ` (prompts ${texts})`}, ${formatLarge(cost.flops)}FLOP`,
  ];
}

/** What is cached, and where nothing is, the reason: each tower that runs anew at every step. */
function featureWords(stage: Stage, program: Program): readonly string[] {
  const { features } = stage;
  const cached =
    features === undefined
      ? []
      : [
          `cached per sample: ${cachedWords(features).join(', ')}`,
          `  by the content of ${features.columns.join(', ')} and the digests of frozen tensors; ${formatLarge(graphCost(features.graph).flops / Math.max(1, stage.batch))}FLOP a sample that no step pays`,
        ];
  const training = new Set(stage.trainable);
  const owners = [...new Set(program.parameters.map((it) => it.owner))];
  const inStep = new Set(Object.values(stage.step.inputs).flatMap((it) => (it.kind === 'parameter' ? [it.name] : [])));
  const live = owners.flatMap((owner) => {
    const tensors = program.parameters.filter((it) => it.owner === owner && inStep.has(it.name));
    if (tensors.length === 0) return [];
    const trains = tensors.filter((it) => training.has(it.name)).length;
    const why =
      trains > 0 ? 'it trains' : 'frozen, and gradients flow through it or what it reads changes from step to step';
    return [`not cached: ${owner}, because ${why}`];
  });
  return [...cached, ...live];
}

function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
}

function cachedWords(features: FeatureFunction): readonly string[] {
  const words = Object.values(features.describes);
  return words.length > 0 ? words : Object.keys(features.outputs);
}

function memoryText(program: Program): string {
  const { parameters, gradients, slots } = stateBytes(program);
  return `state: parameters ${formatBytes(parameters)}, gradients ${formatBytes(gradients)}, optimiser ${formatBytes(slots)}`;
}
