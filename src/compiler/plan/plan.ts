/** What a run would train, freeze, compute once, cache and need: told from the program alone, before any weights or engine. */
import { formatFactor } from '../common/format-number.ts';
import type { ParameterTensor, RunReference } from '../program/parameter.ts';
import type { Program } from '../program/program.ts';
import type { ProgramFunction } from '../program/program-function.ts';
import type { LossTerm, Stage, ValueTime } from '../program/stage.ts';
import { methodWords, runWords, samplerWords } from '../program/words.ts';
import { elementCount } from '../types/dtype.ts';
import { graphCost, stateBytes, type GraphCost, type StateBytes } from './cost.ts';
import type { DeviceProfile } from './device-profile.ts';
import { estimateOf, type Estimate } from './estimate.ts';
import type { BatchAnswer } from './largest-batch.ts';
import { placesOf } from './places.ts';

/** Tensors of one part, or of one tower of it, that share a fate. */
export interface PlannedGroup {
  readonly owner: string;
  /** `image`, `text`, `logit_scale` of a CLIP; empty for a part without towers. */
  readonly part: string;
  /** Which blocks and layers of it: `stem, blocks 0..4`. */
  readonly places: string;
  /** `statistics`: buffers of a part that trains, which move at every step without a gradient. */
  readonly state: 'trainable' | 'frozen' | 'statistics';
  readonly tensors: number;
  /** Numbers in them. */
  readonly count: number;
  /** Of the optimiser, times the tensors' scale; null where nothing is stepped. */
  readonly learningRate: number | null;
  readonly decay: number | null;
  /** Tensors that the decay acts on. */
  readonly decayed: number;
  readonly optimiser: string | null;
  /** `path:line` of what decided its state. */
  readonly decidedAt: string;
}

export interface PlannedTerm {
  readonly name: string;
  readonly formula: string;
  readonly weight: LossTerm['weight'];
  /** Of the sum of absolute weights; a ramp counts by its end. */
  readonly share: number;
}

/** Parts that start as a finished run left them. */
export interface PlannedWeights {
  readonly parts: readonly string[];
  /** As the file names it: `run("pretrain")`. */
  readonly run: string;
  /** The run that would be read; null where it was not looked for, or there is none. */
  readonly folder: string | null;
  /** Why no run can be read, and what to do. */
  readonly missing: string | null;
}

export interface PlannedPrompt {
  readonly name: string;
  readonly tokenizer: string;
  readonly context: number | null;
  readonly texts: readonly PlannedText[];
}

export interface PlannedText {
  readonly text: string;
  /** Pieces with start and end, where the tokenizer was at hand. */
  readonly tokens: number | null;
  readonly truncated: boolean | null;
}

export interface PlannedStage {
  readonly name: string;
  /** Stages that it goes on from. */
  readonly after: readonly string[];
  /** Seeds for which an earlier run left its end, which a run may take instead of training. */
  readonly kept: readonly number[];
  /** What the file sets besides: `accumulate: 2`, as far as it is set. */
  readonly settings: readonly string[];
  readonly data: string | null;
  readonly samples: number | null;
  readonly batch: number;
  readonly epochs: number | null;
  readonly stepsPerEpoch: number | null;
  readonly steps: number | null;
  readonly objective: string;
  readonly terms: readonly PlannedTerm[];
  /** One a group of tensors with their rate and decay, `adam(…) lr 1e-3`. */
  readonly optimisers: readonly string[];
  readonly schedule: Stage['schedule'];
  readonly clipGradient: number | null;
  readonly values: readonly ValueTime[];
  readonly once: { readonly values: readonly string[]; readonly cost: GraphCost } | null;
  readonly cached: {
    readonly values: readonly string[];
    readonly columns: readonly string[];
    readonly bytesPerSample: number;
    readonly cost: GraphCost;
  } | null;
  readonly step: GraphCost;
  readonly evaluations: readonly {
    readonly name: string;
    readonly data: string;
    readonly samples: number | null;
    readonly metrics: readonly { readonly name: string; readonly formula: string; readonly unit: string | null }[];
  }[];
}

export interface Plan {
  readonly schema: 'clipx.plan/1';
  readonly name: string;
  readonly title: string;
  readonly row: string;
  readonly digests: Program['digests'];
  readonly seeds: readonly number[];
  /** The data were not opened: sizes that only they tell are nominal, and steps unknown. */
  readonly nominal: boolean;
  readonly trainable: { readonly tensors: number; readonly count: number };
  readonly parameters: { readonly tensors: number; readonly count: number };
  readonly groups: readonly PlannedGroup[];
  readonly memory: StateBytes;
  /** Null where the engine was never measured on this machine. */
  readonly estimate: Estimate | null;
  /** Null where nobody asked. */
  readonly largestBatch: BatchAnswer | null;
  /** What such a run took before, for comparison. */
  readonly measured: MeasuredRun | null;
  /** Absent where nothing starts from a run. */
  readonly weights?: readonly PlannedWeights[];
  readonly stages: readonly PlannedStage[];
  readonly prompts: readonly PlannedPrompt[];
}

/** What a run of this very program took on the same engine. */
export interface MeasuredRun {
  readonly folder: string;
  /** ISO 8601. */
  readonly ended: string;
  readonly seconds: number;
  /** Of the process at its peak. */
  readonly bytes: number;
}

export interface PlanFacts {
  readonly largestBatch?: BatchAnswer;
  readonly measured?: MeasuredRun;
  /** What the engine that would be taken was measured to do here. */
  readonly device?: DeviceProfile;
  /** Samples of each data set that was opened. */
  readonly counts?: ReadonlyMap<string, number>;
  /** Seeds for which the end of a stage of this digest is kept. */
  readonly kept?: (digest: string) => readonly number[];
  /** The run that a reference means today, or why there is none. */
  readonly run?: (reference: RunReference) => { readonly folder: string } | { readonly missing: string };
  /** How a text is cut, where the tokenizer's file was read. */
  readonly tokens?: (tokenizer: string, texts: readonly string[]) => readonly { readonly tokens: number; readonly truncated: boolean }[]; // prettier-ignore
}

/** The plan of a program. Counts of parameters are exact; bytes are those of float32 tensors. */
export function planOf(program: Program, facts: PlanFacts = {}): Plan {
  const trainable = new Set(program.stages.flatMap((stage) => stage.trainable));
  const trained = program.parameters.filter((tensor) => trainable.has(tensor.name));
  const stages = program.stages.map((stage) => stageOf(stage, facts));
  return {
    schema: 'clipx.plan/1',
    name: program.name,
    title: program.title,
    row: program.row,
    digests: program.digests,
    seeds: program.seeds,
    nominal: facts.counts === undefined,
    trainable: { tensors: trained.length, count: numbersIn(trained) },
    parameters: { tensors: program.parameters.length, count: numbersIn(program.parameters) },
    groups: groupsOf(program),
    memory: stateBytes(program),
    estimate: estimate(program, stages, facts),
    largestBatch: facts.largestBatch ?? null,
    measured: facts.measured ?? null,
    ...weightsOf(program, facts),
    stages,
    prompts: promptsOf(program, facts),
  };
}

function estimate(program: Program, stages: readonly PlannedStage[], { device, counts }: PlanFacts): Estimate | null {
  if (device === undefined) return null;
  const steps = new Map(stages.map((stage) => [stage.name, stage.steps]));
  return estimateOf(program, device, { counts: counts ?? new Map(), steps });
}

const numbersIn = (tensors: readonly ParameterTensor[]): number =>
  tensors.reduce((sum, tensor) => sum + elementCount(tensor.shape), 0);

/** Which parts start from which run. */
function weightsOf({ parameters }: Program, facts: PlanFacts): Pick<Plan, 'weights'> {
  const runs = new Map<string, PlannedWeights>();
  for (const { init } of parameters) {
    if (init.kind !== 'run') continue;
    const run = runWords(init);
    const found = facts.run?.(init);
    const before = runs.get(run) ?? {
      parts: [],
      run,
      folder: found !== undefined && 'folder' in found ? found.folder : null,
      missing: found !== undefined && 'missing' in found ? found.missing : null,
    };
    if (!before.parts.includes(init.place)) runs.set(run, { ...before, parts: [...before.parts, init.place] });
  }
  return runs.size === 0 ? {} : { weights: [...runs.values()] };
}

// ── parameters ───────────────────────────────────────────────────────

type Fate = Omit<PlannedGroup, 'tensors' | 'count' | 'decayed' | 'places'>;

/** In the order of first use; one row for each part, tower, state, rate and deciding line. */
function groupsOf(program: Program): PlannedGroup[] {
  const towers = new Set(program.encoders.filter(({ config }) => config.kind === 'clip').map(({ name }) => name));
  const moving = new Set(
    program.stages.flatMap((stage) => Object.values(stage.step.outputs).flatMap((it) => (it.kind === 'buffer' ? [it.name] : []))), // prettier-ignore
  );
  const groups = new Map<string, { readonly fate: Fate; readonly tensors: ParameterTensor[] }>();
  for (const tensor of program.parameters) {
    const fate = fateOf(tensor, program, towers.has(tensor.owner), moving);
    const key = JSON.stringify(fate);
    const group = groups.get(key) ?? { fate, tensors: [] };
    group.tensors.push(tensor);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ fate, tensors }) => ({
    ...fate,
    places: placesOf(tensors.map((tensor) => pathWithin(tensor, fate.part))),
    tensors: tensors.length,
    count: numbersIn(tensors),
    decayed: (fate.decay ?? 0) > 0 ? tensors.filter((tensor) => tensor.decay).length : 0,
  }));
}

/** The name of a tensor within its part or tower; of one that is its part, nothing. */
function pathWithin({ name, owner }: ParameterTensor, part: string): string {
  const inside = name.slice(owner.length + 1);
  return part === '' ? inside : inside.slice(part.length + 1);
}

function fateOf(tensor: ParameterTensor, program: Program, hasTowers: boolean, moving: ReadonlySet<string>): Fate {
  const inside = tensor.name.slice(tensor.owner.length + 1);
  const stage = program.stages.find((each) => each.trainable.includes(tensor.name));
  const group = stage?.groups.find((each) => each.parameters.includes(tensor.name));
  return {
    owner: tensor.owner,
    part: hasTowers ? (inside.split('.')[0] ?? '') : '',
    state: stage !== undefined ? 'trainable' : tensor.role === 'buffer' && moving.has(tensor.name) ? 'statistics' : 'frozen', // prettier-ignore
    learningRate: group === undefined ? null : group.learningRate * tensor.learningRateScale,
    // decay of the part's optimiser, also for tensors it leaves out: `decayed` counts those it acts on
    decay: group === undefined ? null : decayOf(tensor, stage, group.decay),
    optimiser: group === undefined ? null : methodWords(group.method),
    decidedAt: tensor.decidedAt,
  };
}

function decayOf(tensor: ParameterTensor, stage: Stage | undefined, own: number): number {
  const others = stage?.groups.filter((group) => group.parameters.some((name) => name.startsWith(`${tensor.owner}.`)));
  return Math.max(own, ...(others ?? []).map((group) => group.decay));
}

// ── stages ───────────────────────────────────────────────────────────

function stageOf(stage: Stage, { counts, kept }: PlanFacts): PlannedStage {
  const samples = stage.data === undefined ? undefined : counts?.get(stage.data);
  const length = lengthOf(stage, samples);
  const shares = sharesOf(stage.terms);
  return {
    name: stage.name,
    after: stage.after ?? [],
    kept: stage.digest === undefined ? [] : (kept?.(stage.digest) ?? []),
    settings: [...settingsOf(stage), ...leftOver(stage, samples)],
    data: stage.data ?? null,
    samples: samples ?? null,
    batch: stage.batch,
    ...length,
    objective: stage.objective,
    terms: stage.terms.map(({ name, formula, weight }, index) => ({
      name,
      formula,
      weight,
      share: shares[index] ?? 0,
    })),
    optimisers: [...new Set(stage.groups.map((it) => `${methodWords(it.method)}, lr ${formatFactor(it.learningRate)}${it.decay === 0 ? '' : `, decay ${formatFactor(it.decay)}`}`))], // prettier-ignore
    schedule: stage.schedule,
    clipGradient: stage.clipGradient ?? null,
    values: stage.values,
    once: stage.constants === undefined ? null : { values: distinct(stage.constants.describes), cost: graphCost(stage.constants.graph) }, // prettier-ignore
    cached: stage.features === undefined ? null : {
      values: distinct(stage.features.describes),
      columns: stage.features.columns,
      bytesPerSample: bytesPerSample(stage.features, stage.chunk?.size ?? stage.batch),
      cost: graphCost(stage.features.graph),
    }, // prettier-ignore
    step: stepCost(stage),
    evaluations: stage.evaluations.map(({ name, data, count, table }) => ({
      name,
      data,
      samples: counts === undefined ? null : count,
      metrics: table.map((metric) => ({ name: metric.name, formula: metric.formula, unit: metric.unit ?? null })),
    })),
  };
}

/** Of a batch; in chunks its work is that of all of them, and its memory that of one. */
function stepCost({ step, chunk }: Stage): GraphCost {
  const own = graphCost(step.graph);
  if (chunk === undefined) return own;
  const [encode, loss] = [graphCost(chunk.encode.graph), graphCost(chunk.loss.graph)];
  return {
    nodes: own.nodes + encode.nodes + loss.nodes,
    flops: chunk.count * (own.flops + encode.flops) + loss.flops,
    peakBytes: Math.max(own.peakBytes, encode.peakBytes, loss.peakBytes),
  };
}

/** The loss sees one batch, also where several make one update: that is how many negatives a sample has. */
function settingsOf(stage: Stage): string[] {
  const { accumulate, average, sampler, stop, checkpoint, search, batch, restarts, chunk, each } = stage;
  return [
    each === undefined ? '' : 'every sample is optimised by itself, from a start of its own',
    accumulate === undefined ? '' : `${accumulate} batches make one update, and a loss sees the ${batch} samples of one`,
    chunk === undefined ? '' : `a batch is held in ${chunk.count} chunks of ${chunk.size} samples, and the loss sees all ${batch}: towers are computed twice`,
    average === undefined ? '' : `evaluated and handed on is the moving average, of which ${formatFactor(average)} stays at each step`,
    sampler === undefined ? '' : `samples come ${samplerWords(sampler)}`,
    stop === undefined ? '' : `it ends early where ${stop.evaluation} ${stop.metric} is not better for ${stop.patience.value} ${stop.patience.unit}${stop.patience.value === 1 ? '' : 's'}`,
    restarts === undefined ? '' : `done ${restarts} times from other draws, of which the best is kept`,
    checkpoint === undefined ? '' : `a checkpoint each ${checkpoint.value} ${checkpoint.unit}${checkpoint.value === 1 ? '' : 's'}`,
    search === undefined ? '' : `candidates by ${search.method.kind} over ${search.method.values.length} values`,
  ].filter((words) => words !== ''); // prettier-ignore
}

/** The last short batch of an epoch is dropped: which samples these are changes with the epoch, how many does not. */
function leftOver({ batch, accumulate = 1, terms, sampler }: Stage, samples: number | undefined): string[] {
  const update = batch * accumulate;
  const left = samples === undefined || terms.length === 0 || samples < update ? 0 : samples % update;
  if (left === 0) return [];
  const others = sampler?.kind === 'sequential' ? 'the same ones each time' : 'others each time';
  return [
    `an epoch leaves out ${left} of ${samples ?? 0} samples, ${others}: they fill no ${accumulate === 1 ? 'batch' : 'update'}`,
  ];
}

const distinct = (describes: Readonly<Record<string, string>>): string[] => [...new Set(Object.values(describes))];

/** What the cache keeps of one sample. */
function bytesPerSample({ graph }: ProgramFunction, batch: number): number {
  return graph.outputs.reduce(
    (sum, { node }) => sum + (4 * elementCount(graph.nodes[node]?.type.shape ?? [])) / batch,
    0,
  );
}

/** Whole batches alone: the last short one of an epoch is dropped. Without data a step is an epoch. */
function lengthOf(
  { data, batch, accumulate = 1, epochs, steps, terms, each, restarts = 1 }: Stage,
  samples: number | undefined,
): Pick<PlannedStage, 'epochs' | 'stepsPerEpoch' | 'steps'> {
  if (terms.length === 0) return { epochs: null, stepsPerEpoch: null, steps: 0 };
  if (each === true) {
    // one sample is all of its data: the steps are those of all samples and restarts
    const own = steps ?? Math.round(epochs ?? 0);
    return { epochs: null, stepsPerEpoch: null, steps: samples === undefined ? null : own * restarts * samples };
  }
  if (data === undefined) return { epochs: epochs ?? null, stepsPerEpoch: 1, steps: steps ?? Math.round(epochs ?? 0) };
  if (samples === undefined) return { epochs: epochs ?? null, stepsPerEpoch: null, steps: steps ?? null };
  const stepsPerEpoch = Math.floor(samples / (batch * accumulate));
  const total = steps ?? Math.round((epochs ?? 0) * stepsPerEpoch);
  return { epochs: epochs ?? (stepsPerEpoch === 0 ? null : total / stepsPerEpoch), stepsPerEpoch, steps: total };
}

function sharesOf(terms: readonly LossTerm[]): number[] {
  const sizes = terms.map(({ weight }) => Math.abs(weight.kind === 'constant' ? weight.value : weight.to));
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => (whole === 0 ? 0 : size / whole));
}

// ── prompts ──────────────────────────────────────────────────────────

function promptsOf({ texts, tokenizers }: Program, { tokens }: PlanFacts): PlannedPrompt[] {
  return texts.map((table): PlannedPrompt => {
    const cut = tokens?.(table.tokenizer, table.texts);
    return {
      name: table.id.slice(0, table.id.lastIndexOf('@')),
      tokenizer: table.tokenizer,
      context: tokenizers.find(({ id }) => id === table.tokenizer)?.context ?? null,
      texts: table.texts.map((text, index) => ({
        text,
        tokens: cut?.[index]?.tokens ?? null,
        truncated: cut?.[index]?.truncated ?? null,
      })),
    };
  });
}
