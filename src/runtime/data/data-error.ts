import type { Fault } from '../../compiler/diagnostics/diagnostic.ts';
import { RunError } from '../run-error.ts';

/** What can be wrong with data. The number is stable, the words are for lists. */
export const dataCodes = {
  CX8101: 'no data at this path',
  CX8102: 'shard truncated or damaged',
  CX8103: 'image can not be decoded',
  CX8104: 'column missing in a sample',
  CX8105: 'label outside the vocabulary',
  CX8106: 'line can not be read',
  CX8107: 'value of the wrong kind',
  CX8108: 'no such column',
  CX8109: 'no samples left',
  CX8110: 'tokenizer can not be used',
  /** A warning. */
  CX8111: 'text longer than the context',
  CX8112: 'vectors of a prompt do not fit the context',
  /** A warning. */
  CX8113: 'samples that train are evaluated too',
  /** A warning. */
  CX8114: 'two texts give the same tokens',
  CX8115: 'nothing is read: a small model runs on random data',
} as const;

export type DataCode = keyof typeof dataCodes;

/** A fault in data: of the world where a file is absent or broken, of the user where the experiment asks for what is not there. */
export class DataError extends RunError {
  /** `file#key` of the sample at fault, where one is. */
  readonly sample: string | undefined;

  constructor(
    fault: Extract<Fault, 'user' | 'world'>,
    code: DataCode,
    message: string,
    options: { readonly help?: string; readonly sample?: string; readonly cause?: unknown } = {},
  ) {
    const { sample, ...rest } = options;
    super(fault, code, message, rest);
    this.sample = sample;
  }
}
