/**
 * The typed program: every fn inlined, every name resolved, every tensor with its named axes. A DAG: a `let` read twice is one node.
 * `elaborate` gives each op its positional meaning; `explain` prints it; the semantic digest hashes it.
 */
import type { LayerName } from '../types/catalogue/layers.ts';
import type { Activation, EncoderConfig } from '../types/model-config.ts';
import type { Naming } from '../types/naming/naming.ts';
import type { ColumnPart } from '../program/column.ts';
import type { Initialisation, RunReference } from '../program/parameter.ts';
import type { Ramp } from '../program/schedule.ts';
import type { Span } from '../source/span.ts';
import type { Axis, Size } from '../types/axis.ts';
import type { ValueType } from '../types/value-type.ts';
import type { ComputedStep } from './computed-steps.ts';

export type ElementwiseOne =
  | 'neg' | 'exp' | 'log' | 'sqrt' | 'abs' | 'sign' | 'sin' | 'cos' | 'acos' | 'tanh' | 'sigmoid' | 'softplus' | 'relu'
  | 'gelu' | 'quick_gelu' | 'erf' | 'floor' | 'ceil' | 'round' | 'not' | 'log10'; // prettier-ignore

export type ElementwiseTwo =
  | 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'atan2' | 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'and' | 'or'; // prettier-ignore

export type ReductionKind =
  | 'sum' | 'mean' | 'max' | 'min' | 'prod' | 'var' | 'any' | 'all' | 'logsumexp' | 'argmax' | 'argmin'; // prettier-ignore

/** Attributes of each typed op. Operands are in `args`. */
export interface TypedAttributes {
  number: { readonly value: number };
  /** A value only the sizes decide, as `size(class)`. */
  size: { readonly size: Size };
  /** `[1, 2, 3] over axis` */
  vector: { readonly values: readonly number[] };
  /** `view`: made of the column in args, before the graph. */
  column: { readonly column: string; readonly part: ColumnPart; readonly view?: true };
  weight: { readonly name: string; readonly ramp?: Ramp };
  /** A raw `param` or a tensor of an encoder that is a value, as `clip.logit_scale`. */
  parameter: { readonly owner: string; readonly path: string; readonly init: Initialisation; readonly decay: boolean };
  one: { readonly op: ElementwiseOne };
  two: { readonly op: ElementwiseTwo };
  /** args: condition, then, else */
  where: Record<string, never>;
  cast: { readonly to: 'f32' | 'i32' | 'bool' };
  stop: Record<string, never>;
  /** args: value, and a bool mask of what takes part, if any */
  reduce: { readonly reduction: ReductionKind; readonly over: readonly Axis[] };
  /** args: value, mask? */
  softmax: { readonly axis: Axis; readonly log: boolean };
  /** args: a, b; sums the product over the axis */
  dot: { readonly axis: Axis };
  /** The vector over its Euclidean norm, floored at 1e-12. */
  normalize: { readonly axis: Axis };
  rename: { readonly pairs: readonly { readonly from: Axis; readonly to: Axis }[] };
  /** One entry; the axis goes. */
  entry: { readonly axis: Axis; readonly at: number };
  /** A run of entries, `to` inclusive and −1 the last; the axis becomes `as`. */
  slice: { readonly axis: Axis; readonly from: number; readonly to: number; readonly as: Axis };
  /** args: x, integer expression; shared axes align */
  gather: { readonly axis: Axis };
  index: { readonly axis: Axis };
  top_values: { readonly axis: Axis; readonly as: Axis };
  top_indices: { readonly axis: Axis; readonly as: Axis };
  /** Pairs i < j of two axes of one size, row-major. */
  upper: { readonly first: Axis; readonly second: Axis; readonly as: Axis };
  /** One random order of the axis per step, from the stream of its `let`. */
  shuffle: { readonly axis: Axis; readonly stream: string };
  random: { readonly stream: string; readonly distribution: 'uniform' | 'normal' };
  stack: { readonly as: Axis };
  /** Several axes become one, the last of them the fastest. */
  merge: { readonly axes: readonly Axis[]; readonly as: Axis };
  split: { readonly axis: Axis; readonly as: readonly Axis[] };
  /** args: value, then for each axis of `by` an index into it; what is summed lies along `over`. All indices are in range. */
  group_sum: { readonly over: readonly Axis[]; readonly by: readonly Axis[] };
  /** Pixels of `height` and `width` become those of `as`; half-pixel centres. */
  resize: {
    readonly height: Axis;
    readonly width: Axis;
    readonly as: readonly [Axis, Axis];
    readonly method: 'nearest' | 'linear' | 'cubic';
  };
  pool: {
    readonly kind: 'max' | 'mean';
    readonly height: Axis;
    readonly width: Axis;
    readonly as: readonly [Axis, Axis];
    readonly window: readonly [number, number];
    readonly stride: readonly [number, number];
    readonly padding: readonly [number, number, number, number];
  };
  /**
   * A view of a computed value: `axes` are those after each operation, `draws` those of draws beside the sample. Values that are moved
   * together share a stream.
   */
  view: {
    readonly stream: string;
    readonly draws: readonly Axis[];
    /** Drawn in an evaluation too. */
    readonly drawn?: true;
    /** Whether it is the mask of what is moved. Where operations ask which entries are real, args: the value, its mask. */
    readonly isMask?: true;
    readonly steps: readonly { readonly step: ComputedStep; readonly axes: readonly Axis[] }[];
  };
  /** args: scores, begins, ends, which scores are real. */
  soft_nms: { readonly axis: Axis; readonly sigma: number };
  /** args: scores, begins, ends, which scores are real; true begins, ends, classes, which are real. `samples`: all other axes. */
  mean_ap: {
    readonly proposals: Axis;
    readonly segments: Axis;
    readonly classes: Axis;
    readonly samples: readonly Axis[];
    readonly tiou: readonly number[];
  };
  concat: { readonly along: readonly Axis[]; readonly as: Axis };
  expand: { readonly like: readonly Axis[] };
  one_hot: { readonly axis: Axis };
  cumsum: { readonly axis: Axis };
  /** A tower, tap or module applied to its arguments. */
  call: CallAttributes;
  /** A string of the file: in prompts. */
  text: { readonly value: string };
  /** `distance.metres`: a further column of a vocabulary, a number or text an entry. */
  entry_column: { readonly vocabulary: string; readonly column: string };
  /** Which entries of the axis, a vocabulary, these words are; `known`: whether it has them. Told once the data are read. */
  word_index: {
    readonly axis: Axis;
    readonly words: { readonly word: string } | { readonly vocabulary: string; readonly column: string };
    readonly part: 'index' | 'known';
  };
  /** Words for a text tower. args: the column of its texts, where they depend on the sample, then the vectors of each slot. */
  prompt: { readonly prompt: string };
  /** args: scores of the next word, the text column that they read. Words are found one by one, from the first place on. */
  generate: GenerateAttributes;
  /** Of whole sets of texts. args: texts that were found, references, and by what samples belong together, if anything. */
  text_measure: { readonly measure: 'bleu' | 'rouge_l' | 'cider'; readonly n?: number };
  /**
   * Checked, and without a body: `what` is how a message names it (`\`conv2d\``), `options` what tells two of it apart. Depends on its
   * operands elementwise along the axes that they share with it.
   */
  /** `e on d`: the value with `batch` as an item axis of the samples of a data set. Masks are values of their own. */
  on_data: { readonly data: string };
  unbuilt: { readonly what: string; readonly options: Readonly<Record<string, unknown>> };
}

export interface GenerateAttributes {
  /** The places that have scores, and what is scored. */
  readonly place: Axis;
  readonly piece: Axis;
  /** 1 where a place that sees its own word scores the next one, 0 where it scores its own and sees those before. */
  readonly ahead: 0 | 1;
  readonly beam: number;
  /** Words of a text at most, its marks among them. */
  readonly most: number;
  /** A sum of log probabilities is judged over the number of words to this power. */
  readonly penalty: number;
}

export interface CallAttributes {
  /** The declared encoder or module that holds the tensors. */
  readonly owner: string;
  readonly tap: string;
  /** A part inside the owner, by its key in `Instance.parts`; absent for the owner itself. */
  readonly part?: string;
  /** What a layer resolved at this call: `from`, `to`, `over`, … */
  readonly axes?: Readonly<Record<string, Axis>>;
  /** The last argument is the mask of the axis that the layer goes over. */
  readonly masked?: true;
  /** Arguments before it: `sees`, which keys each place sees; `own`, which places of a decoder's first value are real. */
  readonly more?: readonly ('sees' | 'own')[];
  /** `redraw` of it: its draws are other ones. */
  readonly draw?: string;
  /** Samples a second of the sound that it reads. */
  readonly rate?: number;
  /** Checked, and without a body: how a message names it. */
  readonly unbuilt?: string;
}

export type TypedOp = keyof TypedAttributes;

export type Typed = {
  readonly [Op in TypedOp]: {
    readonly op: Op;
    readonly args: readonly Typed[];
    readonly attributes: TypedAttributes[Op];
    readonly type: ValueType;
    /** Which elements are real; absent where all are. */
    readonly mask?: Typed;
    readonly span: Span;
    /** The name the user gave it. */
    readonly label?: string;
  };
}[TypedOp];

// ── what encoders and modules are ────────────────────────────────────

export interface Instance {
  /** As the file reaches it: `saa`, `saa.Q`, `clip.text.blocks`. */
  readonly name: string;
  readonly kind: 'encoder' | 'module';
  readonly flag: 'frozen' | 'trainable';
  readonly shape: InstanceShape;
  /** Weights folder or file, where pretrained. */
  readonly from?: string;
  /** Where the tensors there have the names of others. */
  readonly checkpoint?: Checkpoint;
  /** Where its tensors start, if neither in a folder nor at random. */
  readonly origin?: Origin;
  readonly overrides: readonly StateOverride[];
  /** Parts that are called by themselves: layers of a module of one's own, steps of a chain, a tower's blocks. */
  readonly parts?: Readonly<Record<string, Part>>;
  readonly span: Span;
}

/** Weights under names of others. */
export interface Checkpoint {
  readonly naming: Naming;
  /** Parts that they do not hold, which start anew. */
  readonly fresh: readonly string[];
}

/** Where the tensors of an encoder or module come from. */
export type Origin =
  /** `copy(e)`, `from clip.text.blocks[4..7]`: those below `path` of another part, its block `shift` first. `whole`: the one tensor there. */
  | {
      readonly kind: 'part';
      readonly owner: string;
      readonly path: string;
      readonly whole?: true;
      readonly shift?: number;
      /** Its filters are over pictures, and those that start so over films. */
      readonly inflates?: true;
    }
  /** `from run("pretrain")`: as a run left them. */
  | ({ readonly kind: 'run'; readonly part?: string } & RunReference)
  /** `from "weights/x"`, `from "hf:org/name"` */
  | { readonly kind: 'folder'; readonly path: string };

/** A part inside an encoder or module. Its tensors stand below `path` in the owner. */
export interface Part {
  readonly path: string;
  readonly shape: InstanceShape;
  readonly origin?: Origin;
}

/** An option of a layer, read. */
export type LayerOption = number | string | boolean | readonly number[] | Initialisation;

export type InstanceShape =
  | { readonly kind: 'encoder'; readonly config: EncoderConfig; readonly to?: Axis; readonly joint: Axis; readonly axes: Readonly<Record<string, Axis>>; readonly tower?: 'image' | 'text' }
  | { readonly kind: 'mlp'; readonly from: Axis; readonly hidden: readonly number[]; readonly to: Axis; readonly activation: Activation }
  | { readonly kind: 'linear'; readonly from: Axis; readonly to: Axis; readonly bias: boolean }
  /** A layer of the catalogue. `axes`: those that its constructor names. */
  | { readonly kind: 'layer'; readonly layer: LayerName; readonly options: Readonly<Record<string, LayerOption>>; readonly axes: Readonly<Record<string, Axis>> }
  /** A chain, or a module of one's own: written out where it is called. `label`: as the file makes it, which means nothing by itself. `bare`: no tensor in it. */
  | { readonly kind: 'composite'; readonly label: string; readonly bare?: true }; // prettier-ignore

/** `{ trainable image.blocks[10..11]  logit_scale { clamp: 0..4.6  decay: 0 } }` */
export interface StateOverride {
  /** Expanded patterns such as `image.blocks.10`; matches the tensor of that path and everything below. */
  readonly paths: readonly string[];
  readonly flag?: 'frozen' | 'trainable';
  readonly learningRateScale?: number;
  readonly learningRate?: number;
  readonly decay?: boolean;
  /** A weight decay of its own, instead of the optimiser's. */
  readonly decayRate?: number;
  readonly clamp?: readonly [number, number];
  /** Batch-norm statistics stay as they are while it trains. */
  readonly statistics?: 'fixed';
  /** Share of numbers that are left out in training, instead of what its sizes say. */
  readonly dropout?: number;
  readonly span: Span;
}
