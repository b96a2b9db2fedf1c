import type { Construct } from '../construct.ts';

/** How a tensor starts. */
export interface StartSignature extends Construct {
  /** How many numbers it is given; absent where it is given something else, and only a param starts so. */
  readonly numbers?: number;
}
