import { nearestName } from '../../../compiler/common/suggest.ts';
import { RunError } from '../../run-error.ts';
import type { WeightsFile } from './weights-file.ts';

/** CX8202: bytes that should be there, and bytes that are. */
export function truncatedWeights(path: string, expected: number, found: number): RunError {
  return new RunError('user', 'CX8202', `${path} is truncated: ${found} bytes, expected at least ${expected}`, {
    help: 'fetch or write it again',
  });
}

/** CX8203; `why` is a clause. */
export function malformedWeights(path: string, why: string, help?: string): RunError {
  return new RunError('user', 'CX8203', `${path} is not a readable weights file: ${why}`, help === undefined ? {} : { help }); // prettier-ignore
}

/** CX8205, with the nearest name that is there. */
export function noSuchTensor({ path, names }: Pick<WeightsFile, 'path' | 'names'>, name: string): RunError {
  const nearest = nearestName(name, names);
  return new RunError(
    'user',
    'CX8205',
    `${path} has no tensor \`${name}\``,
    nearest === undefined ? {} : { help: `the nearest name there is \`${nearest}\`` },
  );
}

/** CX8210: a pickle asks for more than tensors. */
export function pickleRefused(path: string, what: string): RunError {
  return new RunError('user', 'CX8210', `${path} ${what}; only tensors are read from it, and nothing in it is run`, {
    help: 'where you trust the file, load it in Python and save `model.state_dict()` anew',
  });
}

/** CX8217: a form of weights that is known and not read. */
export function formNotRead(path: string, what: string, help: string): RunError {
  return new RunError('user', 'CX8217', `${path} ${what}`, { help });
}
