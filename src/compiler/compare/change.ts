/** One change of meaning between two experiments, as data. */
import type { Position } from '../source/source-file.ts';

/**
 * `protocol`: numbers are no longer comparable (data, split, evaluation prompts, preprocessing, metric, seeds, claim).
 * `training`: what is learned differs. `runtime`: how or under which name it runs. `cosmetic`: nothing that is read differs.
 */
export type ChangeClass = 'protocol' | 'training' | 'runtime' | 'cosmetic';

/** From the gravest to the lightest. */
export const changeClasses: readonly ChangeClass[] = ['protocol', 'training', 'runtime', 'cosmetic'];

/** Every rule: the class a change has unless the rule finds it lighter or graver, and what it tells. Names are never reused. */
export const ruleTable = {
  'loss-added': { class: 'training', tells: 'a term joins the objective' },
  'loss-removed': { class: 'training', tells: 'a term leaves the objective, or its weight is 0' },
  'loss-renamed': { class: 'cosmetic', tells: 'a term has another name' },
  'loss-weight': { class: 'training', tells: 'the weight of a term' },
  'loss-formula': { class: 'training', tells: 'the formula of a loss' },
  'value-formula': { class: 'training', tells: 'the formula of a `let` that a loss or metric reads' },
  'function-formula': { class: 'training', tells: 'the formula of a `fn` that a loss or metric calls' },
  'constant-value': { class: 'training', tells: 'a `const` or `weight` that a formula reads' },
  'axis-size': { class: 'training', tells: 'the size of an axis of a formula' },
  'random-stream': { class: 'runtime', tells: 'a value is drawn from a stream of another name: other numbers of the same law' },
  'part-added': { class: 'training', tells: 'an encoder, module or param that was not there' },
  'part-removed': { class: 'training', tells: 'an encoder, module or param that is no longer there' },
  'part-renamed': { class: 'runtime', tells: 'a part has another name, and with it other initial numbers' },
  'part-trainable': { class: 'training', tells: 'what of a part is frozen and what trains' },
  'part-settings': { class: 'training', tells: 'learning rate, decay or clamp of one part' },
  'part-size': { class: 'training', tells: 'the architecture and sizes of an encoder or module' },
  'part-weights': { class: 'training', tells: 'what a part starts from' },
  'input-type': { class: 'training', tells: 'the type, size or fit of an input' },
  'input-renamed': { class: 'cosmetic', tells: 'an input has another name' },
  'prompt-text': { class: 'training', tells: 'the templates of a prompt' },
  'prompt-added': { class: 'training', tells: 'a prompt that was not there' },
  'prompt-removed': { class: 'training', tells: 'a prompt that is no longer there' },
  'prompt-renamed': { class: 'cosmetic', tells: 'a prompt has another name' },
  'vocabulary-entries': { class: 'training', tells: 'the words of a vocabulary' },
  'vocabulary-added': { class: 'training', tells: 'a vocabulary that was not there' },
  'vocabulary-removed': { class: 'training', tells: 'a vocabulary that is no longer there' },
  'vocabulary-renamed': { class: 'cosmetic', tells: 'a vocabulary has another name' },
  'data-added': { class: 'training', tells: 'a data set that was not there' },
  'data-removed': { class: 'training', tells: 'a data set that is no longer there' },
  'data-renamed': { class: 'runtime', tells: 'a data set has another name, and with it another order of samples' },
  'data-source': { class: 'training', tells: 'where a data set comes from' },
  'data-columns': { class: 'training', tells: 'which part of a sample a column is' },
  'data-steps': { class: 'training', tells: 'what is filtered, sampled or taken out' },
  'data-mark': { class: 'protocol', tells: 'what a data set may be used for' },
  'data-faults': { class: 'training', tells: 'what happens with samples that can not be read' },
  'training-data': { class: 'training', tells: 'the data set that is trained on' },
  'training-length': { class: 'training', tells: 'how many epochs or steps' },
  'batch-size': { class: 'training', tells: 'samples of a step' },
  'optimizer': { class: 'training', tells: 'the method and its constants' },
  'learning-rate': { class: 'training', tells: 'the base rate' },
  'weight-decay': { class: 'training', tells: 'the decay' },
  'part-optimizer': { class: 'training', tells: 'an optimiser of one part alone' },
  'schedule': { class: 'training', tells: 'the rate over time' },
  'clip-gradient': { class: 'training', tells: 'the bound of the gradient norm' },
  'training-setting': { class: 'training', tells: 'accumulation, averages, samplers, patience and what else `train` sets' },
  'stage-added': { class: 'training', tells: 'a stage that was not there' },
  'stage-removed': { class: 'training', tells: 'a stage that is no longer there' },
  'stage-order': { class: 'training', tells: 'what a stage goes on from' },
  'metric-added': { class: 'protocol', tells: 'a metric that was not there' },
  'metric-removed': { class: 'protocol', tells: 'a metric that is no longer there' },
  'metric-formula': { class: 'protocol', tells: 'the formula of a metric' },
  'metric-unit': { class: 'protocol', tells: 'the unit of a metric' },
  'evaluation-added': { class: 'protocol', tells: 'an evaluation that was not there' },
  'evaluation-removed': { class: 'protocol', tells: 'an evaluation that is no longer there' },
  'evaluation-data': { class: 'protocol', tells: 'the data an evaluation measures on' },
  'evaluation-time': { class: 'runtime', tells: 'how often an evaluation is made' },
  'evaluation-batch': { class: 'runtime', tells: 'samples of one piece of an evaluation' },
  'selection': { class: 'training', tells: 'the metric that selects the checkpoint' },
  'seeds': { class: 'protocol', tells: 'the seeds that a result is the mean of' },
  'row-added': { class: 'runtime', tells: 'a row of an ablation that was not there' },
  'row-removed': { class: 'runtime', tells: 'a row of an ablation that is no longer there' },
  'row-content': { class: 'training', tells: 'what a row of an ablation sets' },
  'expectation-added': { class: 'protocol', tells: 'a claim that was not made' },
  'expectation-removed': { class: 'protocol', tells: 'a claim that is no longer made' },
  'title': { class: 'cosmetic', tells: 'name and title of the experiment' },
  'meaning': { class: 'training', tells: 'the digests differ, and no rule above says why: never shown as no change' },
} as const satisfies Record<string, { readonly class: ChangeClass; readonly tells: string }>; // prettier-ignore

export type RuleId = keyof typeof ruleTable;

/** Where a change is seen, from line and column 1. */
export interface Place extends Position {
  readonly file: string;
}

export type ChangeValue = string | number | boolean | null | readonly string[];

export interface ChangeEffect {
  /** Numbers that train, in the part and in all. */
  readonly trainable?: { readonly before: number; readonly after: number };
  readonly parameters?: { readonly before: number; readonly after: number };
  /** Share of the sum of absolute weights; a ramp counts by its end. */
  readonly share?: { readonly before: number; readonly after: number };
  /** One rendered text of a prompt, before and after. */
  readonly example?: { readonly before: string | null; readonly after: string | null };
  /** Losses and metrics that read what changed. */
  readonly readBy?: readonly string[];
}

export interface Change {
  readonly rule: RuleId;
  readonly class: ChangeClass;
  /** `loss L_d`, `encoder clip`, `train.batch`: stable against edits elsewhere. */
  readonly path: string;
  readonly before: ChangeValue;
  readonly after: ChangeValue;
  readonly location: { readonly base: Place | null; readonly head: Place | null };
  readonly effect?: ChangeEffect;
  /** The change in the words of the method. */
  readonly sentence: string;
  /** Equal for the same change however it is worded: 12 digits of sha256 over rule, path and values. */
  readonly fingerprint: string;
}
