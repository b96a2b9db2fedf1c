/** An `expect` statement as data: what is compared with what, once the runs of a study have given their numbers. */

export interface Claim {
  /** As written, without `expect`. */
  readonly text: string;
  /** `a < b < c` has three sides and two operators. */
  readonly sides: readonly ClaimSide[];
  readonly operators: readonly ClaimOperator[];
  /** How close `~` and `==` are meant: an amount in the unit of the metric, or a share of the right side. */
  readonly within?: { readonly kind: 'amount' | 'share'; readonly value: number };
}

export type ClaimOperator = '<' | '<=' | '>' | '>=' | '~' | '==';

export interface ClaimSide {
  readonly text: string;
  readonly value: ClaimValue;
  readonly unit?: string;
}

/** A number, or a formula of metrics. */
export type ClaimValue =
  | { readonly kind: 'number'; readonly value: number }
  | ClaimMetric
  | { readonly kind: 'two'; readonly op: 'add' | 'sub' | 'mul' | 'div' | 'pow'; readonly left: ClaimValue; readonly right: ClaimValue } // prettier-ignore
  | { readonly kind: 'negative'; readonly of: ClaimValue };

/** One metric of one run of each seed. */
export interface ClaimMetric {
  readonly kind: 'metric';
  readonly stage: string;
  /** `combined` for a metric of metrics, whose data are empty. */
  readonly evaluation: string;
  readonly data: string;
  readonly metric: string;
  /** One entry of a table: `R1["speech"]`. */
  readonly entry?: string;
  /** Rows whose runs are meant: `full`, a row, or every point of a sweep that the claim names; the mean of several. */
  readonly rows: readonly string[];
}
