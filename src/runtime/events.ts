/**
 * What a run says while it goes. Screens, files and reports are readers of this stream and of nothing else:
 * `events.ndjson` holds one event a line, and any prefix of it can be shown.
 * JSON Schema: `schemas/event.json`. A number that is not finite is `null` with its name in `nonfinite`.
 */
export interface EventBase {
  readonly schema: 'clipx.event/1';
  /** 0, 1, 2 … without gaps. */
  readonly seq: number;
  /** Milliseconds since the Unix epoch. */
  readonly ts: number;
}

export type RunEvent = EventBase & RunEventBody;

export type RunEventBody =
  | {
      readonly event: 'run.start';
      readonly name: string;
      readonly title: string;
      readonly row: string;
      readonly seed: number;
      readonly folder: string;
      readonly digests: { readonly semantic: string; readonly protocol: string };
      readonly backend: {
        readonly name: string;
        readonly version: string;
        readonly device: string;
        readonly threads: number;
      };
      readonly resumedAt?: number;
    }
  /** What is trained, frozen, constant and cached. */
  | {
      readonly event: 'plan';
      readonly stage: string;
      readonly steps: number;
      readonly epochs: number;
      readonly stepsPerEpoch: number;
      readonly batch: number;
      readonly trainable: { readonly tensors: number; readonly count: number };
      readonly frozen: { readonly tensors: number; readonly count: number };
      readonly constants: readonly string[];
      readonly cached: readonly string[];
      readonly terms: readonly PlannedTerm[];
    }
  /** Long work outside training: rendering data, decoding, features, compiling. */
  | { readonly event: 'progress'; readonly task: string; readonly done: number; readonly total: number }
  | {
      readonly event: 'step';
      readonly stage: string;
      /** 1-based, of `plan.steps`. */
      readonly step: number;
      /** 1-based. */
      readonly epoch: number;
      readonly total: number | null;
      readonly terms: readonly TermValue[];
      readonly learningRate: number;
      readonly gradientNorm: number | null;
      /** Milliseconds of this step. */
      readonly ms: number;
      readonly nonfinite?: readonly string[];
    }
  /** With `train on each`: one more sample begins (or goes on), and has so many steps over all its restarts from that step of the stage on. */
  | { readonly event: 'sample'; readonly stage: string; readonly at: number; readonly of: number; readonly name: string; readonly begunAt: number; readonly steps: number } // prettier-ignore
  | { readonly event: 'epoch'; readonly stage: string; readonly epoch: number; readonly ms: number }
  | {
      readonly event: 'eval';
      readonly stage: string;
      readonly evaluation: string;
      readonly data: string;
      readonly step: number;
      readonly samples: number;
      readonly metrics: readonly MetricValue[];
      readonly best: boolean;
      /** Of the first samples: what was generated, and what people wrote. */
      readonly texts?: readonly FoundText[];
    }
  | { readonly event: 'checkpoint'; readonly step: number; readonly path: string; readonly bytes: number; readonly reason: 'interval' | 'best' | 'end' | 'interrupt' } // prettier-ignore
  | { readonly event: 'cache'; readonly hits: number; readonly misses: number; readonly bytes: number }
  /** A stage was not trained: another variant, or an earlier run, had left what it leaves. */
  | { readonly event: 'reuse'; readonly stage: string; readonly steps: number }
  | { readonly event: 'certificate'; readonly frozen: number; readonly verified: number; readonly trained: number; readonly moved: number } // prettier-ignore
  | { readonly event: 'warning'; readonly code: string; readonly message: string }
  | {
      readonly event: 'run.end';
      readonly status: 'complete' | 'interrupted' | 'failed';
      readonly ms: number;
      readonly steps: number;
      readonly peakMiB: number;
      readonly message?: string;
      readonly code?: string;
      readonly resume?: string;
    };

export interface FoundText {
  /** The text in the file, `said`. */
  readonly name: string;
  /** The sample's place in the data. */
  readonly sample: number;
  readonly found: string;
  readonly references: readonly string[];
}

export interface PlannedTerm {
  readonly name: string;
  readonly formula: string;
  readonly weight: number;
  /** How many elements of an update it is the mean or extreme of, of several the fewest; where masks decide that, each step says it. */
  readonly count?: number;
}

export interface TermValue {
  readonly name: string;
  /** Before its weight. */
  readonly raw: number | null;
  readonly weighted: number | null;
  /** |weighted| over the sum of |weighted| of all terms, 0..1. */
  readonly share: number | null;
  /** How many elements it is the mean or extreme of, where masks decide that; otherwise the plan says it. */
  readonly count?: number;
}

export interface MetricValue {
  readonly name: string;
  readonly value: number | null;
  readonly unit?: string;
  /** How many elements it averaged, or took the extreme of; of several means the fewest. */
  readonly count?: number;
  /** One value per entry where the metric keeps an axis. */
  readonly values?: readonly (number | null)[];
  readonly entries?: readonly string[];
}
