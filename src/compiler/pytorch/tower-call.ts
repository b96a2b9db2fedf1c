/** What calls of towers have in common. */
import type { Instance } from '../check/typed.ts';
import type { Body } from './body.ts';
import { atom, type Code } from './python-code.ts';
import type { StageSource } from './stage-source.ts';

/**
 * Where a body is: in a step (its part of the batch), in an evaluation (all samples, encoded in chunks), before both, or of some samples by
 * themselves, for steps and evaluations to read.
 */
export type Place = 'step' | 'evaluation' | 'constants' | 'samples';

export interface TowerCall {
  readonly instance: Instance;
  readonly target: string;
  readonly tap: string;
  readonly place: Place;
  readonly source: StageSource;
}

/** `model.E(x)`; of a whole data set in chunks. */
export function applied(body: Body, target: string, operands: readonly string[], chunks: boolean): Code {
  return chunks ? body.library('chunked', target, ...operands) : atom(`${target}(${operands.join(', ')})`);
}
