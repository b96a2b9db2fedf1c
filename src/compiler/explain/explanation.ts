/** An experiment explained, as data: what `explain --json` prints. */
import type { Program } from '../program/program.ts';
import type { ValueTime } from '../program/stage.ts';
import type { Axis } from '../types/axis.ts';
import type { UsedFunction } from './functions-used.ts';

export interface ExplainedAxis {
  readonly id: string;
  readonly kind: Axis['kind'];
  /** A number, or what decides it: `batch`, `size(class)`. */
  readonly size: string;
}

export interface ExplainedValue {
  readonly name: string;
  readonly kind: 'let' | 'loss' | 'metric';
  /** `[batch, joint]`, `bool [batch]`, `index(class) [batch]` */
  readonly type: string;
  readonly axes: readonly ExplainedAxis[];
  /** Whether some elements are not real and are left out by sums and means. */
  readonly masked: boolean;
  readonly formula: string;
  /** Null where no training step computes it. */
  readonly when: ValueTime['when'] | null;
  readonly ahead: boolean;
  readonly because: string;
  readonly columns: readonly string[];
  readonly parts: readonly string[];
  readonly at: string;
}

export interface ExplainedPart {
  readonly name: string;
  readonly kind: 'encoder' | 'module' | 'param';
  readonly state: 'frozen' | 'trainable' | 'mixed';
  readonly is: string;
  readonly from: string | null;
  readonly parameters: number;
  readonly trainable: number;
  /** Each line that decided the state of some of its tensors. */
  readonly decided: readonly { readonly at: string; readonly state: 'frozen' | 'trainable'; readonly tensors: number; readonly parameters: number }[]; // prettier-ignore
  readonly settings: readonly { readonly paths: readonly string[]; readonly words: string; readonly at: string }[];
  readonly at: string;
}

/** One setting with where it came from: a line, or `default`. */
export interface ExplainedSetting {
  readonly name: string;
  readonly value: string;
  readonly origin: string;
}

/** What one stage trains, how, and what it measures. */
export interface ExplainedStage {
  readonly name: string;
  readonly after: readonly string[];
  /** Parts of which something trains in it. */
  readonly trains: readonly string[];
  /** Null where it minimises nothing. */
  readonly training: Explanation['training'] | null;
  readonly evaluations: Explanation['evaluations'];
  readonly at: string;
}

export interface Explanation {
  readonly schema: 'clipx.explain/1';
  /** The file it stands in; other places name their own. */
  readonly file: string;
  readonly name: string;
  readonly title: string;
  readonly row: string;
  readonly digests: Program['digests'];
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly at: string }[];
  readonly data: readonly { readonly name: string; readonly from: string; readonly columns: Readonly<Record<string, string>>; readonly steps: readonly string[]; readonly mark: string | null; readonly onBad: string; readonly at: string }[]; // prettier-ignore
  readonly axes: readonly (ExplainedAxis & { readonly at: string })[];
  readonly vocabularies: readonly { readonly name: string; readonly from: string | null; readonly entries: readonly string[]; readonly groups: Readonly<Record<string, readonly number[]>>; readonly at: string }[]; // prettier-ignore
  readonly prompts: readonly { readonly name: string; readonly axes: readonly ExplainedAxis[]; readonly templates: readonly string[]; readonly texts: readonly string[]; readonly at: string }[]; // prettier-ignore
  readonly parts: readonly ExplainedPart[];
  readonly values: readonly ExplainedValue[];
  readonly functions: readonly UsedFunction[];
  /** In the order in which they run; `training` and `evaluations` beside are those of the last one. */
  readonly stages: readonly ExplainedStage[];
  readonly training: {
    readonly objective: string;
    readonly terms: readonly { readonly name: string; readonly weight: string; readonly weightName: string | null; readonly formula: string; readonly at: string }[]; // prettier-ignore
    readonly settings: readonly ExplainedSetting[];
    readonly at: string;
  };
  readonly evaluations: readonly { readonly name: string; readonly data: string; readonly settings: readonly ExplainedSetting[]; readonly metrics: readonly (ExplainedValue & { readonly unit: string | null })[]; readonly at: string }[]; // prettier-ignore
  readonly seeds: readonly number[];
  readonly rows: readonly { readonly label: string; readonly ablation: string; readonly at: string }[];
  readonly expectations: readonly { readonly text: string; readonly at: string }[];
}
