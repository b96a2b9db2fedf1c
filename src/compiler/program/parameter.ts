/** Tensors of an experiment, and what each starts from. */
import type { Graph } from '../ir/graph.ts';
import type { Shape } from '../types/dtype.ts';
import type { InputSource } from './program-function.ts';

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
