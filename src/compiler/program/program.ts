/**
 * The lowered artefact as plain data: everything a runtime needs to train and evaluate one experiment on any engine.
 * Prints as JSON (schema `schemas/program.json`); holds no weights and no samples.
 */
import type { Graph } from '../ir/graph.ts';
import type { ScheduleName } from '../types/catalogue/schedules.ts';
import type { Shape } from '../types/dtype.ts';
import type { EncoderConfig, Preprocessing } from '../types/model-config.ts';
import type { TextTemplate } from './text-template.ts';
import type { View } from './view.ts';

export interface Program {
  readonly schema: 'clipx.program/1';
  readonly edition: 1;
  readonly name: string;
  readonly title: string;
  /** The row of an `ablate` this is; `full` for the experiment as it stands. */
  readonly row: string;
  /** Made small, to run on random data: its numbers mean nothing. */
  readonly random?: true;
  readonly digests: ProgramDigests;
  readonly parameters: readonly ParameterTensor[];
  /** Sizes of the encoders, as a weights folder states them: what `clipx export` writes beside the tensors. */
  readonly encoders: readonly { readonly name: string; readonly config: EncoderConfig }[];
  readonly columns: readonly Column[];
  readonly vocabularies: readonly Vocabulary[];
  readonly tokenizers: readonly TokenizerSpec[];
  readonly texts: readonly TextTable[];
  readonly data: readonly DatasetSpec[];
  /** Run in order; a stage starts from the parameters its predecessors left. */
  readonly stages: readonly Stage[];
  readonly figures: readonly FigureSpec[];
  /** Metrics of metrics, computed from the results of a stage's evaluations. */
  readonly combined?: readonly CombinedMetric[];
  /** Seeds the file asks for; the first is the default run. */
  readonly seeds: readonly number[];
}

export interface ProgramDigests {
  /** sha256 of the resolved, checked program: equal for two files that mean the same. */
  readonly semantic: string;
  /** sha256 of what makes two numbers comparable: data, split, preprocessing, evaluation prompts, metrics. */
  readonly protocol: string;
}

// ── parameters ───────────────────────────────────────────────────────

export interface ParameterTensor {
  /** Unique path: `E.stage1.0.conv1.weight`, `clip.image.positions`. Also names its random stream `init:<name>`. */
  readonly name: string;
  /** The encoder, module or param that it belongs to. */
  readonly owner: string;
  readonly shape: Shape;
  /** Buffers (batch-norm statistics) change in training steps without a gradient. */
  readonly role: 'weight' | 'buffer';
  /** Whether some stage trains it. A stage's own list decides for that stage. */
  readonly state: 'frozen' | 'trainable';
  readonly init: Initialisation;
  /** `init` is of a tensor without the first dimension: filters over films that start as filters over pictures. */
  readonly inflate?: 'centre' | 'mean';
  /** Multiplies the stage's learning rate. */
  readonly learningRateScale: number;
  /** Whether weight decay acts on it (by default on tensors of two or more dimensions). */
  readonly decay: boolean;
  /** Applied after each optimiser step. */
  readonly clamp?: readonly [number, number];
  /** `path:line` that decided its state, for `plan`. */
  readonly decidedAt: string;
}

export type Initialisation =
  | { readonly kind: 'constant'; readonly value: number }
  /** `stream`: that of the tensor which it starts like, where not its own. */
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number; readonly stream?: string }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number; readonly stream?: string }
  /** `shuffled`: in an order that is drawn once, of the seed and the name of the tensor. */
  | { readonly kind: 'values'; readonly values: readonly number[]; readonly shuffled?: true }
  /** Rows of a token table, `clip.text.tokens`: those of the words, `[…, tokens of the text, width]`. */
  | { readonly kind: 'words'; readonly text: string; readonly tokenizer: string; readonly table: string }
  /** A formula with draws in it, once: its inputs are random streams, its one output `start`. */
  | { readonly kind: 'formula'; readonly graph: Graph; readonly inputs: Readonly<Record<string, InputSource>> }
  /** Worked out of each sample by `starts` of the stage that trains on each. */
  | { readonly kind: 'sample' }
  /** A picture, `[height, width, channel]` in 0..1, scaled to that size. */
  | { readonly kind: 'image'; readonly path: string }
  /** A tensor of a weights file or folder, under our path, whatever its name is there. `positions`: a table of places that is interpolated where the file's is of another size. */
  | { readonly kind: 'file'; readonly path: string; readonly tensor: string; readonly positions?: 'resize' }
  /** As a finished run left it. `place`: what holds it in this experiment, `clip`; `part`: in the run, where the file says so; `tensor`: its path in either. */
  | ({ readonly kind: 'run'; readonly place: string; readonly part?: string; readonly tensor: string } & RunReference);

/** A finished run: of the experiment of this name, or in the folder of this path. */
export interface RunReference {
  readonly run: string;
  /** `full` where absent. */
  readonly row?: string;
  /** The first seed of that experiment where absent. */
  readonly seed?: number;
}

// ── data ─────────────────────────────────────────────────────────────

/** One column of a sample as the graph takes it: uint8 pixels, token ids, numbers. Batch is the first dimension. */
export type Column = ColumnContent & ColumnForm;

/** What one sample holds. */
export type ColumnContent =
  /** `preprocess`: as the encoders that read it ask; `white` where absent. */
  | { readonly kind: 'image'; readonly name: string; readonly height: number; readonly width: number; readonly fit: Fit; readonly preprocess?: Exclude<Preprocessing, 'white'> }
  /** u8 [batch, frames, height, width, 3]; part `mask` bool [batch, frames]: a shorter film leaves the last ones out. */
  | { readonly kind: 'frames'; readonly name: string; readonly frames: number; readonly height: number; readonly width: number; readonly fit: Fit; readonly pick: 'uniform' | 'head' | 'segments' | 'all' }
  /** f32 −1..1 [batch, (ear,) time]; part `mask` bool [batch, time]. `rate` in Hz. */
  | { readonly kind: 'audio'; readonly name: string; readonly rate: number; readonly samples: number; readonly ears: 1 | 2 }
  /** f32 [batch, points, 3]; part `mask` bool [batch, points]. */
  | { readonly kind: 'points'; readonly name: string; readonly points: number }
  /** f32 [batch, height, width], the stored number times `scale`. */
  | { readonly kind: 'map'; readonly name: string; readonly height: number; readonly width: number; readonly fit: Fit; readonly scale: number }
  /** i32 [batch, height, width], indices into the vocabulary; part `mask` bool of the same shape: what is no index is unknown. */
  | { readonly kind: 'mask'; readonly name: string; readonly height: number; readonly width: number; readonly fit: Fit; readonly vocabulary: string }
  /** Parts `ids` i32 [batch, …, context] and `length` i32 [batch, …], the index of the end token; with a template, texts put together of other columns. `most`: longer texts are cut to so many tokens; `cut`: its tokenizer is one of the file's own. */
  | { readonly kind: 'text'; readonly name: string; readonly tokenizer: string; readonly template?: TextTemplate; readonly most?: number; readonly cut?: TextCut }
  | { readonly kind: 'vector'; readonly name: string; readonly size: number }
  /** Degrees are turned into radians on the way in: `scale` multiplies the stored number. */
  | { readonly kind: 'scalar'; readonly name: string; readonly scale: number }
  /** i32 [batch], index into the vocabulary; `open`: a word outside of it is masked. */
  | { readonly kind: 'class'; readonly name: string; readonly vocabulary: string; readonly open?: true }
  /** Part `value` f32 0/1 [batch, entries], part `mask` bool [batch, entries] (−1 is masked). */
  | { readonly kind: 'labels'; readonly name: string; readonly vocabulary: string }
  /** i32 [batch]: equal exactly for equal ids within one run. */
  | { readonly kind: 'id'; readonly name: string }; // prettier-ignore

/** `cover` crops what hangs over, `contain` pads with white, `stretch` changes the proportions. */
export type Fit = 'cover' | 'contain' | 'stretch';

/** What any column may be besides. */
export interface ColumnForm {
  /** It is made of another column, at every sample anew where something in it is drawn. */
  readonly view?: View;
  /** A list of up to `most` of them, along an axis after the batch; part `present` bool [batch, most]. */
  readonly each?: { readonly axis: string; readonly most: number };
  /** May be absent from a sample, or unknown by its value; part `present` bool [batch] (or [batch, most]). */
  readonly optional?: true;
  /** A number that some data set calls unknown: part `mask` says where it is not. */
  readonly unknown?: true;
}

/** `starts`: where each slot of vectors begins, i32 [batch, …, slots]. */
export type ColumnPart = 'value' | 'mask' | 'present' | 'ids' | 'length' | 'starts';

export interface Vocabulary {
  readonly name: string;
  /** Words in order; empty until bound where they come `from` elsewhere. */
  readonly entries: readonly string[];
  readonly from?: VocabularyOrigin;
  /** Entries of each group, in order. */
  readonly groups: Readonly<Record<string, readonly number[]>>;
  /** Groups by share, `{ base: first 50 %  new: rest }`, of words that are not read yet: from ⌈share · entries⌉ up to, not including, the next. */
  readonly shares?: Readonly<Record<string, { readonly from: number; readonly to: number }>>;
  /** Further columns, a value an entry; those of a table are read with its words. */
  readonly columns?: Readonly<Record<string, readonly (number | string)[]>>;
}

export type VocabularyOrigin =
  /** The distinct values of these columns, sorted; the `top` most frequent of them alone. */
  | { readonly kind: 'columns'; readonly columns: readonly { readonly data: string; readonly column: string }[]; readonly top?: number }
  /** A CSV file with a header: the column of the words, and further columns by the name that the experiment gives them. */
  | { readonly kind: 'csv'; readonly path: string; readonly word: string; readonly columns: Readonly<Record<string, string>> }
  /** A text file, an entry a line. */
  | { readonly kind: 'lines'; readonly path: string }
  /** The pieces of a tokenizer: a line each, or the vocabulary of a `tokenizer.json`. */
  | { readonly kind: 'pieces'; readonly path: string }; // prettier-ignore

/** How a `tokenizer` of the file cuts texts. */
export interface TextCut {
  readonly kind: 'wordpiece' | 'bpe' | 'sentencepiece';
  /** Project path of a `tokenizer.json` or, of word pieces, of a text file with one a line; of `sentencepiece`, of a `spiece.model`. */
  readonly path: string;
  /** Places in a text, its marks of begin and end among them. */
  readonly context: number;
  /** Letters are made small and lose their accents; of a list of pieces alone. */
  readonly lower: boolean;
  /** Entries of the table, where the experiment says so: the file has no more. */
  readonly pieces?: number;
}

export interface TokenizerSpec {
  readonly id: string;
  /** Project path of a Hugging Face `tokenizer.json`, or of what `cut` says. */
  readonly path: string;
  readonly context: number;
  readonly cut?: TextCut;
  /** Rows of the encoder's table that its ids stand for. */
  readonly entries?: number;
  /** The id at which the tower of a checkpoint reads its feature: texts must end with it. */
  readonly end?: number;
  /** Nothing is read: so many entries stand for those of the file. */
  readonly random?: number;
}

/** Constant prompts: rows of token ids in row-major order of `shape` (for example [template, class]). */
export interface TextTable {
  readonly id: string;
  readonly tokenizer: string;
  readonly shape: Shape;
  /** A slot of vectors is its `vectorMark`. */
  readonly texts: readonly string[];
  /** Positions that each slot of vectors takes. */
  readonly vectors?: readonly number[];
}

export interface DatasetSpec {
  readonly name: string;
  readonly source: DataOrigin;
  /** Column name → where its value comes from. */
  readonly columns: Readonly<Record<string, ColumnSource>>;
  readonly steps: readonly DataStep[];
  /** Set by `mark(test)`: never selects a checkpoint. */
  readonly mark?: string;
  readonly onBad: 'error' | 'skip';
  /** `over class[base]`: the samples whose words are of a group, numbered within it. */
  readonly narrow?: { readonly vocabulary: string } & ({ readonly group: string } | { readonly words: string });
  /** `with video = reverse(video, over: frame)`: what its columns are taken for, as written. What reads them is checked with it. */
  readonly withs?: readonly string[];
}

export type DataOrigin =
  | { readonly kind: 'shards' | 'folder' | 'csv' | 'jsonl' | 'parquet' | 'features'; readonly path: string }
  /** MNIST's files: pictures, and labels where they are named. */
  | { readonly kind: 'idx'; readonly path: string; readonly labels?: string }
  /** The samples of other data sets, drawn in these proportions. */
  | { readonly kind: 'mix'; readonly parts: readonly { readonly data: string; readonly share: number }[] }
  /** Part of another data set: `split(d, 80 % / 20 %, by: id)`; `outside`: all but that part, as the rest of a fold is. */
  | {
      readonly kind: 'split';
      readonly data: string;
      readonly from: number;
      readonly to: number;
      readonly by?: string;
      readonly outside?: true;
    }
  | { readonly kind: 'same'; readonly data: string };

export type ColumnSource =
  /** `"webp"` is a member by extension, `"json.label"` a path into one, `"label"` a CSV column. */
  /** `unknown`: samples that hold this number are masked. */
  | { readonly kind: 'path'; readonly path: string; readonly unknown?: number }
  /** `"=The sound of {json.label}"` */
  | { readonly kind: 'template'; readonly text: string }
  /** `draw("json.captions")`: one entry of a list, drawn anew each epoch in training, the first one in evaluation. */
  | { readonly kind: 'draw'; readonly path: string }
  /** `unfold "json.parts"`: a sample for each entry of the list. */
  | { readonly kind: 'unfold'; readonly path: string };

export type DataStep =
  | { readonly kind: 'filter'; readonly condition: Predicate }
  | { readonly kind: 'few-shot'; readonly count: number; readonly per: string }
  | { readonly kind: 'sample'; readonly count?: number; readonly share?: number }
  | { readonly kind: 'except'; readonly data: string };

/** A condition on one sample's columns, as data. */
export type Predicate =
  | { readonly kind: 'compare'; readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>='; readonly column: string; readonly value: string | number } // prettier-ignore
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly (string | number)[] }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Predicate[] }
  | { readonly kind: 'not'; readonly part: Predicate };

// ── functions ────────────────────────────────────────────────────────

/** What a graph input is fed with. */
export type InputSource =
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'column'; readonly column: string; readonly part: ColumnPart }
  | { readonly kind: 'texts'; readonly table: string; readonly part: 'ids' | 'length' | 'starts' }
  /** A result of the `constants` function beside this one, or a value over a whole data set. */
  | { readonly kind: 'constant'; readonly id: string }
  /** A per-sample result of the `features` function, cached on disk by content. */
  | { readonly kind: 'feature'; readonly id: string }
  /** A per-sample result of `samples`, over the whole evaluation set; or what one function of a step in chunks leaves for another. */
  | { readonly kind: 'sample'; readonly id: string }
  | { readonly kind: 'random'; readonly stream: string; readonly distribution: RandomDistribution }
  /** A number of `texts.measures` of its evaluation. */
  | { readonly kind: 'measure'; readonly id: string }
  /** What a `Generation` has found so far: its words as one text of each sample, where each ends, and the place whose scores are asked for. */
  | { readonly kind: 'generated'; readonly part: 'ids' | 'length' | 'place' }
  /** The current value of a scheduled weight, a scalar; of the weight of a term, or of the `ramp` itself where a formula reads it. */
  | { readonly kind: 'weight'; readonly name: string; readonly ramp?: Ramp };

export type RandomDistribution =
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'normal' }
  /** i32: a permutation of 0..n-1 along the last dimension. */
  | { readonly kind: 'permutation' }
  /** f32 0 or 1, 1 with probability `keep`. */
  | { readonly kind: 'bernoulli'; readonly keep: number };

export type OutputSource =
  /** What a tensor starts from, for the sample at hand. */
  | { readonly kind: 'start'; readonly parameter: string }
  /** A loss term, raw (unweighted) scalar. */
  | { readonly kind: 'term'; readonly name: string }
  | { readonly kind: 'total' }
  | { readonly kind: 'gradient'; readonly parameter: string }
  /** New value of a buffer. */
  | { readonly kind: 'buffer'; readonly name: string }
  | { readonly kind: 'constant'; readonly id: string }
  | { readonly kind: 'feature'; readonly id: string }
  | { readonly kind: 'sample'; readonly id: string }
  | { readonly kind: 'metric'; readonly name: string }
  /** How many elements a mask leaves to a metric, for each of its entries, or to a loss term. */
  | { readonly kind: 'count'; readonly name: string }
  /** Log probabilities of each piece at a place, f32 [batch, pieces]. */
  | { readonly kind: 'scores' };

export interface ProgramFunction {
  /** `main/step`, `main/constants`, `main/features`, `main/target/samples`: the key of its artefact. */
  readonly id: string;
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, InputSource>>;
  readonly outputs: Readonly<Record<string, OutputSource>>;
}

// ── stages ───────────────────────────────────────────────────────────

export interface Stage {
  readonly name: string;
  /** Stages whose parameters it starts from, by name. */
  readonly after?: readonly string[];
  /** sha256 of all that decides the parameters at its end, its predecessors' digests included; the seed and the engine come besides. */
  readonly digest?: string;
  /** Absent where no input is reached. */
  readonly data?: string;
  /** One optimisation for each sample of the data, from a start of its own: a batch is one sample, and steps are those of one. */
  readonly each?: true;
  /** What tensors start from that a sample decides; called for each sample and restart. Its random inputs are drawn for each. */
  readonly starts?: ProgramFunction;
  /** Names of the tensors that train here, in table order: gradients, slots and the certificate follow this list. */
  readonly trainable: readonly string[];
  readonly batch: number;
  /** The whole set is one batch: `batch` is how many samples it has. */
  readonly wholeBatch?: true;
  /** Exactly one of the two. */
  readonly epochs?: number;
  readonly steps?: number;
  readonly groups: readonly OptimiserGroup[];
  readonly schedule: Schedule;
  /** Global norm. */
  readonly clipGradient?: number;
  /** Batches whose gradients are averaged before one update; 1 where absent. A step is an update. */
  readonly accumulate?: number;
  /** Decay of the moving average of the trainable tensors that evaluations read in their place. */
  readonly average?: number;
  /** In which order samples come; `shuffle` where absent. */
  readonly sampler?: Sampler;
  /** A checkpoint each so long, besides those by time. */
  readonly checkpoint?: Duration;
  readonly stop?: StopRule;
  /** Runs of the stage from other draws of its random tensors, of which the best is kept. */
  readonly restarts?: number;
  /** Candidates instead of gradients: `step` is empty then. */
  readonly search?: StageSearch;
  readonly terms: readonly LossTerm[];
  /** The minimised formula as written. */
  readonly objective: string;
  /** Once per run: what depends on frozen parameters and literals alone. */
  readonly constants?: DescribedFunction;
  /** Once per distinct sample content (with `each` once a sample, whatever it is of the sample): what depends on frozen parameters and unaugmented columns alone. */
  readonly features?: FeatureFunction;
  readonly step: ProgramFunction;
  /** The batch is held in memory a chunk at a time: `step` is that of one chunk, with what `loss` asks of its features. */
  readonly chunk?: ChunkedBatch;
  /** When each named value of the step is computed, and why. */
  readonly values: readonly ValueTime[];
  readonly evaluations: readonly Evaluation[];
  /** Values over whole data sets, which the functions of the stage read as constants; those first that others read. */
  readonly dataValues?: readonly DataValues[];
  /** What figures show, worked out once, after the final evaluations. */
  readonly figures?: readonly StageFigure[];
}

/**
 * A step in chunks, with the loss of the whole batch (GradCache). What one function leaves for another goes by the name of its output: its
 * inputs of kind `sample`.
 */
export interface ChunkedBatch {
  readonly size: number;
  /** Chunks of a batch. */
  readonly count: number;
  /** Features of a chunk, without a gradient. */
  readonly encode: ProgramFunction;
  /** Of the features of the whole batch: terms, total, and the gradients of features and of what the loss itself reads. */
  readonly loss: ProgramFunction;
}

/** Values over one data set, worked out as the metrics of an evaluation are: outputs of `metrics` are constants by their id. */
export interface DataValues extends Pick<
  Evaluation,
  'name' | 'data' | 'count' | 'batch' | 'constants' | 'samples' | 'metrics'
> {
  /** What the stage trains is among what they are made of: worked out anew for each evaluation. */
  readonly changes?: true;
}

/** When a let, a loss or a call of a part is computed in training: what `plan` and `explain` say. */
export interface ValueTime {
  readonly name: string;
  /** Known before the first step, known for each sample apart, or new at every step. */
  readonly when: 'constant' | 'sample' | 'step';
  /** Computed ahead and read: once, or once a sample from the cache. Otherwise the step computes it. */
  readonly ahead: boolean;
  /** Why it is not computed ahead, or what makes it the same. */
  readonly because: string;
}

/** A function with its results in the user's words, by output. */
export interface DescribedFunction extends ProgramFunction {
  readonly describes: Readonly<Record<string, string>>;
}

export interface FeatureFunction extends DescribedFunction {
  /** Columns read: the cache key is their content, the frozen parameters' digests and the graph's. */
  readonly columns: readonly string[];
}

export interface LossTerm {
  readonly name: string;
  /** As the user wrote it. */
  readonly formula: string;
  readonly weight: WeightSpec;
  readonly counted?: readonly CountedElements[];
}

/** What an outermost mean or extreme of a number takes in: so many elements, or so many for each that the output `left` counts. */
export interface CountedElements {
  readonly elements: number;
  readonly left?: string;
  /** Of a term: others in each batch of an update. */
  readonly perBatch?: true;
}

export type WeightSpec = { readonly kind: 'constant'; readonly value: number; readonly name?: string } | Ramp;

/** From one number to another over a time, and then constant. */
export interface Ramp {
  readonly kind: 'ramp';
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly over: Duration;
}

export interface Duration {
  readonly value: number;
  readonly unit: 'epoch' | 'step';
}

export interface OptimiserGroup {
  readonly parameters: readonly string[];
  readonly method: OptimiserMethod;
  readonly learningRate: number;
  readonly decay: number;
}

/** Exact PyTorch semantics. */
export type OptimiserMethod =
  | { readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
  | {
      readonly kind: 'adam' | 'adamw';
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      /** Means as they are, as BERT's own Adam has them; divided by 1 − βᵗ where absent. */
      readonly biasCorrection?: false;
    }
  | { readonly kind: 'rmsprop'; readonly alpha: number; readonly epsilon: number; readonly momentum: number }
  | { readonly kind: 'lion'; readonly beta1: number; readonly beta2: number };

export interface Schedule {
  readonly kind: ScheduleName;
  /** A share is one of all steps. */
  readonly warmup: Duration | { readonly value: number; readonly unit: 'share' };
  /** Fraction of the base rate with which the warm-up, or the cycle, begins; a warm-up rises from nothing where it is absent. */
  readonly from?: number;
  /** Fraction of the base rate at the end. */
  readonly floor: number;
  /** `multistep`: after each of these times the rate is multiplied by `factor`. */
  readonly at?: readonly Duration[];
  /** `multistep` and `exponential`. */
  readonly factor?: number;
  /** `exponential`: how often, an epoch where absent. */
  readonly every?: Duration;
  /** `polynomial`: (1 − progress) to this power. */
  readonly power?: number;
  /** `one_cycle`: share of the steps in which the rate rises. */
  readonly rise?: number;
  /** `one_cycle`: a line each way instead of half a cosine. */
  readonly shape?: 'linear';
  /** `one_cycle`: down to where it began as fast as up, and then on to the floor. */
  readonly phases?: 3;
  /** `cosine_restarts`: length of the first cosine, and how many times as long the next one is. */
  readonly period?: Duration;
  readonly grow?: number;
  /** The rate changes with the epoch, not with the step. */
  readonly by?: 'epoch';
}

export interface Evaluation {
  readonly name: string;
  readonly data: string;
  /** Each sample by itself, with the parameters that were optimised for it: `count` is 1. */
  readonly each?: true;
  /** Samples of the whole set; `metrics` is compiled for exactly this many. */
  readonly count: number;
  /** Samples of one minibatch of `samples`. */
  readonly batch: number;
  readonly every?: Duration;
  /** Views of columns are drawn; otherwise each has its one form. */
  readonly views?: 'random';
  /** Metric that selects the checkpoint. */
  readonly best?: { readonly metric: string; readonly direction: 'max' | 'min' };
  readonly constants?: ProgramFunction;
  readonly samples?: ProgramFunction;
  readonly metrics: ProgramFunction;
  readonly table: readonly MetricSpec[];
  /** Texts that are found and compared, outside of graphs. */
  readonly texts?: EvaluatedTexts;
}

export interface EvaluatedTexts {
  readonly measures: readonly TextMeasure[];
  readonly generations: readonly Generation[];
}

/** How alike texts of a whole set are to those that people wrote. */
export interface TextMeasure {
  readonly id: string;
  readonly measure: 'bleu' | 'rouge_l' | 'cider';
  /** Words of the longest runs that BLEU counts. */
  readonly n?: number;
  readonly found: TextSource;
  readonly references: TextSource;
  /** Samples of one content of this column are one, with the references of all. */
  readonly by?: string;
}

export type TextSource =
  { readonly kind: 'column'; readonly column: string } | { readonly kind: 'generated'; readonly id: string };

/** The text that scores of the next word find likeliest, by beam search. */
export interface Generation {
  /** `said`: the name that the file gives it, where it does. */
  readonly id: string;
  readonly tokenizer: string;
  readonly beam: number;
  /** Words of a text at most, its marks among them. */
  readonly most: number;
  /** A sum of log probabilities is judged over the number of words to this power. */
  readonly penalty: number;
  /** Word s is scored at place s − `ahead`. */
  readonly ahead: 0 | 1;
  /** As those of the evaluation: once, and once a minibatch. */
  readonly constants?: ProgramFunction;
  readonly samples?: ProgramFunction;
  /** Once for each further word of each beam. */
  readonly scores: ProgramFunction;
}

export interface MetricSpec {
  readonly name: string;
  readonly formula: string;
  readonly unit?: string;
  readonly shape: Shape;
  /** One word per entry where the metric keeps an item axis. */
  readonly entries?: readonly string[];
  readonly counted?: readonly CountedElements[];
}

/** The order of the samples of an epoch. */
export type Sampler =
  | { readonly kind: 'shuffle' }
  | { readonly kind: 'sequential' }
  /** Every class of the column is equally likely: an epoch draws as many samples as there are, rare ones again. */
  | { readonly kind: 'balanced'; readonly column: string }
  /** Each batch holds `count` samples of each of its classes. */
  | { readonly kind: 'per-class'; readonly column: string; readonly count: number };

/** Ends a stage where a metric has not become better for so long. */
export interface StopRule {
  readonly evaluation: string;
  readonly metric: string;
  readonly direction: 'max' | 'min';
  readonly patience: Duration;
  /** Less than this is no betterment. */
  readonly change: number;
}

export type SearchMethod =
  /** Every combination of the values. */
  | { readonly kind: 'grid'; readonly values: readonly number[] }
  /** So many combinations, drawn. */
  | { readonly kind: 'random'; readonly values: readonly number[]; readonly tries: number }
  /** One element after the other, the others held. */
  | { readonly kind: 'coordinate'; readonly values: readonly number[]; readonly rounds: number };

export interface StageSearch {
  readonly method: SearchMethod;
  readonly direction: 'max' | 'min';
  /** Judges a candidate over the data of the stage: its one metric. */
  readonly evaluation: Evaluation;
}

/** A metric computed from metrics: `metric H = 2 * base.top1 * new.top1 / (base.top1 + new.top1)`. */
export interface CombinedMetric {
  readonly name: string;
  readonly formula: string;
  readonly unit?: string;
  readonly value: MetricFormula;
}

export type MetricFormula =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'metric'; readonly evaluation: string; readonly metric: string }
  | { readonly kind: 'one'; readonly op: 'neg' | 'sqrt' | 'log' | 'exp' | 'abs'; readonly of: MetricFormula }
  | { readonly kind: 'two'; readonly op: 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'min' | 'max'; readonly left: MetricFormula; readonly right: MetricFormula }; // prettier-ignore

export interface FigureSpec {
  readonly name: string;
  readonly kind: 'curve' | 'scatter' | 'samples' | 'heatmap' | 'table' | 'strokes';
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** What all but curves show. */
  readonly shown?: readonly FigureValue[];
  /** It is worked out so often besides. */
  readonly every?: Duration;
}

/** A value that a figure shows, worked out with the parameters that are left. */
export interface FigureValue {
  /** As written. */
  readonly label: string;
  readonly role: 'value' | 'by' | 'colour' | 'label';
  readonly stage: string;
  /** Its name among the results of the stage's `figures`; absent where it is a column of texts. */
  readonly id?: string;
  /** The column whose words are shown. */
  readonly text?: string;
  /** In the order of its dimensions. */
  readonly axes: readonly { readonly name: string; readonly entries?: readonly string[] }[];
  readonly element: 'f32' | 'i32' | 'bool' | 'text';
  /** Words of the axis that an index points into. */
  readonly words?: readonly string[];
  readonly unit?: string;
}

/** Values of a figure, worked out as the metrics of an evaluation are: of `count` samples, evenly spread over the set. */
export interface StageFigure extends Pick<
  Evaluation,
  'name' | 'data' | 'each' | 'count' | 'batch' | 'constants' | 'samples' | 'metrics'
> {
  readonly figure: string;
}
